/**
 * A client of one ZooKeeper server: enough to write, to read, and to hear what became of it. Each call and each reply is
 * recorded. It never connects again: that is for a script to decide.
 */
import { connect, type Socket } from 'node:net';
import { JuteReader, JuteWriter } from '../../../impl/zookeeper/jute.js';
import type { Sid } from '../../../spec/zxid.js';
import { HOST } from './ports.js';
import type { Recorder } from './recorder.js';

const OP = { create: 1, getData: 4, setData: 5, sync: 9 } as const;
const LENGTH_BYTES = 4;
const SESSION_MS = 30_000;

/** What became of a call: ZooKeeper's error code (0, well), or nobody knows. */
export interface Reply {
  readonly error: number | 'CONNLOSS';
  /** Of the server at the time of the reply. */
  readonly zxid: bigint | null;
  readonly body: JuteReader | null;
}

const LOST: Reply = { error: 'CONNLOSS', zxid: null, body: null };

interface Waiting {
  readonly name: string;
  readonly resolve: (reply: Reply) => void;
}

export class Client {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #pending: Buffer = Buffer.alloc(0);
  #hello: (() => void) | null = null;
  #xid = 0;

  private constructor(
    readonly name: string,
    readonly node: Sid,
    port: number,
    readonly recorder: Recorder,
  ) {
    this.#socket = connect({ port, host: HOST, noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => this.#data(chunk));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#lost());
  }

  /** Resolves when the session is established; to null if the server takes none now. */
  static async connect(name: string, node: Sid, port: number, recorder: Recorder): Promise<Client | null> {
    const client = new Client(name, node, port, recorder);
    const isWelcome = new Promise<boolean>((resolve) => {
      client.#hello = () => resolve(true);
      client.#socket.once('close', () => resolve(false));
    });
    const hello = new JuteWriter()
      .int(0)
      .number(0)
      .int(SESSION_MS)
      .long(0n)
      .bytes(Buffer.alloc(16))
      .bool(false);
    client.#send(hello);
    return (await isWelcome) ? client : null;
  }

  create(path: string, data: string): Promise<Reply> {
    const acl = new JuteWriter().int(1).int(31).text('world').text('anyone').done();
    return this.#call('create', path, OP.create, (w) =>
      w.text(path).bytes(Buffer.from(data)).raw(acl).int(0),
    );
  }

  set(path: string, data: string): Promise<Reply> {
    return this.#call('set', path, OP.setData, (w) => w.text(path).bytes(Buffer.from(data)).int(-1));
  }

  sync(): Promise<Reply> {
    return this.#call('sync', '/', OP.sync, (w) => w.text('/'));
  }

  /** Null where there is no such node; undefined where nobody knows. */
  async get(path: string): Promise<string | null | undefined> {
    const { error, body } = await this.#call('get', path, OP.getData, (w) => w.text(path).bool(false));
    if (error === 'CONNLOSS') return undefined;
    return error === 0 ? (body!.bytes()?.toString() ?? '') : null;
  }

  close(): void {
    this.#socket.destroy();
  }

  #call(verb: string, path: string, op: number, write: (w: JuteWriter) => JuteWriter): Promise<Reply> {
    const cxid = ++this.#xid;
    const name = `${verb} ${path}`;
    this.recorder.add('client', { c: this.name, node: this.node, call: name, cxid });
    return new Promise((resolve) => {
      this.#waiting.set(cxid, { name, resolve });
      if (this.#socket.destroyed) this.#lost();
      else this.#send(write(new JuteWriter().int(cxid).int(op)));
    });
  }

  #send(writer: JuteWriter): void {
    this.#socket.write(new JuteWriter().bytes(writer.done()).done());
  }

  #settle(cxid: number, reply: Reply): void {
    const waiting = this.#waiting.get(cxid);
    if (!waiting) return;
    this.#waiting.delete(cxid);
    const zxid = reply.zxid === null ? {} : { zxid: `0x${BigInt.asUintN(64, reply.zxid).toString(16)}` };
    this.recorder.add('client', { c: this.name, reply: waiting.name, cxid, err: reply.error, ...zxid });
    waiting.resolve(reply);
  }

  #lost(): void {
    for (const cxid of [...this.#waiting.keys()]) this.#settle(cxid, LOST);
  }

  #data(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#pending.readInt32BE(0);
      if (this.#pending.length < end) return;
      const body = new JuteReader(this.#pending.subarray(LENGTH_BYTES, end));
      this.#pending = this.#pending.subarray(end);
      if (this.#hello) {
        this.#hello();
        this.#hello = null;
        continue;
      }
      const cxid = body.int();
      const zxid = body.long();
      this.#settle(cxid, { error: body.int(), zxid, body });
    }
  }
}
