/** The part of `node-zookeeper-client` that the tests use; the package brings no types. */
declare module 'node-zookeeper-client' {
  export interface ClientStat {
    readonly version: number;
    readonly numChildren: number;
    readonly dataLength: number;
  }
  interface ClientError extends Error {
    readonly name: string;
    getCode(): number;
  }
  type Callback<A extends unknown[]> = (error: ClientError | null, ...results: A) => void;

  export interface Client {
    connect(): void;
    close(): void;
    once(event: string, listener: (...args: any[]) => void): void;
    on(event: string, listener: (...args: any[]) => void): void;
    getSessionId(): Buffer;
    create(path: string, data: Buffer | null, mode: number, callback: Callback<[string]>): void;
    remove(path: string, version: number, callback: Callback<[]>): void;
    exists(path: string, callback: Callback<[ClientStat | null]>): void;
    exists(path: string, watcher: () => void, callback: Callback<[ClientStat | null]>): void;
    getData(path: string, callback: Callback<[Buffer, ClientStat]>): void;
    setData(path: string, data: Buffer | null, version: number, callback: Callback<[ClientStat]>): void;
    getChildren(path: string, callback: Callback<[string[], ClientStat]>): void;
  }

  const zookeeper: {
    createClient(servers: string, options?: object): Client;
    readonly CreateMode: {
      readonly PERSISTENT: number;
      readonly PERSISTENT_SEQUENTIAL: number;
      readonly EPHEMERAL: number;
    };
  };
  export default zookeeper;
}
