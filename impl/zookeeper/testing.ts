/** For tests: a client of ZooKeeper's protocol that knows no more than a test has to say. */
import { connect, type Socket } from 'node:net';
import { OP } from './codes.js';
import { JuteReader, JuteWriter } from './jute.js';

interface Reply {
  readonly error: number;
  readonly body: JuteReader;
}

/** Nobody knows what became of a request: the connection was lost. */
export class ConnectionLoss extends Error {
  override readonly name = 'ConnectionLoss';
}

const OPEN_ACL = { perms: 31, scheme: 'world', id: 'anyone' } as const;
const TIMEOUT_MS = 10_000;

export class TestClient {
  readonly #socket: Socket;
  #pending: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  #xid = 0;
  #isConnected = false;

  private constructor(port: number) {
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#data(chunk));
    this.#socket.on('error', () => this.close());
    this.#socket.on('close', () => this.close());
  }

  /** @throws ConnectionLoss if the server takes no clients now */
  static async connect(port: number): Promise<TestClient> {
    const client = new TestClient(port);
    const connected = client.#answer();
    client.#send(
      new JuteWriter().int(0).number(0).int(TIMEOUT_MS).long(0n).bytes(Buffer.alloc(16)).bool(false),
    );
    await connected;
    return client;
  }

  close(): void {
    this.#socket.destroy();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(new ConnectionLoss());
  }

  /** @returns the error code; so do all others */
  async create(path: string, data: Buffer): Promise<number> {
    const { perms, scheme, id } = OPEN_ACL;
    const acl = new JuteWriter().int(1).int(perms).text(scheme).text(id).done();
    return (await this.#call(OP.create, (w) => w.text(path).bytes(data).raw(acl).int(0))).error;
  }

  async setData(path: string, data: Buffer, version = -1): Promise<number> {
    return (await this.#call(OP.setData, (w) => w.text(path).bytes(data).int(version))).error;
  }

  async sync(path: string): Promise<number> {
    return (await this.#call(OP.sync, (w) => w.text(path))).error;
  }

  /** @returns null where there is no such node */
  async getData(path: string): Promise<Buffer | null> {
    const { error, body } = await this.#call(OP.getData, (w) => w.text(path).bool(false));
    return error === 0 ? body.bytes() : null;
  }

  #call(type: number, write: (writer: JuteWriter) => JuteWriter): Promise<Reply> {
    const answer = this.#answer();
    this.#send(write(new JuteWriter().int(++this.#xid).int(type)));
    return answer;
  }

  #answer(): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) reject(new ConnectionLoss());
      else this.#waiting.push({ resolve, reject });
    });
  }

  #send(writer: JuteWriter): void {
    this.#socket.write(new JuteWriter().bytes(writer.done()).done());
  }

  #data(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= 4 && this.#pending.length >= 4 + this.#pending.readInt32BE(0)) {
      const length = this.#pending.readInt32BE(0);
      const body = new JuteReader(this.#pending.subarray(4, 4 + length));
      this.#pending = this.#pending.subarray(4 + length);
      if (!this.#isConnected) {
        this.#isConnected = true;
        this.#waiting.shift()?.resolve({ error: 0, body });
        continue;
      }
      body.int();
      body.number();
      this.#waiting.shift()?.resolve({ error: body.int(), body });
    }
  }
}
