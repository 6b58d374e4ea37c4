/**
 * One server of the specification on its own, with Fast Leader Election: what a path of a model gave to a server is given
 * to this one, as requests of the adapter protocol. Where the model elects by its oracle, the votes that lead to the same
 * end are made up.
 */
import { type Config, hasMajority } from '../../../spec/config.js';
import { crash, type Disk, EMPTY_DISK, enqueue, flush, recover } from '../../../spec/disk.js';
import { lastZxid } from '../../../spec/history.js';
import { boot, step } from '../../../spec/reducer.js';
import type { Server } from '../../../spec/server.js';
import type { Effect, Event, Step } from '../../../spec/step.js';
import type { Sid } from '../../../spec/zxid.js';
import type { Asked } from '../protocol.js';
import { runs } from '../reference.js';
import { toWire } from '../wire.js';

/** What a path of a model did to one server. */
export type Given =
  | Exclude<Event, { type: 'LogRead' | 'Turn' }>
  | { readonly type: 'Crash'; readonly kept: number }
  | { readonly type: 'Boot' };

/** What happened on one input. */
export interface Taken {
  readonly asked: Asked;
  readonly before: Server | null;
  readonly event: Event | null;
  readonly step: Step | null;
  /** Of the input and of the flushes that follow it at once. */
  readonly effects: readonly Effect[];
}

export class Lone {
  server: Server | null = null;
  disk: Disk = EMPTY_DISK;
  readonly taken: Taken[] = [];

  constructor(
    readonly config: Config,
    readonly sid: Sid,
    readonly hold: boolean,
  ) {
    this.#settle(boot(config, sid, recover(this.disk)));
  }

  /** @returns false if this server cannot be given that: then it is not where the model's was */
  give(given: Given): boolean {
    try {
      return given.type === 'Elected' ? this.#elect(given.leader) : this.#one(given);
    } catch {
      return false;
    }
  }

  #one(given: Exclude<Given, { type: 'Elected' }>): boolean {
    switch (given.type) {
      case 'Crash':
        this.disk = crash(this.disk, given.kept);
        this.server = null;
        this.taken.push({
          asked: { op: 'do', event: 'Crash', kept: given.kept },
          before: null,
          event: null,
          step: null,
          effects: [],
        });
        return true;
      case 'Boot':
        this.#take({ op: 'do', event: 'Restart' }, null, boot(this.config, this.sid, recover(this.disk)));
        return true;
      case 'Flushed':
        return this.#flush();
      case 'Receive':
        return this.#see(given, { op: 'deliver', from: given.from, message: toWire(given.message) });
      case 'Notified':
        return this.#see(given, {
          op: 'deliver',
          from: given.from,
          notification: toWire(given.notification),
        });
      case 'Request':
        return this.#see(given, { op: 'do', event: 'Request', payload: given.request.payload });
      case 'Connected':
      case 'Accepted':
      case 'Closed':
        return this.#see(given, { op: 'do', event: given.type, peer: given.peer });
      default:
        if (!runs(this.config, this.server!, given.type)) return false;
        return this.#see(given, { op: 'do', event: given.type });
    }
  }

  #see(event: Event, asked: Asked): boolean {
    this.#take(asked, event, step(this.config, this.server!, event));
    return true;
  }

  #flush(): boolean {
    const [operation] = this.disk.pending;
    if (operation === undefined) return false;
    this.disk = flush(this.disk);
    const event: Event = { type: 'Flushed', operation };
    return this.#see(event, { op: 'do', event: 'Flush' });
  }

  #take(asked: Asked, event: Event | null, taken: Step): void {
    const before = this.server;
    this.taken.push({ asked, before, event, step: taken, effects: this.#settle(taken) });
  }

  /** Carries out what the step wants of the disk; without hold all is durable at once. */
  #settle(taken: Step): readonly Effect[] {
    this.server = taken.server;
    const all: Effect[] = [...taken.effects];
    for (const effect of taken.effects)
      if (effect.type === 'persist') this.disk = enqueue(this.disk, effect.operation);
    while (!this.hold && this.disk.pending.length > 0) {
      const operation = this.disk.pending[0]!;
      this.disk = flush(this.disk);
      all.push(...this.#settle(step(this.config, this.server!, { type: 'Flushed', operation })));
    }
    return all;
  }

  /** Votes of others, as few as make a quorum, for this leader; then the wait is over. */
  #elect(leader: Sid): boolean {
    const { server, config, sid } = this;
    if (server?.state !== 'LOOKING') return false;
    const { zxid, peerEpoch, electionEpoch } = server.vote;
    const own = { zxid: Math.max(0, zxid), peerEpoch: Math.max(0, peerEpoch) };
    const better =
      leader < sid && config.voters.includes(sid) ? { ...own, peerEpoch: own.peerEpoch + 1 } : own;
    const vote = leader === sid ? { zxid: lastZxid(server.history), peerEpoch: server.currentEpoch } : better;
    const others = [
      ...(leader === sid ? [] : [leader]),
      ...config.voters.filter((one) => one !== sid && one !== leader),
    ];
    for (const [i, from] of others.entries()) {
      const notification = { state: 'LOOKING', leader, ...vote, electionEpoch } as const;
      this.#one({ type: 'Notified', from, notification });
      if (hasMajority(config, [sid, ...others.slice(0, i + 1)])) break;
    }
    this.#one({ type: 'FinalizeWait' });
    const now = this.server as Server | null;
    return now !== null && now.state !== 'LOOKING';
  }
}
