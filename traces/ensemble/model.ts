/**
 * The ensemble of a log as a model that is executed in the plain: the groups of the Zab model without budgets, with the
 * oracle for an election and an asynchronous disk. Of each successor, the steps that servers take in it.
 */
import { EMPTY_DISK, type Disk, type Durable, recover, type Recovered } from '../../spec/disk.js';
import type { Config } from '../../spec/config.js';
import { EMPTY_GHOST } from '../../spec/ghost.js';
import { boot, step } from '../../spec/reducer.js';
import type { Server } from '../../spec/server.js';
import type { Event, Step, Thread } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import type { Group, Model, Slot } from '../../checker/model.js';
import { type State, successorsBy, type Successor } from '../../checker/plain.js';
import type { Link } from '../../checker/zab/channels.js';
import { electionGroups } from '../../checker/zab/elections.js';
import { environmentGroups } from '../../checker/zab/environment.js';
import { type ZabOptions, zabSchema } from '../../checker/zab/options.js';
import { protocolGroups } from '../../checker/zab/protocol.js';
import { makeSlots, type Slots } from '../../checker/zab/slots.js';

/** What a server sees in a successor; null: it comes up. */
export interface Happening {
  readonly sid: Sid;
  readonly event: Event | null;
  readonly before: Server | null;
  readonly taken: Step;
  readonly disk?: Recovered;
}

export interface Ensemble {
  readonly config: Config;
  readonly model: Model;
  readonly slots: Slots;
}

/** More than none, so that the groups are there; the budgets themselves have no bound. */
const WITH_FAULTS: Partial<ZabOptions> = {
  election: 'oracle',
  elections: 'unbounded',
  persistence: 'async',
  txns: 1,
  crashes: 1,
  timeouts: 1,
  cuts: 1,
};

/** A server may give up at any time, whatever the reason; so one timer does for all. */
const isOffered = ({ name }: Group): boolean => !name.startsWith('timeout') || name.endsWith(': spurious');

/** @param down servers that come up later, with what their disks hold then */
export const ensembleOf = (config: Config, down: ReadonlyMap<Sid, Partial<Durable>>): Ensemble => {
  const options: ZabOptions = { ...zabSchema.parse({}), ...WITH_FAULTS };
  const start: Record<string, unknown> = { budgets: { nextTxn: 0 } };
  for (const [sid, disk] of down) {
    start[`server ${sid}`] = null;
    start[`disk ${sid}`] = { ...EMPTY_DISK, ...disk };
  }
  const slots = makeSlots(config, options, start);
  const context = { config, options, slots };
  const groups = [...protocolGroups(context), ...electionGroups(context), ...environmentGroups(context)];
  const model: Model = {
    name: 'zab',
    config: {},
    slots: slots.all,
    groups: groups.filter(isOffered),
    invariants: [],
    goals: [],
    actions: [],
  };
  return { config, model, slots };
};

const indexes = new WeakMap<Slots, ReadonlyMap<Slot<any, any>, number>>();

const indexOf = (slots: Slots, slot: Slot<any, any>): number => {
  let known = indexes.get(slots);
  if (known === undefined) {
    known = new Map(slots.all.map((one, i) => [one, i]));
    indexes.set(slots, known);
  }
  return known.get(slot)!;
};

export const serverIn = ({ slots }: Ensemble, state: State, sid: Sid): Server | null =>
  state[indexOf(slots, slots.server[sid]!)] as Server | null;

export const diskIn = ({ slots }: Ensemble, state: State, sid: Sid): Disk =>
  state[indexOf(slots, slots.disk[sid]!)] as Disk;

/** The next request is for this. */
const asking = ({ slots }: Ensemble, state: State, payload: number | string): State =>
  state.with(indexOf(slots, slots.budgets), { nextTxn: payload });

/** Without what no server reads: the onlooker's memory, and the payload of the last request. */
const bare = ({ slots }: Ensemble, state: State): State =>
  state.with(indexOf(slots, slots.ghost), EMPTY_GHOST).with(indexOf(slots, slots.budgets), { nextTxn: 0 });

const GROUP = /^(?:(main|commit) turn|([a-z]+)) (\d+)(?:-(\d+))?/;

/** The events of a group, by server, in a state. */
const eventsOf = (
  ensemble: Ensemble,
  state: State,
  { name }: Group,
  payload: number | string,
): readonly (readonly [Sid, Event | null])[] => {
  const [, thread, kind, first, second] = GROUP.exec(name)!;
  const [a, b] = [Number(first), Number(second)];
  if (thread !== undefined) return [[a, { type: 'Turn', of: thread as Thread }]];
  switch (kind) {
    case 'deliver': {
      const link = state[indexOf(ensemble.slots, ensemble.slots.link[a]![b]!)] as Link;
      return [[b, { type: 'Receive', from: a, message: link.queue[0]! }]];
    }
    case 'closed':
      return [[b, { type: 'Closed', peer: a }]];
    case 'connect':
      return [
        [b, { type: 'Accepted', peer: a }],
        [a, { type: 'Connected', peer: b }],
      ];
    case 'flush':
      return [[a, { type: 'Flushed', operation: diskIn(ensemble, state, a).pending[0]! }]];
    case 'lead':
      return [[a, { type: 'Elected', leader: a }]];
    case 'follow':
      return [[a, { type: 'Elected', leader: b }]];
    case 'request':
      return [[a, { type: 'Request', request: { payload, origin: a } }]];
    case 'timeout':
      return [[a, { type: 'Timeout' }]];
    case 'restart':
      return [[a, null]];
    case 'crash':
    case 'cut':
      return [];
    default:
      throw new Error(`no event is known of ${name}`);
  }
};

const happeningsOf = (
  ensemble: Ensemble,
  state: State,
  group: Group,
  payload: number | string,
): readonly Happening[] =>
  eventsOf(ensemble, state, group, payload).map(([sid, event]): Happening => {
    const before = serverIn(ensemble, state, sid);
    const { config } = ensemble;
    if (event === null) {
      const disk = recover(diskIn(ensemble, state, sid));
      return { sid, event, before, disk, taken: boot(config, sid, disk) };
    }
    // An old link with the same learner is closed first, as the model does.
    const replaces =
      event.type === 'Accepted' && before!.state === 'LEADING' && event.peer in before!.learners;
    const ready = replaces ? step(config, before!, { type: 'Closed', peer: event.peer }).server : before!;
    return { sid, event, before, taken: step(config, ready, event) };
  });

export interface Move {
  readonly group: Group;
  readonly state: State;
  readonly action: Successor['outcome']['action'];
  readonly happenings: readonly Happening[];
}

/** What a group leads to; the payload is that of a request. */
export const movesBy = (
  ensemble: Ensemble,
  state: State,
  group: Group,
  payload: number | string = 0,
): readonly Move[] => {
  const asked = group.name.startsWith('request') ? asking(ensemble, state, payload) : state;
  const successors = successorsBy(ensemble.model, asked, group);
  if (successors.length === 0) return [];
  const happenings = happeningsOf(ensemble, state, group, payload);
  return successors.map(({ outcome, state: next }) => ({
    group,
    state: bare(ensemble, next),
    action: outcome.action,
    happenings,
  }));
};
