/**
 * One test: an ensemble of servers behind adapters, the network between them, and for each server what it may be by now.
 * It lists what can happen next and does what it is told; who chooses (a scenario, a walk, a file) is not its affair. It
 * ends with the first exchange that no run of the specification explains.
 */
import type { Config } from '../../spec/config.js';
import type { Rules } from '../../spec/rules.js';
import type { Event } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import {
  allLead,
  allTake,
  allWant,
  type Candidate,
  type Input,
  type Shown,
  someDecide,
} from './candidates.js';
import { Network } from './network.js';
import type { Host } from './process.js';
import type { Asked, Capability, WireDisk } from './protocol.js';
import { configOfReset, diskOfReset } from './reference.js';
import { type Exchange, Watched } from './watched.js';
import { toWire } from './wire.js';

/** The ensemble of a test, and what its servers begin with. */
export interface Setup {
  readonly voters: readonly Sid[];
  readonly observers: readonly Sid[];
  readonly hold: boolean;
  /** By sid; empty where it is absent. */
  readonly disks: Readonly<Record<Sid, WireDisk>>;
}

export type Timer = 'FinalizeWait' | 'Resend' | 'Timeout' | 'Tick' | 'Flush';

/** What the runner does: JSON, so that a test is a list of them. */
export type Action =
  | {
      readonly do: 'notify' | 'repeat' | 'lose' | 'deliver' | 'closed' | 'connect';
      readonly from: Sid;
      readonly to: Sid;
    }
  | { readonly do: Timer | 'restart'; readonly server: Sid }
  | { readonly do: 'request'; readonly server: Sid; readonly payload: string }
  | { readonly do: 'crash'; readonly server: Sid; readonly kept: number }
  | { readonly do: 'cut'; readonly from: Sid; readonly to: Sid };

export interface Possible {
  readonly action: Action;
  /** `idle`: only where nothing else goes on; `fault`: what a test may do to the servers. */
  readonly kind: 'progress' | 'idle' | 'fault' | 'request';
  /** What the server sees by it. */
  readonly sees?: { readonly sid: Sid; readonly event: Event };
}

/** Writes that a crash may keep, in an action; more are never pending for long. */
const MOST_KEPT = 3;

export class Trial {
  readonly config: Config;
  readonly network: Network;
  readonly exchanges: Exchange[] = [];
  /** Every handler that the specification needed to explain what it saw. */
  readonly handlers = new Map<string, number>();
  readonly actions: Action[] = [];
  readonly #members = new Map<Sid, Watched>();
  readonly #capabilities: ReadonlySet<Capability>;
  /** Writes that clients have asked for so far. */
  requests = 0;

  constructor(
    readonly setup: Setup,
    hosts: ReadonlyMap<Sid, Host>,
    rules: Rules,
  ) {
    this.config = configOfReset({ voters: [...setup.voters], observers: [...setup.observers] }, rules);
    const sids = [...setup.voters, ...setup.observers];
    this.network = new Network(sids);
    for (const sid of sids)
      this.#members.set(sid, new Watched(hosts.get(sid)!, this.config, sid, setup.hold));
    this.#capabilities = new Set([...hosts.values()][0]!.hello.capabilities);
  }

  get sids(): readonly Sid[] {
    return this.network.sids;
  }

  isUp(sid: Sid): boolean {
    return this.#members.get(sid)!.isUp;
  }

  candidates(sid: Sid): readonly Candidate[] {
    return this.#members.get(sid)!.candidates;
  }

  /** All servers come up. @throws Deviation, Undecided, AdapterError, NotSupported, as every action does */
  async start(): Promise<void> {
    for (const sid of this.sids) this.#members.get(sid)!.isUp = true;
    for (const sid of this.sids) {
      const disk = this.setup.disks[sid] ?? { acceptedEpoch: 0, currentEpoch: 0, log: [] };
      const member = this.#members.get(sid)!;
      member.candidates = [{ server: null, disk: diskOfReset({ disk }) }];
      const { voters, observers, hold } = this.setup;
      const asked: Asked = { op: 'reset', sid, voters: [...voters], observers: [...observers], disk, hold };
      await this.#exchange(sid, { type: 'Boot' }, asked, { type: 'reset', disk });
    }
  }

  // --- what can happen

  /** In a fixed order. */
  possible(): readonly Possible[] {
    const up = this.sids.filter((sid) => this.isUp(sid));
    return [
      ...this.network.pairs.flatMap(([from, to]) => this.#arriving(from, to)),
      ...up.flatMap((sid) => this.#timers(sid)),
      ...up.flatMap((sid) => this.#requesting(sid)),
      ...this.#faults(up),
    ].filter(({ action }) => this.#isSupported(action));
  }

  #isSupported({ do: what }: Action): boolean {
    const needs: Shown = {
      FinalizeWait: 'finalizeWait',
      Resend: 'resend',
      Timeout: 'timeout',
      Tick: 'tick',
      Flush: 'hold',
      request: 'request',
      crash: 'crash',
      restart: 'crash',
    };
    return !(what in needs) || this.#capabilities.has(needs[what] as Capability);
  }

  #takes(sid: Sid, event: Event): boolean {
    return this.isUp(sid) && allTake(this.config, this.candidates(sid), event);
  }

  #arriving(from: Sid, to: Sid): readonly Possible[] {
    const list: Possible[] = [];
    const add = (what: 'notify' | 'deliver' | 'closed' | 'connect', sid: Sid, event: Event): void => {
      if (this.#takes(sid, event))
        list.push({ action: { do: what, from, to }, kind: 'progress', sees: { sid, event } });
    };
    const notification = this.network.vote(from, to);
    if (notification !== undefined) add('notify', to, { type: 'Notified', from, notification });
    const { status, queue } = this.network.link(from, to);
    if (queue[0] !== undefined) add('deliver', to, { type: 'Receive', from, message: queue[0] });
    if (status === 'closing') add('closed', to, { type: 'Closed', peer: from });
    if (allWant(this.candidates(from), to) && this.isUp(to) && allLead(this.candidates(to)))
      add('connect', from, { type: 'Connected', peer: to });
    return list;
  }

  #timers(sid: Sid): readonly Possible[] {
    const server = this.candidates(sid)[0]!.server!;
    const timer = (what: Timer, kind: Possible['kind'], event?: Event): Possible => ({
      action: { do: what, server: sid },
      kind,
      ...(event && { sees: { sid, event } }),
    });
    const list: Possible[] = [];
    if (someDecide(this.config, this.candidates(sid)))
      list.push(timer('FinalizeWait', 'progress', { type: 'FinalizeWait' }));
    if (this.setup.hold) list.push(timer('Flush', 'progress'));
    if (server.state === 'LOOKING') list.push(timer('Resend', 'idle', { type: 'Resend' }));
    else list.push(timer('Timeout', this.#isForlorn(sid) ? 'idle' : 'fault', { type: 'Timeout' }));
    if (server.state === 'LEADING') list.push(timer('Tick', 'fault', { type: 'Tick' }));
    return list;
  }

  /** Whether it waits for somebody who will not come. */
  #isForlorn(sid: Sid): boolean {
    const { server } = this.candidates(sid)[0]!;
    if (server === null || server.state === 'LOOKING') return false;
    if (server.state === 'LEADING') {
      const links = Object.keys(server.learners).map(Number);
      return (
        2 * (links.filter((one) => this.setup.voters.includes(one)).length + 1) <= this.setup.voters.length
      );
    }
    return server.phase === 'DISCOVERY' && server.awaits === 'connection';
  }

  #requesting(sid: Sid): readonly Possible[] {
    const payload = `w${this.requests + 1}`;
    const event: Event = { type: 'Request', request: { payload, origin: sid } };
    return this.#takes(sid, event)
      ? [{ action: { do: 'request', server: sid, payload }, kind: 'request', sees: { sid, event } }]
      : [];
  }

  #faults(up: readonly Sid[]): readonly Possible[] {
    const fault = (action: Action): Possible => ({ action, kind: 'fault' });
    return [
      ...this.network.pairs.flatMap(([from, to]): readonly Possible[] =>
        this.network.vote(from, to) !== undefined && this.isUp(to)
          ? [fault({ do: 'lose', from, to }), fault({ do: 'repeat', from, to })]
          : [],
      ),
      ...this.network.pairs
        .filter(
          ([a, b]) =>
            a < b &&
            [this.network.link(a, b), this.network.link(b, a)].some(({ status }) => status === 'open'),
        )
        .map(([from, to]) => fault({ do: 'cut', from, to })),
      ...up.flatMap((server) =>
        Array.from({ length: this.setup.hold ? MOST_KEPT : 1 }, (_, kept) =>
          fault({ do: 'crash', server, kept }),
        ),
      ),
      ...this.sids.filter((sid) => !this.isUp(sid)).map((server) => fault({ do: 'restart', server })),
    ];
  }

  // --- what happens

  /** Does one of what is possible now. */
  async take({ action }: Possible): Promise<void> {
    this.actions.push(action);
    await this.#carryOut(action);
  }

  /** @returns false if it is not possible now, and nothing was done */
  async tryTo(action: Action): Promise<boolean> {
    const can = this.#can(action);
    if (can) await this.take({ action, kind: 'fault' });
    return can;
  }

  #can(action: Action): boolean {
    const wanted = JSON.stringify(action);
    const known = this.possible().some((one) => JSON.stringify(one.action) === wanted);
    // A request may be called anything, and more may be kept than a walk would try.
    if (known || (action.do !== 'request' && action.do !== 'crash')) return known;
    return action.do === 'crash'
      ? this.isUp(action.server)
      : this.possible().some((one) => one.action.do === 'request' && one.action.server === action.server);
  }

  async #carryOut(action: Action): Promise<void> {
    const { network } = this;
    switch (action.do) {
      case 'notify':
      case 'repeat': {
        const notification = network.vote(action.from, action.to)!;
        if (action.do === 'notify') network.dropVote(action.from, action.to);
        return this.#exchange(
          action.to,
          { type: 'Notified', from: action.from, notification },
          { op: 'deliver', from: action.from, notification: toWire(notification) },
        );
      }
      case 'lose':
        network.dropVote(action.from, action.to);
        return;
      case 'deliver': {
        const message = network.link(action.from, action.to).queue.shift()!;
        return this.#exchange(
          action.to,
          { type: 'Receive', from: action.from, message },
          { op: 'deliver', from: action.from, message: toWire(message) },
        );
      }
      case 'closed':
        network.forget(action.from, action.to);
        return this.#linkEvent(action.to, 'Closed', action.from);
      case 'connect':
        return this.#connect(action.from, action.to);
      case 'cut':
        network.cut(action.from, action.to);
        return;
      case 'request': {
        const { server: sid, payload } = action;
        this.requests += 1;
        const input: Input = { type: 'Request', request: { payload, origin: sid } };
        return this.#exchange(sid, input, { op: 'do', event: 'Request', payload });
      }
      case 'crash':
        return this.#crash(action.server, action.kept);
      case 'restart':
        this.#members.get(action.server)!.isUp = true;
        return this.#exchange(action.server, { type: 'Boot' }, { op: 'do', event: 'Restart' });
      default:
        return this.#exchange(action.server, { type: action.do }, { op: 'do', event: action.do });
    }
  }

  async #crash(sid: Sid, kept: number): Promise<void> {
    this.#members.get(sid)!.isUp = false;
    this.network.crash(sid);
    await this.#exchange(sid, { type: 'Crash' }, { op: 'do', event: 'Crash', kept });
  }

  #linkEvent(sid: Sid, type: 'Connected' | 'Accepted' | 'Closed', peer: Sid): Promise<void> {
    return this.#exchange(sid, { type, peer }, { op: 'do', event: type, peer });
  }

  /** An old link that the leader still has is closed first. */
  async #connect(learner: Sid, leader: Sid): Promise<void> {
    const { server } = this.candidates(leader)[0]!;
    if (server?.state === 'LEADING' && learner in server.learners)
      await this.#linkEvent(leader, 'Closed', learner);
    this.network.open(learner, leader);
    await this.#linkEvent(leader, 'Accepted', learner);
    await this.#linkEvent(learner, 'Connected', leader);
  }

  // --- one exchange

  async #exchange(sid: Sid, input: Input, asked: Asked, shown: Exchange['input'] = input): Promise<void> {
    const member = this.#members.get(sid)!;
    const { exchange, steps } = await member.exchange(input, asked, shown, this.exchanges);
    for (const { step } of steps) this.handlers.set(step.handler, (this.handlers.get(step.handler) ?? 0) + 1);
    for (const one of exchange.out) this.network.carry(sid, one, (to) => this.isUp(to));
  }
}
