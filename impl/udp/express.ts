/**
 * A second socket, for datagrams of links alone: `udx-native` takes none of more than 2,048 bytes, and between servers that
 * a wide path connects, as on one machine, all that a turn sends to a peer fits into one. Without it links go by streams.
 */
import type { Buffer } from 'node:buffer';
import { createSocket, type Socket } from 'node:dgram';
import type { Sid } from '../../spec/zxid.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What a server may be sent while it sleeps, if the system allows so much. */
const RECEIVE_BUFFER = 2 ** 20;

export class Express {
  readonly #socket: Socket;

  private constructor(
    socket: Socket,
    readonly addresses: Readonly<Record<Sid, Address>>,
  ) {
    this.#socket = socket;
  }

  /** @throws if the port is taken */
  static async open(
    sid: Sid,
    addresses: Readonly<Record<Sid, Address>>,
    received: (datagram: Buffer) => void,
  ): Promise<Express> {
    const { host, port } = addresses[sid]!;
    const family = host.includes(':') ? 6 : 4;
    const socket = createSocket({
      type: `udp${family}`,
      // Addresses are numbers by now; so a datagram leaves before `send` returns.
      lookup: (address, _, found) => found(null, address, family),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, host, resolve);
    });
    socket.removeAllListeners('error').on('error', () => {});
    socket.setRecvBufferSize(RECEIVE_BUFFER);
    socket.on('message', received);
    return new Express(socket, addresses);
  }

  send(to: Sid, datagram: Buffer): void {
    const { host, port } = this.addresses[to]!;
    this.#socket.send(datagram, port, host);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
