/**
 * What a server may be, going by what went in and came out: the set of specification states that explain all of it. An
 * exchange is one input and everything that comes out until the adapter is quiet; between two exchanges the set is exact,
 * since nothing is under way. What the server decides on its own (when a write reaches the disk, that nobody can outbid
 * a vote any more) is tried in every way, so that no allowed branch is ever taken for a mistake.
 */
import { encode } from '../../checker/canonical.js';
import type { Config } from '../../spec/config.js';
import { crash, type Disk, flush, recover } from '../../spec/disk.js';
import { canDecide } from '../../spec/election.js';
import type { Request, Txn } from '../../spec/history.js';
import type { Message, Notification } from '../../spec/messages.js';
import { boot, step } from '../../spec/reducer.js';
import type { Server } from '../../spec/server.js';
import type { Effect, Event, Step } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import { type Difference, difference, same } from '../difference.js';
import { runs } from './reference.js';

/** A server as the specification has it; null while it is down. */
export interface Candidate {
  readonly server: Server | null;
  readonly disk: Disk;
}

/** What a server is given. A timer that does not run means nothing; `Flush` and `Wait` only give it time. */
export type Input =
  | Extract<Event, { type: 'Receive' | 'Notified' | 'Connected' | 'Accepted' | 'Closed' }>
  | { readonly type: 'FinalizeWait' | 'Resend' | 'Timeout' | 'Tick' }
  | { readonly type: 'Request'; readonly request: Request }
  | { readonly type: 'Boot' | 'Crash' | 'Flush' | 'Wait' };

/** What can be seen of a server from outside. */
export type Seen =
  | { readonly type: 'notify'; readonly to: Sid; readonly notification: Notification }
  | { readonly type: 'send'; readonly to: Sid; readonly message: Message }
  | { readonly type: 'close'; readonly peer: Sid }
  | Extract<Effect, { type: 'deliver' | 'answer' }>;

/** A part of a server's state, as far as it can be observed. */
export type Shown = Readonly<Record<string, unknown>>;

/** A step of the specification, with what it was taken in. */
export interface Taken {
  readonly before: Server | null;
  /** Null of a start. */
  readonly event: Event | null;
  readonly step: Step;
}

/** Where the specification and the server part. */
export interface Rejection {
  /** What the specification does on this input: the steps of the candidate that comes nearest. */
  readonly steps: readonly Taken[];
  readonly expected: readonly Seen[];
  readonly found: readonly Seen[];
  /** What was observed, and differs. */
  readonly differences: readonly Difference[];
  readonly candidates: number;
}

export type Advance =
  | {
      readonly kind: 'explained';
      readonly candidates: readonly Candidate[];
      readonly steps: readonly Taken[];
    }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'inconclusive'; readonly bound: string };

export interface Watch {
  readonly config: Config;
  readonly sid: Sid;
  /** Whether writes may stay pending although the adapter is quiet. */
  readonly hold: boolean;
  /** Whether the adapter tells what is applied. */
  readonly delivers: boolean;
  /** Whether a client waits here for this write, and the adapter tells of answers. */
  readonly owes: (txn: Txn) => boolean;
}

/** A run of the specification over one input: where it is, what it put out, and how it came there. */
interface Node extends Candidate {
  readonly out: readonly Seen[];
  readonly steps: readonly Taken[];
}

/** Runs that one exchange may branch into. */
const MOST_RUNS = 20_000;

/** What is compared: an answer that nobody waits for may be given or not. */
const isCompared = ({ delivers, owes }: Watch, seen: Seen): boolean =>
  seen.type === 'deliver' ? delivers : seen.type !== 'answer' || owes(seen.txn);

const visible = (watch: Watch, effects: readonly Effect[]): readonly Seen[] =>
  effects.filter(
    (effect): effect is Seen =>
      effect.type !== 'persist' &&
      effect.type !== 'observe' &&
      effect.type !== 'readLog' &&
      isCompared(watch, effect),
  );

const after = (watch: Watch, node: Node, event: Event | null, taken: Step): Node => ({
  server: taken.server,
  disk: {
    ...node.disk,
    pending: [
      ...node.disk.pending,
      ...taken.effects.flatMap((effect) => (effect.type === 'persist' ? [effect.operation] : [])),
    ],
  },
  out: [...node.out, ...visible(watch, taken.effects)],
  steps: [...node.steps, { before: node.server, event, step: taken }],
});

const sees = (watch: Watch, node: Node, server: Server, event: Event): Node =>
  after(watch, node, event, step(watch.config, server, event));

/** A leader may give up for a learner that has accepted a later epoch, or go on without it: it is a matter of patience. */
const hears = (watch: Watch, node: Node, server: Server, event: Event): readonly Node[] => {
  const { config } = watch;
  const isLater =
    event.type === 'Receive' &&
    'acceptedEpoch' in event.message &&
    event.message.acceptedEpoch > server.acceptedEpoch;
  const patient = { ...watch, config: { ...config, rules: { ...config.rules, yieldsToLaterEpoch: false } } };
  return [watch, ...(isLater && config.rules.yieldsToLaterEpoch ? [patient] : [])].map((one) =>
    sees(one, node, server, event),
  );
};

/** What the input itself does to a candidate; several, where a crash may have kept more or less. */
const given = (watch: Watch, candidate: Candidate, input: Input): readonly Node[] => {
  const node: Node = { ...candidate, out: [], steps: [] };
  const { config, sid } = watch;
  const { server, disk } = candidate;
  switch (input.type) {
    case 'Boot':
      return [after(watch, node, null, boot(config, sid, recover(disk)))];
    case 'Crash':
      return Array.from({ length: disk.pending.length + 1 }, (_, kept) => ({
        ...node,
        server: null,
        disk: crash(disk, kept),
      }));
    case 'Flush':
    case 'Wait':
      return [node];
    case 'FinalizeWait':
    case 'Resend':
    case 'Timeout':
    case 'Tick':
      if (server === null || !runs(config, server, input.type)) return [node];
      return [sees(watch, node, server, { type: input.type })];
    default:
      return server === null ? [] : hears(watch, node, server, input);
  }
};

/** What the server may do next on its own. */
const onItsOwn = (watch: Watch, node: Node): readonly Node[] => {
  const { server, disk } = node;
  if (server === null) return [];
  const next: Node[] = [];
  const [operation] = disk.pending;
  if (operation !== undefined)
    next.push(sees(watch, { ...node, disk: flush(disk) }, server, { type: 'Flushed', operation }));
  if (runs(watch.config, server, 'FinalizeWait'))
    next.push(sees(watch, node, server, { type: 'FinalizeWait' }));
  return next;
};

/** Outputs by where they go: only along one channel is there an order. */
const channelOf = (seen: Seen): string => {
  switch (seen.type) {
    case 'notify':
      return `notify ${seen.to}`;
    case 'send':
      return `link ${seen.to}`;
    case 'close':
      return `link ${seen.peer}`;
    case 'deliver':
    case 'answer':
      return 'applied';
  }
};

type Channels = ReadonlyMap<string, readonly Seen[]>;

export const byChannel = (out: readonly Seen[]): Channels => {
  const channels = new Map<string, Seen[]>();
  for (const seen of out) {
    const channel = channelOf(seen);
    channels.set(channel, [...(channels.get(channel) ?? []), seen]);
  }
  return channels;
};

const isPrefix = (some: readonly Seen[], all: readonly Seen[]): boolean =>
  some.length <= all.length && some.every((seen, i) => same(seen, all[i]));

/** A notification may be missing where a newer one follows: the sender's queue holds one. To say it twice changes nothing. */
const coversNewest = (told: readonly Seen[], produced: readonly Seen[]): boolean => {
  const found = told.filter((seen, i) => !same(seen, told[i - 1] ?? null));
  if (!same(found.at(-1) ?? null, produced.at(-1) ?? null)) return false;
  let at = 0;
  for (const seen of produced) if (at < found.length && same(found[at], seen)) at++;
  return at === found.length;
};

const isElection = (channel: string): boolean => channel.startsWith('notify');

/** Whether what a run put out may still become what was found. */
const mayBecome = (produced: Channels, found: Channels): boolean =>
  [...produced].every(([channel, out]) => isElection(channel) || isPrefix(out, found.get(channel) ?? []));

const isWhatWasFound = (produced: Channels, found: Channels): boolean =>
  [...new Set([...produced.keys(), ...found.keys()])].every((channel) => {
    const [out, seen] = [produced.get(channel) ?? [], found.get(channel) ?? []];
    return isElection(channel) ? coversNewest(seen, out) : out.length === seen.length && isPrefix(out, seen);
  });

/** How much of what was found a run explains. */
const explained = (produced: Channels, found: Channels): number => {
  let count = 0;
  for (const [channel, out] of produced) {
    const seen = found.get(channel) ?? [];
    let i = 0;
    while (i < out.length && i < seen.length && same(out[i], seen[i])) i++;
    count += i - (out.length - i);
  }
  return count;
};

/** A link that the server was just told to be gone needs no closing, whether it says so or not. */
const withoutGone = (input: Input, out: readonly Seen[]): readonly Seen[] =>
  input.type === 'Closed' ? out.filter((seen) => seen.type !== 'close' || seen.peer !== input.peer) : out;

interface Search {
  readonly runs: readonly Node[];
  readonly nearest: Node | null;
  readonly isCut: boolean;
}

/** Every run over this input that puts out what was found. */
const explore = (watch: Watch, candidates: readonly Candidate[], input: Input, found: Channels): Search => {
  const matching: Node[] = [];
  const queue = candidates.flatMap((candidate) => given(watch, candidate, input));
  const known = new Set<string>();
  let nearest: Node | null = null;
  let best = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < queue.length; i++) {
    if (i === MOST_RUNS) return { runs: matching, nearest, isCut: true };
    const node = queue[i]!;
    const key = encode([node.server, node.disk, node.out]);
    if (known.has(key)) continue;
    known.add(key);
    const produced = byChannel(withoutGone(input, node.out));
    const rests = watch.hold || node.server === null || node.disk.pending.length === 0;
    const score = explained(produced, found);
    if (rests && score > best) [nearest, best] = [node, score];
    if (!mayBecome(produced, found)) {
      // It is no explanation, but it may be the nearest to one, once its writes are durable.
      if (!rests && matching.length === 0) queue.push(...onItsOwn(watch, node).slice(0, 1));
      continue;
    }
    if (rests && isWhatWasFound(produced, found)) matching.push(node);
    queue.push(...onItsOwn(watch, node));
  }
  return { runs: matching, nearest, isCut: false };
};

const distinct = (nodes: readonly Node[]): readonly Candidate[] => [
  ...new Map(
    nodes.map(({ server, disk }): [string, Candidate] => [encode([server, disk]), { server, disk }]),
  ).values(),
];

/** One exchange: what it leaves of the candidates, or why it leaves none. */
export const advance = (
  watch: Watch,
  candidates: readonly Candidate[],
  input: Input,
  outputs: readonly Seen[],
): Advance => {
  const found = withoutGone(
    input,
    outputs.filter((seen) => isCompared(watch, seen)),
  );
  const search = explore(watch, candidates, input, byChannel(found));
  const { runs: matching, nearest, isCut } = search;
  if (matching.length > 0 && !isCut)
    return {
      kind: 'explained',
      candidates: distinct(matching),
      steps: matching[0]!.steps,
    };
  if (isCut) return { kind: 'inconclusive', bound: `${MOST_RUNS} runs of one exchange were tried` };
  const expected = withoutGone(input, nearest?.out ?? []);
  return {
    kind: 'rejected',
    rejection: {
      steps: nearest?.steps ?? [],
      expected,
      found,
      differences: [],
      candidates: candidates.length,
    },
  };
};

/** The fields of a candidate that an observation may be about. */
const shown = ({ server, disk }: Candidate): Shown => {
  const { acceptedEpoch, currentEpoch, history } = recover(disk);
  const durable = { acceptedEpoch, currentEpoch, log: history.entries };
  if (server === null) return { state: 'DOWN', disk: durable };
  return { ...server, history: server.history.entries, disk: durable };
};

const unlike = (candidate: Candidate, seen: Shown): readonly Difference[] => {
  const all = shown(candidate);
  const asked = Object.fromEntries(Object.keys(seen).map((key) => [key, all[key] ?? null]));
  return difference(asked, seen);
};

/** What an observation leaves of the candidates. */
export const fitting = (candidates: readonly Candidate[], seen: Shown, steps: readonly Taken[]): Advance => {
  const differing = candidates.map((candidate) => ({ candidate, differences: unlike(candidate, seen) }));
  const left = differing.filter(({ differences }) => differences.length === 0);
  if (left.length > 0)
    return { kind: 'explained', candidates: left.map(({ candidate }) => candidate), steps };
  const [nearest] = differing.sort((a, b) => a.differences.length - b.differences.length);
  return {
    kind: 'rejected',
    rejection: {
      steps,
      expected: [],
      found: [],
      differences: nearest!.differences,
      candidates: candidates.length,
    },
  };
};

/** Whether every candidate can take this: an input that only another branch expects proves nothing. */
export const allTake = (config: Config, candidates: readonly Candidate[], event: Event): boolean =>
  candidates.every(({ server }) => {
    if (server === null) return false;
    try {
      step(config, server, event);
      return true;
    } catch {
      return false;
    }
  });

/** Whether every candidate has decided to follow this leader and waits for its link. */
export const allWant = (candidates: readonly Candidate[], leader: Sid): boolean =>
  candidates.every(
    ({ server }) =>
      server !== null &&
      (server.state === 'FOLLOWING' || server.state === 'OBSERVING') &&
      server.phase === 'DISCOVERY' &&
      server.awaits === 'connection' &&
      server.leader === leader,
  );

export const allLead = (candidates: readonly Candidate[]): boolean =>
  candidates.every(({ server }) => server?.state === 'LEADING');

/** Whether some candidate could decide now. */
export const someDecide = (config: Config, candidates: readonly Candidate[]): boolean =>
  candidates.some(({ server }) => server?.state === 'LOOKING' && canDecide(config, server));
