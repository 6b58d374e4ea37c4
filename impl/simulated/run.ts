/**
 * One simulated run from one seed: an ensemble under faults, with clients that read and write, then a time without
 * faults in which it has to recover. What must never happen throws where it happens; the rest is judged at the end.
 */
import {
  type Event as ClientEvent,
  judge,
  store,
  type StoreOperation,
} from '../../checker/linearizability.js';
import type { Config } from '../../spec/config.js';
import { type Rules, zabRules } from '../../spec/rules.js';
import type { Sid, Zxid } from '../../spec/zxid.js';
import type { Hooks } from '../hooks.js';
import type { Outcome } from '../requests.js';
import { Server } from '../server.js';
import type { Timings } from '../timings.js';
import { SimulatedClock } from './clock.js';
import { SimulatedNetwork, SimulatedWorld } from './network.js';
import { Random } from './random.js';
import { type Platter, SimulatedDisk, SimulatedStorage } from './storage.js';
import { Store, type StoreWrite } from './store.js';

export interface RunOptions {
  readonly seed: number;
  readonly voters?: number;
  readonly observers?: number;
  readonly clients?: number;
  /** Time under faults. */
  readonly faultyMs?: number;
  readonly window?: number;
  readonly rules?: Rules;
  /** Further hooks for each server, of each of its lives. */
  readonly hooks?: (sid: Sid, boot: number) => Hooks;
}

export interface RunReport {
  readonly seed: number;
  /** What went wrong; empty if nothing did. */
  readonly problems: readonly string[];
  readonly steps: number;
  readonly writes: number;
  readonly answered: number;
  readonly crashes: number;
  /** How often the reducer took this handler. */
  readonly handlers: ReadonlyMap<string, number>;
  /** Of all that happened, in order; two runs of one seed have the same. */
  readonly digest: number;
}

const TIMINGS: Timings = {
  tickMs: 50,
  initLimit: 10,
  syncLimit: 5,
  finalizeWaitMs: 20,
  resendMs: 20,
  resendMostMs: 320,
};

const KEYS = ['a', 'b', 'c'];
/** Long enough to elect, to synchronize and to time out more than once. */
const RECOVERY_MS = 20_000;

interface Life {
  readonly server: Server;
  readonly storage: SimulatedStorage;
  readonly machine: Store;
}

class Run {
  readonly random: Random;
  readonly clock = new SimulatedClock();
  readonly world: SimulatedWorld;
  readonly config: Config;
  readonly sids: readonly Sid[];
  readonly disks = new Map<Sid, SimulatedDisk>();
  readonly platters = new Map<Sid, Platter>();
  readonly lives = new Map<Sid, Life>();
  readonly problems: string[] = [];
  readonly history: ClientEvent<StoreOperation<number | null>, number | null>[] = [];
  readonly handlers = new Map<string, number>();
  /** Digest of the state machine behind each zxid, by whoever applied it first. */
  readonly digests = new Map<Zxid, number>();
  readonly answers = new Map<Zxid, string>();
  steps = 0;
  writes = 0;
  crashes = 0;
  digest = 17;
  isFaulty = true;

  constructor(readonly options: RunOptions) {
    const { seed, voters = 3, observers = 0, window = 5 } = options;
    this.random = new Random(seed);
    const { random } = this;
    this.world = new SimulatedWorld(this.clock, random, {
      loss: random.pick([0, 0.05, 0.3]),
      duplication: random.pick([0, 0.1]),
      leastDelayMs: 0.1,
      mostDelayMs: random.pick([2, 10, 60]),
    });
    const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
    this.config = {
      voters: range(1, voters),
      observers: range(voters + 1, observers),
      election: 'fle',
      window,
      rules: options.rules ?? zabRules,
    };
    this.sids = [...this.config.voters, ...this.config.observers];
    for (const sid of this.sids) {
      this.disks.set(sid, new SimulatedDisk());
      this.platters.set(sid, { leastDelayMs: 0.2, mostDelayMs: 2 });
      this.boot(sid);
    }
  }

  problem(what: string): void {
    this.problems.push(`${this.clock.now().toFixed(2)} ms: ${what}`);
  }

  // --- servers

  boot(sid: Sid): void {
    const disk = this.disks.get(sid)!;
    disk.boots += 1;
    const machine = new Store();
    const { clock, random, config } = this;
    const storage = new SimulatedStorage(disk, clock, random, this.platters.get(sid)!, config.window);
    const server = new Server({
      sid,
      boot: disk.boots,
      config,
      timings: TIMINGS,
      clock,
      network: new SimulatedNetwork(this.world, sid),
      storage,
      machine,
      imageEvery: 12,
      hooks: this.hooksOf(sid, disk.boots, () => server.applied, machine),
    });
    this.lives.set(sid, { server, storage, machine });
    server.start();
  }

  hooksOf(sid: Sid, boot: number, applied: () => Zxid, machine: Store): Hooks {
    const further = this.options.hooks?.(sid, boot) ?? {};
    return {
      ...further,
      stepped: (before, event, taken) => {
        this.steps += 1;
        this.digest =
          (Math.imul(this.digest, 31) + taken.handler.length * 7 + sid + taken.effects.length) | 0;
        this.handlers.set(taken.handler, (this.handlers.get(taken.handler) ?? 0) + 1);
        this.compare(sid, applied(), machine);
        for (const effect of taken.effects)
          if (effect.type === 'observe' && effect.observation.type === 'unexpected')
            this.problem(`server ${sid} saw the unexpected: ${effect.observation.what}`);
        further.stepped?.(before, event, taken);
      },
      failed: (error) => {
        this.problem(`server ${sid} failed: ${error instanceof Error ? error.stack : error}`);
        further.failed?.(error);
      },
    };
  }

  /** Whoever is at the same zxid has applied the same. */
  compare(sid: Sid, applied: Zxid, machine: Store): void {
    const known = this.digests.get(applied);
    if (known === undefined) this.digests.set(applied, machine.digest);
    else if (known !== machine.digest) this.problem(`server ${sid} at ${applied} differs from another`);
  }

  crash(sid: Sid): void {
    const life = this.lives.get(sid);
    if (life === undefined) return;
    this.crashes += 1;
    this.lives.delete(sid);
    life.storage.crash();
    life.server.stop();
  }

  // --- clients

  startClient(process: string): void {
    const { random, clock } = this;
    const next = (): void => {
      if (this.isFaulty) clock.after(random.int(1, 30), act);
    };
    const act = (): void => {
      const server = this.lives.get(random.pick(this.sids))?.server;
      const key = random.pick(KEYS);
      if (!server?.isServing) next();
      else if (random.chance(0.6)) this.write(process, server, key, next);
      else this.read(process, server, key, next);
    };
    next();
  }

  /** A client that hears nothing gives up; what became of its write it cannot say. */
  submit(server: Server, write: StoreWrite, done: (outcome: Outcome) => void): void {
    let isOver = false;
    const over = (outcome: Outcome): void => {
      if (isOver) return;
      isOver = true;
      done(outcome);
    };
    const body = JSON.stringify(write);
    this.clock.after(2_000, () => over({ kind: 'unknown' }));
    server.submit(body, (outcome) => {
      if (outcome.kind === 'done') this.answers.set(outcome.zxid, body);
      over(outcome);
    });
  }

  write(process: string, server: Server, key: string, next: () => void): void {
    const value = ++this.writes;
    this.history.push({ process, call: { type: 'write', key, value } });
    this.submit(server, { type: 'write', key, value }, (outcome) => {
      if (outcome.kind === 'done') this.history.push({ process, result: null });
      else
        this.history.push(outcome.kind === 'refused' ? { process, failed: true } : { process, lost: true });
      next();
    });
  }

  /** `sync`, then what this server has. */
  read(process: string, server: Server, key: string, next: () => void): void {
    const machine = this.lives.get(server.sid)!.machine;
    this.history.push({ process, call: { type: 'read', key } });
    this.submit(server, { type: 'sync', id: ++this.writes }, (outcome) => {
      this.history.push(
        outcome.kind === 'done' ? { process, result: machine.read(key) } : { process, failed: true },
      );
      next();
    });
  }

  // --- faults

  startFaults(): void {
    const { random, clock, sids, world } = this;
    const pair = (): readonly [Sid, Sid] => {
      const a = random.pick(sids);
      return [a, random.pick(sids.filter((sid) => sid !== a))];
    };
    const act = (): void => {
      if (!this.isFaulty) return;
      const dice = random.next();
      if (dice < 0.3) this.crash(random.pick(sids));
      else if (dice < 0.35) for (const sid of sids) this.crash(sid);
      else if (dice < 0.5) world.partition(...pair());
      else if (dice < 0.6) for (const other of sids) world.partition(sids[0]!, other);
      else if (dice < 0.75) world.cut(...pair());
      else if (dice < 0.9) this.platters.get(random.pick(sids))!.mostDelayMs = random.pick([2, 40, 400]);
      else world.heal();
      if (random.chance(0.3)) world.heal();
      clock.after(random.int(5, 250), act);
    };
    clock.after(random.int(5, 300), act);
  }

  startRestarts(): void {
    const { random, clock, sids } = this;
    const act = (): void => {
      if (!this.isFaulty) return;
      const down = sids.filter((sid) => !this.lives.has(sid));
      if (down.length > 0) this.boot(random.pick(down));
      clock.after(random.int(20, 400), act);
    };
    clock.after(50, act);
  }

  endFaults(): void {
    this.isFaulty = false;
    this.world.heal();
    Object.assign(this.world.weather, { loss: 0, duplication: 0, mostDelayMs: 2 });
    for (const platter of this.platters.values()) platter.mostDelayMs = 2;
    for (const sid of this.sids) if (!this.lives.has(sid)) this.boot(sid);
  }

  // --- the whole

  advance(durationMs: number, isOver: () => boolean = () => false): boolean {
    const until = this.clock.now() + durationMs;
    while (this.problems.length === 0 && !isOver()) if (!this.clock.advance(until)) return false;
    return true;
  }

  isWhole(): boolean {
    return this.sids.every((sid) => this.lives.get(sid)!.server.isServing);
  }

  recover(): void {
    this.endFaults();
    if (!this.advance(RECOVERY_MS, () => this.isWhole())) this.problem('it did not recover');
    // Once more through everyone, so that all commits are delivered; then time for the last COMMIT to arrive.
    const answered = new Set<Sid>();
    for (const sid of this.sids) this.insist(sid, () => answered.add(sid));
    if (!this.advance(RECOVERY_MS, () => answered.size === this.sids.length))
      this.problem('a write after the recovery was not answered');
    this.advance(1_000);
  }

  /** Writes until it is told that it has; a role that ends takes what was under way with it. */
  insist(sid: Sid, done: () => void): void {
    this.submit(this.lives.get(sid)!.server, { type: 'sync', id: ++this.writes }, (outcome) => {
      if (outcome.kind === 'done') done();
      else this.clock.after(20, () => this.insist(sid, done));
    });
  }

  judge(): void {
    const lives = [...this.lives.values()];
    if (new Set(lives.map(({ machine, server }) => `${machine.digest}@${server.applied}`)).size > 1)
      this.problem('the replicas differ');
    const newest = Math.max(...lives.map(({ server }) => server.applied));
    for (const zxid of this.answers.keys())
      if (zxid > newest) this.problem(`the write ${zxid} was answered and is lost`);
    const verdict = judge(store<number | null>(null), this.history);
    if (verdict.verdict !== 'linearizable') this.problem(`the history is ${verdict.verdict}`);
  }

  report(): RunReport {
    const { clients = 4, faultyMs = 2_500, seed } = this.options;
    for (let i = 0; i < clients; i++) this.startClient(`client ${i}`);
    this.startFaults();
    this.startRestarts();
    this.advance(faultyMs);
    if (this.problems.length === 0) this.recover();
    if (this.problems.length === 0) this.judge();
    const { problems, steps, writes, crashes, handlers, digest } = this;
    return { seed, problems, steps, writes, answered: this.answers.size, crashes, handlers, digest };
  }
}

export const run = (options: RunOptions): RunReport => new Run(options).report();
