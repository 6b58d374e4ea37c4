/**
 * A client of ZooKeeper's protocol that does nothing but write: so many setData requests outstanding over one
 * connection, or over several. The same program measures Apache ZooKeeper and this project's server.
 */
import { connect } from 'node:net';

const OPS = { create: 1, setData: 5, exists: 3 };

const int = (n) => {
  const b = Buffer.alloc(4);
  b.writeInt32BE(n);
  return b;
};
const text = (s) => Buffer.concat([int(Buffer.byteLength(s)), Buffer.from(s)]);
const buffer = (b) => Buffer.concat([int(b.length), b]);
const packet = (...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([int(body.length), body]);
};
const OPEN_ACL = Buffer.concat([int(1), int(31), text('world'), text('anyone')]);

export class Client {
  #waiting = [];
  #pending = Buffer.alloc(0);
  #xid = 0;
  #out = [];

  /** Resolves once there is a session. Rejects if the server does not take clients now. */
  static connect(port, timeoutMs = 30_000) {
    const client = new Client();
    return new Promise((resolve, reject) => {
      client.socket = connect({ port, host: '127.0.0.1', noDelay: true });
      client.socket.on('error', (error) => client.#fail(error));
      client.socket.on('close', () => client.#fail(new Error('closed')));
      client.socket.on('data', (chunk) => client.#data(chunk));
      client.#waiting.push({ resolve: () => resolve(client), reject });
      client.socket.write(
        packet(
          int(0),
          Buffer.alloc(8),
          int(timeoutMs),
          Buffer.alloc(8),
          buffer(Buffer.alloc(16)),
          Buffer.alloc(1),
        ),
      );
    });
  }

  close() {
    this.socket.destroy();
  }

  create(path, data) {
    return this.#call(OPS.create, text(path), buffer(data), OPEN_ACL, int(0));
  }

  setData(path, data) {
    return this.#call(OPS.setData, text(path), buffer(data), int(-1));
  }

  /** Resolves to the error code. */
  #call(type, ...body) {
    this.#xid += 1;
    if (this.#out.length === 0) setImmediate(() => this.#flush());
    this.#out.push(packet(int(this.#xid), int(type), ...body));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #flush() {
    this.socket.write(Buffer.concat(this.#out));
    this.#out = [];
  }

  #data(chunk) {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= 4) {
      const length = this.#pending.readInt32BE(0);
      if (this.#pending.length < 4 + length) return;
      const reply = this.#pending.subarray(4, 4 + length);
      this.#pending = this.#pending.subarray(4 + length);
      this.#waiting.shift()?.resolve(length >= 16 ? reply.readInt32BE(12) : 0);
    }
  }

  #fail(error) {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** Writes for so long, with so many outstanding, spread over the ports. */
export const measure = async ({ ports, outstanding, bytes, durationMs, warmUpMs = 1_000 }) => {
  const clients = await Promise.all(
    Array.from({ length: Math.min(outstanding, ports.length) }, (_, i) =>
      Client.connect(ports[i % ports.length]),
    ),
  );
  const data = Buffer.alloc(bytes, 'x');
  await Promise.all(clients.map((client, i) => client.create(`/bench-${i}`, data)));
  const latencies = [];
  let writes = 0;
  const begin = performance.now() + warmUpMs;
  const end = begin + durationMs;
  const writer = async (client, path) => {
    for (;;) {
      const asked = performance.now();
      if (asked > end) return;
      const error = await client.setData(path, data);
      if (error !== 0) throw new Error(`a write failed: ${error}`);
      const now = performance.now();
      writes += 1;
      if (asked >= begin && now <= end) latencies.push(now - asked);
    }
  };
  await Promise.all(
    Array.from({ length: outstanding }, (_, i) => {
      const at = i % clients.length;
      return writer(clients[at], `/bench-${at}`);
    }),
  );
  for (const client of clients) client.close();
  latencies.sort((a, b) => a - b);
  return {
    outstanding,
    bytes,
    /** With those of the warm-up. */
    writes,
    writesPerSecond: Math.round((latencies.length / durationMs) * 1_000),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  };
};
