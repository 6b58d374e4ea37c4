/** What a server shows to Prometheus. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Hooks } from './hooks.js';
import type { Server } from './server.js';
import { epochOf } from '../spec/zxid.js';

/** From a fast disk to a bad day, in seconds. */
const BUCKETS = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const ROLES = ['LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING'] as const;

/** Observations that wait to be counted: the count of many at once costs a tenth of as many counts of one. */
const GATHERED = 1_000;

/** A histogram of latencies, given in milliseconds. */
class Latencies {
  readonly #histogram: Histogram;
  #gathered: number[] = [];

  constructor(name: string, help: string, registers: Registry[]) {
    this.#histogram = new Histogram({
      name,
      help,
      buckets: BUCKETS,
      registers,
      collect: () => this.#count(),
    });
  }

  observe(tookMs: number): void {
    if (this.#gathered.push(tookMs) >= GATHERED) this.#count();
  }

  #count(): void {
    for (const tookMs of this.#gathered) this.#histogram.observe(tookMs / 1_000);
    this.#gathered = [];
  }
}

export class Metrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];
  #delivered = 0;
  readonly dropped = new Counter({
    name: 'zab_dropped_datagrams_total',
    help: 'Datagrams that no peer sent now, by reason.',
    labelNames: ['reason'],
    registers: this.#registers,
  });
  readonly #elections = new Counter({
    name: 'zab_elections_total',
    help: 'Times that this server began to look for a leader.',
    registers: this.#registers,
  });
  readonly #flush = new Latencies(
    'zab_fsync_latency_seconds',
    'From asking for a write to its being on the disk.',
    this.#registers,
  );
  readonly #commit = new Latencies(
    'zab_commit_latency_seconds',
    "From a client's write at this server to its answer.",
    this.#registers,
  );
  readonly #diskFull = new Gauge({
    name: 'zab_disk_full',
    help: 'Whether the disk has no room; nothing is acknowledged until it has.',
    registers: this.#registers,
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    const delivered = (): number => this.#delivered;
    new Counter({
      name: 'zab_delivered_transactions_total',
      help: 'Committed transactions that were delivered to the state machine.',
      registers: this.#registers,
      collect() {
        this.reset();
        this.inc(delivered());
      },
    });
  }

  /** Gauges are read when someone asks. */
  watch(server: Server, connections: () => number): void {
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        registers: this.#registers,
        collect() {
          this.set(value());
        },
      });
    };
    new Gauge({
      name: 'zab_role',
      help: 'What this server does: 1 for its role, 0 for the others.',
      labelNames: ['role'],
      registers: this.#registers,
      collect() {
        for (const role of ROLES) this.set({ role }, server.state?.state === role ? 1 : 0);
      },
    });
    gauge(
      'zab_epoch',
      'The newest epoch whose NEWLEADER was acknowledged.',
      () => server.state?.currentEpoch ?? 0,
    );
    gauge('zab_applied_zxid_epoch', 'Epoch of the newest transaction that was applied.', () =>
      epochOf(server.applied),
    );
    gauge('zab_applied_zxid', 'The newest transaction that was applied.', () => server.applied);
    gauge('zab_serving', 'Whether writes are taken.', () => (server.isServing ? 1 : 0));
    gauge('zab_outstanding_requests', 'Writes of clients that are under way here.', () => server.outstanding);
    gauge('zab_client_connections', 'Clients.', connections);
  }

  served(tookMs: number, isWrite: boolean): void {
    if (isWrite) this.#commit.observe(tookMs);
  }

  diskFull(isFull: boolean): void {
    this.#diskFull.set(isFull ? 1 : 0);
  }

  hooks(): Hooks {
    return {
      stepped: (before, _, { server, effects }) => {
        if (server.state === 'LOOKING' && before?.state !== 'LOOKING') this.#elections.inc();
        for (const { type } of effects) if (type === 'deliver') this.#delivered += 1;
      },
      flushed: (_, tookMs) => this.#flush.observe(tookMs),
    };
  }
}
