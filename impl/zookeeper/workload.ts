/** For tests: clients that read and write a few nodes at whatever server they find, and what they saw of it. */
import { Buffer } from 'node:buffer';
import { type Event, judge, type StoreOperation, store } from '../../checker/linearizability.js';
import type { Random } from '../simulated/random.js';
import { TestClient } from './testing.js';

const KEYS = ['/a', '/b', '/c'];

const assertOk = (error: number): void => {
  if (error !== 0) throw new Error(`a request failed: ${error}`);
};

type Seen = Event<StoreOperation<number | null>, number | null>;

/** What all clients saw, in the order in which it happened. */
export class Workload {
  readonly events: Seen[] = [];
  #values = 0;
  #clients = 0;
  isOver = false;
  acknowledged = 0;

  constructor(
    /** Of the clients' ports of all servers. */
    readonly ports: readonly number[],
    readonly random: Random,
  ) {}

  /** @returns what resolves once all clients have stopped */
  async start(clients: number): Promise<{ readonly stopped: Promise<unknown> }> {
    const first = await TestClient.connect(this.ports[0]!);
    for (const key of KEYS) assertOk(await first.create(key, Buffer.alloc(0)));
    first.close();
    return { stopped: Promise.all(Array.from({ length: clients }, () => this.#client())) };
  }

  verdict(): string {
    return judge(store<number | null>(null), this.events).verdict;
  }

  /** Goes on with another server whenever it loses one. A process that lost an operation is another one from then on. */
  async #client(): Promise<void> {
    while (!this.isOver) {
      const process = `client ${this.#clients++}`;
      try {
        const client = await TestClient.connect(this.random.pick(this.ports));
        try {
          while (!this.isOver) await this.#operate(process, client);
        } finally {
          client.close();
        }
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async #operate(process: string, client: TestClient): Promise<void> {
    const key = this.random.pick(KEYS);
    const isWrite = this.random.chance(0.5);
    const value = ++this.#values;
    const call: StoreOperation<number> = isWrite ? { type: 'write', key, value } : { type: 'read', key };
    this.events.push({ process, call });
    try {
      const result = isWrite ? await this.#write(client, key, value) : await this.#read(client, key);
      this.events.push({ process, result });
    } catch (error) {
      this.events.push(isWrite ? { process, lost: true } : { process, failed: true });
      throw error;
    }
  }

  async #write(client: TestClient, key: string, value: number): Promise<null> {
    assertOk(await client.setData(key, Buffer.from(String(value))));
    this.acknowledged += 1;
    return null;
  }

  async #read(client: TestClient, key: string): Promise<number | null> {
    assertOk(await client.sync(key));
    const data = await client.getData(key);
    return data === null || data.length === 0 ? null : Number(data);
  }
}
