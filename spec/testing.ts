/**
 * For tests: short names for transactions and histories, and an ensemble that runs the reducer in memory. The ensemble
 * lists what can happen next and does what it is told, no more; who chooses (a property test, a transcript's script)
 * is the test's affair. It is a driver apart from the checker's model, so that the two can disagree.
 */
import type { Config } from './config.js';
import { crash, type Disk, EMPTY_DISK, enqueue, flush, recover, write } from './disk.js';
import { canDecide } from './election.js';
import { committedOf, EMPTY_GHOST, type Ghost, remember, type Seen } from './ghost.js';
import { type History, positionOf, type Txn } from './history.js';
import * as invariants from './invariants.js';
import type { Message, Notification } from './messages.js';
import { hasVotes } from './receiver.js';
import { boot, step } from './reducer.js';
import type { Server } from './server.js';
import type { Effect, Event, Step } from './step.js';
import { rulesOf } from './variants.js';
import { counterOf, epochOf, makeZxid, type Sid, type Zxid } from './zxid.js';

// --- short names

export const txn = (epoch: number, counter: number, origin: Sid = 9): Txn => ({
  zxid: makeZxid(epoch, counter),
  payload: `${epoch}:${counter}`,
  origin,
});

/** `history('1:1 1:2')`, or over a floor: `history('1:3 2:1', '1:2')`. */
export const history = (entries: string, floor = '0:0'): History => ({
  floor: zxidOf(floor),
  entries: txns(entries),
});

export const zxidOf = (text: string): Zxid => {
  const [epoch, counter] = text.split(':').map(Number);
  return makeZxid(epoch!, counter!);
};

export const txns = (text: string): readonly Txn[] =>
  text
    .split(' ')
    .filter((one) => one !== '')
    .map((one) => txn(epochOf(zxidOf(one)), counterOf(zxidOf(one))));

export const textOf = (zxid: Zxid): string => `${epochOf(zxid)}:${counterOf(zxid)}`;

const range = (from: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, i) => from + i);

interface Size {
  readonly voters?: number;
  readonly observers?: number;
  readonly window?: number;
  readonly election?: Config['election'];
  readonly variant?: string;
  readonly defects?: readonly string[];
  /** Defects of the variant to leave out. */
  readonly fixed?: readonly string[];
}

/** Voters numbered from 1, observers after them. */
export const configOf = (size: Size = {}): Config => {
  const { voters = 3, observers = 0, window = 500, election = 'coarse' } = size;
  const { variant = 'zab', defects = [], fixed = [] } = size;
  return {
    voters: range(1, voters),
    observers: range(voters + 1, observers),
    election,
    window,
    rules: rulesOf(variant, defects, fixed),
  };
};

/** What offends each invariant of states (null: nothing does), the base and the corollaries apart. */
export const offencesOf = ({ ghost, config, sids, servers, disks }: Ensemble) => {
  const shown = sids.map((sid) => invariants.show(servers[sid] ?? null));
  const recoverable = config.voters.map((sid) => recover(disks[sid]!).history.entries);
  return {
    base: {
      SingleLeader: invariants.singleLeader(ghost.established, shown),
      CommitDurability: invariants.commitDurability(ghost.established, ghost.committed),
      QuorumDurability: invariants.quorumDurability(ghost.committed, recoverable),
      PrefixConsistency: invariants.prefixConsistency(ghost.committed, shown),
      Integrity: invariants.integrity(ghost.broadcast, shown),
      LocalPrimaryOrder: invariants.localPrimaryOrder(ghost.broadcast, ghost.established, shown),
      GlobalPrimaryOrder: invariants.globalPrimaryOrder(shown),
      CommitConsistency: invariants.commitConsistency(shown),
      HistoryConsistency: invariants.historyConsistency(shown),
      AcknowledgedNotLost: invariants.acknowledgedNotLost(ghost.answeredEarly),
      ObserversDoNotCount: invariants.observersDoNotCount(ghost.observerQuorums),
    },
    corollaries: {
      Agreement: invariants.agreement(shown),
      TotalOrder: invariants.totalOrder(shown),
      PrimaryIntegrity: invariants.primaryIntegrity(ghost.broadcast, ghost.established, ghost.committed),
    },
  };
};

/** The effects of one kind. */
export const effectsOf = <T extends Effect['type']>(
  { effects }: Pick<Step, 'effects'>,
  type: T,
): readonly Extract<Effect, { type: T }>[] =>
  effects.filter((effect): effect is Extract<Effect, { type: T }> => effect.type === type);

/** What a step sends, as `to: message`. */
export const sent = (taken: Pick<Step, 'effects'>): readonly (readonly [Sid, Message])[] =>
  effectsOf(taken, 'send').map(({ to, message }) => [to, message] as const);

// --- the ensemble

interface Link {
  status: 'none' | 'open' | 'closing';
  queue: Message[];
}

export interface Possible {
  readonly name: string;
  readonly isFault: boolean;
  readonly run: () => void;
}

export interface EnsembleOptions {
  readonly persistence?: 'sync' | 'async';
  /** `batch`: all from DIFF, TRUNC or SNAP to NEWLEADER arrives at once, and a flush flushes everything. */
  readonly grain?: 'message' | 'batch';
  /** Whether the log still holds what is below the floor of the window. */
  readonly logReachesBack?: boolean;
  readonly requests?: number;
  readonly disks?: Readonly<Record<Sid, Disk>>;
  /** Called with each step before its effects are carried out. */
  readonly onStep?: (before: Server | null, event: Event | null, taken: Step) => void;
  /** Called with each effect when its turn comes. */
  readonly onEffect?: (sid: Sid, effect: Effect) => void;
}

export class Ensemble {
  readonly sids: readonly Sid[];
  readonly servers: Record<Sid, Server | null> = {};
  readonly disks: Record<Sid, Disk> = {};
  /** What each state machine holds: what was delivered, or came with a snapshot. */
  readonly applied: Record<Sid, readonly Txn[]> = {};
  ghost: Ghost = EMPTY_GHOST;
  readonly #links: Record<string, Link> = {};
  readonly #notifications: Record<string, Notification[]> = {};
  /** The longest sequence that was ever applied anywhere; what lies below a floor is a prefix of it. */
  #longest: readonly Txn[] = [];
  #requested = 0;

  constructor(
    readonly config: Config,
    readonly options: EnsembleOptions = {},
  ) {
    this.sids = [...config.voters, ...config.observers];
    for (const [from, to] of this.#pairs()) {
      this.#links[`${from}-${to}`] = { status: 'none', queue: [] };
      this.#notifications[`${from}-${to}`] = [];
    }
    for (const sid of this.sids) {
      const disk = options.disks?.[sid] ?? EMPTY_DISK;
      this.disks[sid] = disk;
      // Up before any of them speaks, so that nobody misses the first notifications.
      this.servers[sid] = boot(config, sid, recover(disk)).server;
    }
    for (const sid of this.sids) this.restart(sid);
  }

  #pairs(): readonly (readonly [Sid, Sid])[] {
    return this.sids.flatMap((a) => this.sids.filter((b) => b !== a).map((b) => [a, b] as const));
  }

  #link(from: Sid, to: Sid): Link {
    return this.#links[`${from}-${to}`]!;
  }

  // --- what can happen

  /** In a fixed order: the protocol's own doing first, then requests, then faults. */
  possible(): readonly Possible[] {
    const progress = (name: string, run: () => void): Possible => ({ name, isFault: false, run });
    const fault = (name: string, run: () => void): Possible => ({ name, isFault: true, run });
    const up = this.sids.flatMap((sid) => this.servers[sid] ?? []);
    const pairs = this.#pairs();
    return [
      ...pairs
        .filter(([a, b]) => this.#notifications[`${a}-${b}`]!.length > 0)
        .map(([a, b]) => progress(`notify ${a}-${b}`, () => this.#notify(a, b))),
      ...up
        .filter((s) => this.disks[s.sid]!.pending.length > 0)
        .map((s) => progress(`flush ${s.sid}`, () => this.flush(s.sid))),
      ...pairs
        .filter(([a, b]) => this.#link(a, b).queue.length > 0)
        .map(([a, b]) => progress(`deliver ${a}-${b}`, () => this.#deliver(a, b))),
      ...pairs
        .filter(([a, b]) => this.#link(a, b).status === 'closing')
        .map(([a, b]) => progress(`closed ${a}-${b}`, () => this.#closed(a, b))),
      ...up.flatMap((s) =>
        this.#canConnect(s).map((leader) =>
          progress(`connect ${s.sid}-${leader}`, () => this.#connect(s.sid, leader)),
        ),
      ),
      ...up.flatMap((s) =>
        this.#elections(s).map((leader) =>
          progress(`elect ${s.sid}-${leader}`, () => this.see(s.sid, { type: 'Elected', leader })),
        ),
      ),
      ...up
        .filter((s) => s.state === 'LOOKING' && this.config.election === 'fle' && canDecide(this.config, s))
        .map((s) => progress(`finalizeWait ${s.sid}`, () => this.see(s.sid, { type: 'FinalizeWait' }))),
      ...up
        .filter((s) => s.state === 'LOOKING' && hasVotes(s))
        .map((s) => progress(`count ${s.sid}`, () => this.see(s.sid, { type: 'Turn', of: 'election' }))),
      ...(this.#requested < (this.options.requests ?? 0) ? up : [])
        .filter((s) => s.state !== 'LOOKING' && s.phase === 'BROADCAST')
        .map((s) => progress(`request ${s.sid}`, () => this.request(s.sid))),
      ...up
        .filter((s) => s.state === 'LOOKING' && this.config.election === 'fle')
        .map((s) => fault(`resend ${s.sid}`, () => this.see(s.sid, { type: 'Resend' }))),
      ...up
        .filter((s) => s.state === 'LEADING')
        .map((s) => fault(`tick ${s.sid}`, () => this.see(s.sid, { type: 'Tick' }))),
      ...up
        .filter((s) => s.state !== 'LOOKING')
        .map((s) => fault(`timeout ${s.sid}`, () => this.see(s.sid, { type: 'Timeout' }))),
      ...pairs
        .filter(
          ([a, b]) => a < b && (this.#link(a, b).status === 'open' || this.#link(b, a).status === 'open'),
        )
        .map(([a, b]) => fault(`cut ${a}-${b}`, () => this.cut(a, b))),
      ...up.flatMap(({ sid }) =>
        this.#keeps(sid).map((kept) => fault(`crash ${sid} keeps ${kept}`, () => this.crash(sid, kept))),
      ),
      ...this.sids
        .filter((sid) => this.servers[sid] === null)
        .map((sid) => progress(`restart ${sid}`, () => this.restart(sid))),
    ];
  }

  /** Does what the number says; most numbers mean progress where there is any. */
  choose(choice: number): string {
    const all = this.possible();
    const wantsFault = choice % 16 === 0;
    const some = all.filter(({ isFault }) => isFault === wantsFault);
    const [candidates, pick] = [some.length > 0 ? some : all, Math.floor(choice / 16)];
    const chosen = candidates[pick % candidates.length]!;
    chosen.run();
    return chosen.name;
  }

  /** @throws if this cannot happen now */
  do(name: string): void {
    const found = this.possible().find((one) => one.name === name);
    if (!found)
      throw new Error(
        `${name} is not possible; ${this.possible()
          .map((one) => one.name)
          .join(', ')}`,
      );
    found.run();
  }

  /**
   * Lets the protocol run, in the order of `possible`, until nothing is left but requests, restarts and faults; or for
   * that many steps, since servers may try for ever what cannot succeed.
   */
  settle(steps = 10_000): void {
    for (let step = 0; step < steps; step++) {
      const next = this.possible().find(
        ({ name, isFault }) => !isFault && !name.startsWith('request') && !name.startsWith('restart'),
      );
      if (next === undefined) return;
      next.run();
    }
  }

  #keeps(sid: Sid): readonly (number | 'all')[] {
    const { length } = this.disks[sid]!.pending;
    if (this.options.grain === 'batch') return length > 0 ? [0, 'all'] : ['all'];
    return range(0, length + 1);
  }

  #canConnect(s: Server): readonly Sid[] {
    if ((s.state !== 'FOLLOWING' && s.state !== 'OBSERVING') || s.phase !== 'DISCOVERY') return [];
    return s.awaits === 'connection' && this.servers[s.leader]?.state === 'LEADING' ? [s.leader] : [];
  }

  /** The coarse grain: any looking voter may lead, and any looking server follow a leader. */
  #elections(s: Server): readonly Sid[] {
    if (this.config.election !== 'coarse' || s.state !== 'LOOKING') return [];
    return this.config.voters.filter((sid) =>
      sid === s.sid ? true : this.servers[sid]?.state === 'LEADING',
    );
  }

  // --- what happens

  see(sid: Sid, event: Event): void {
    const before = this.servers[sid]!;
    if (before === null) throw new Error(`server ${sid} is down`);
    this.#take(before, event, step(this.config, before, event));
  }

  request(sid: Sid): void {
    this.#requested += 1;
    this.see(sid, { type: 'Request', request: { payload: `w${this.#requested}`, origin: sid } });
  }

  flush(sid: Sid): void {
    do {
      const operation = this.disks[sid]!.pending[0]!;
      this.disks[sid] = flush(this.disks[sid]!);
      this.see(sid, { type: 'Flushed', operation });
    } while (this.options.grain === 'batch' && this.disks[sid]!.pending.length > 0);
  }

  crash(sid: Sid, kept: number | 'all' = 'all'): void {
    const disk = this.disks[sid]!;
    this.disks[sid] = crash(disk, kept === 'all' ? disk.pending.length : kept);
    this.servers[sid] = null;
    for (const other of this.sids.filter((one) => one !== sid)) {
      this.#close(sid, other);
      this.#notifications[`${other}-${sid}`] = [];
    }
  }

  restart(sid: Sid): void {
    const recovered = recover(this.disks[sid]!);
    this.applied[sid] = this.#below(recovered.history.floor);
    this.#take(null, null, boot(this.config, sid, recovered));
  }

  cut(a: Sid, b: Sid): void {
    for (const link of [this.#link(a, b), this.#link(b, a)])
      if (link.status !== 'none') Object.assign(link, { status: 'closing', queue: [] });
  }

  #notify(from: Sid, to: Sid): void {
    const notification = this.#notifications[`${from}-${to}`]!.shift()!;
    this.see(to, { type: 'Notified', from, notification });
  }

  #deliver(from: Sid, to: Sid): void {
    const link = this.#link(from, to);
    const { queue } = link;
    const first = queue.shift()!;
    this.see(to, { type: 'Receive', from, message: first });
    const isBatch = this.options.grain === 'batch' && ['DIFF', 'TRUNC', 'SNAP'].includes(first.type);
    // A learner that rejects what it gets drops the rest with the link.
    while (isBatch && link.queue === queue && queue.length > 0) {
      const message = queue.shift()!;
      this.see(to, { type: 'Receive', from, message });
      if (message.type === 'NEWLEADER') return;
    }
  }

  #closed(from: Sid, to: Sid): void {
    Object.assign(this.#link(from, to), { status: 'none', queue: [] });
    this.see(to, { type: 'Closed', peer: from });
  }

  #connect(learner: Sid, leader: Sid): void {
    const to = this.servers[leader];
    if (to?.state === 'LEADING' && learner in to.learners)
      this.see(leader, { type: 'Closed', peer: learner });
    for (const link of [this.#link(learner, leader), this.#link(leader, learner)])
      Object.assign(link, { status: 'open', queue: [] });
    this.see(leader, { type: 'Accepted', peer: learner });
    this.see(learner, { type: 'Connected', peer: leader });
  }

  #close(self: Sid, peer: Sid): void {
    const out = this.#link(self, peer);
    if (out.status === 'open') out.status = 'closing';
    Object.assign(this.#link(peer, self), { status: 'none', queue: [] });
  }

  /** What the log holds up to this zxid. */
  #below(floor: Zxid): readonly Txn[] {
    return this.#longest.slice(0, this.#longest.findIndex(({ zxid }) => zxid === floor) + 1);
  }

  #take(before: Server | null, event: Event | null, taken: Step): void {
    const { sid } = taken.server;
    this.options.onStep?.(before, event, taken);
    this.servers[sid] = taken.server;
    this.#noteSnapshot(before, taken.server);
    this.#remember(before, taken);
    const followUps: Event[] = [];
    for (const effect of taken.effects) {
      this.options.onEffect?.(sid, effect);
      this.#carry(sid, effect, followUps);
    }
    for (const followUp of followUps) {
      if (followUp.type === 'Flushed') this.disks[sid] = write(this.disks[sid]!, followUp.operation);
      this.see(sid, followUp);
    }
  }

  /** A snapshot that does not hold what the server had delivered replaces its state machine. */
  #noteSnapshot(before: Server | null, { sid, history: { floor }, committed }: Server): void {
    if (
      before !== null &&
      before.history.floor !== floor &&
      committed === floor &&
      committed !== before.committed
    )
      this.applied[sid] = this.#below(floor);
  }

  #remember(before: Server | null, { server, effects }: Step): void {
    const seen: Seen[] = effects.flatMap((effect): readonly Seen[] => {
      if (effect.type === 'observe') return [effect.observation];
      return effect.type === 'answer' ? [{ type: 'answered', zxid: effect.txn.zxid }] : [];
    });
    const txnsNow = committedOf(server);
    if (before === null || txnsNow.length > committedOf(before).length)
      seen.unshift({ type: 'committed', txns: txnsNow });
    for (const one of seen) this.ghost = remember(this.config, this.ghost, one);
  }

  #carry(sid: Sid, effect: Effect, followUps: Event[]): void {
    switch (effect.type) {
      case 'send': {
        const link = this.#link(sid, effect.to);
        if (link.status === 'open') link.queue.push(effect.message);
        break;
      }
      case 'notify':
        if (this.servers[effect.to] != null)
          this.#notifications[`${sid}-${effect.to}`]!.push(effect.notification);
        break;
      case 'close':
        this.#close(sid, effect.peer);
        break;
      case 'persist':
        if (this.options.persistence === 'async')
          this.disks[sid] = enqueue(this.disks[sid]!, effect.operation);
        else followUps.push({ type: 'Flushed', operation: effect.operation });
        break;
      case 'readLog':
        followUps.push({
          type: 'LogRead',
          peer: effect.peer,
          after: effect.after,
          entries: this.#readLog(sid, effect.after),
        });
        break;
      case 'deliver': {
        const applied = [...this.applied[sid]!, effect.txn];
        this.applied[sid] = applied;
        if (applied.length > this.#longest.length) this.#longest = applied;
        break;
      }
      case 'answer':
      case 'observe':
        break;
    }
  }

  #readLog(sid: Sid, afterZxid: Zxid): readonly Txn[] | null {
    if (this.options.logReachesBack === false) return null;
    const log: History = { floor: 0, entries: this.#below(this.servers[sid]!.history.floor) };
    const position = positionOf(log, afterZxid);
    return position < 0 ? null : log.entries.slice(position);
  }
}
