/** The part of `udx-native` that is used here; the package brings no types. */
declare module 'udx-native' {
  import type { Duplex } from 'node:stream';

  export interface UDXSocket {
    bind(port: number, host: string): void;
    address(): { readonly host: string; readonly port: number } | null;
    trySend(buffer: Uint8Array, port: number, host: string): void;
    on(event: 'message', listener: (message: Buffer, from: { host: string; port: number }) => void): this;
    close(): Promise<void>;
    setRecvBufferSize(size: number): number;
    setSendBufferSize(size: number): number;
  }

  export interface UDXStream extends Duplex {
    readonly id: number;
    connect(socket: UDXSocket, remoteId: number, port: number, host: string): void;
  }

  export default class UDX {
    createSocket(): UDXSocket;
    createStream(id: number): UDXStream;
  }
}
