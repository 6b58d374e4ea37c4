/** The client port: takes connections, tells four-letter words from clients, and lets go of all when the leader is lost. */
import { Buffer } from 'node:buffer';
import { createServer, type Server, type Socket } from 'node:net';
import { Connection } from './connection.js';
import type { Service } from './service.js';
import { Sessions } from './sessions.js';
import { answerWord, type Traffic } from './words.js';

export interface PortOptions {
  readonly service: Service;
  readonly host: string;
  readonly port: number;
  /** From which session passwords are made; the same at every server. */
  readonly secret: string;
  readonly served?: (tookMs: number, isWrite: boolean) => void;
}

const WORD = 4;

export class ClientPort {
  readonly #options: PortOptions;
  readonly #server: Server;
  readonly #sessions: Sessions;
  readonly #connections = new Set<Connection>();
  readonly #sockets = new Set<Socket>();
  readonly #traffic: Traffic = {
    received: 0,
    sent: 0,
    connections: 0,
    requests: 0,
    latencyMs: 0,
    leastMs: Number.POSITIVE_INFINITY,
    mostMs: 0,
  };

  private constructor(options: PortOptions) {
    this.#options = options;
    const { service, secret } = options;
    this.#sessions = new Sessions(service.sid, service.boot, secret);
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @throws if the port is taken */
  static async open(options: PortOptions): Promise<ClientPort> {
    const port = new ClientPort(options);
    await new Promise<void>((resolve, reject) => {
      port.#server.once('error', reject);
      port.#server.listen(options.port, options.host, resolve);
    });
    return port;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** There is no leader any more: clients go and look for a server that has one. */
  dropAll(): void {
    for (const connection of [...this.#connections]) connection.close();
  }

  async close(): Promise<void> {
    this.dropAll();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let read: Buffer = Buffer.alloc(0);
    const first = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      if (read.length < WORD) return;
      socket.off('data', first);
      const word = answerWord(read.toString('latin1', 0, WORD), this.#options.service, this.#traffic);
      if (word === null) this.#connect(socket, read);
      else socket.end(word);
    };
    socket.on('data', first);
  }

  #connect(socket: Socket, read: Buffer): void {
    const traffic = this.#traffic;
    const connection = new Connection(socket, this.#options.service, this.#sessions, {
      packet: (direction) => {
        traffic[direction === 'in' ? 'received' : 'sent'] += 1;
      },
      served: (tookMs, isWrite) => {
        traffic.requests += 1;
        traffic.latencyMs += tookMs;
        traffic.leastMs = Math.min(traffic.leastMs, tookMs);
        traffic.mostMs = Math.max(traffic.mostMs, tookMs);
        this.#options.served?.(tookMs, isWrite);
      },
      closed: (closed) => {
        this.#connections.delete(closed);
        traffic.connections = this.#connections.size;
      },
    });
    this.#connections.add(connection);
    traffic.connections = this.#connections.size;
    connection.feed(read);
  }
}
