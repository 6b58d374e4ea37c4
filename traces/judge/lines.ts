/**
 * What a judge is told, line by line: inputs that a server was given, outputs that came out of it, what it was seen to
 * be. And what each asks of a candidate: it passes on, as one or several candidates, or it is refused with a reason.
 */
import type { Durable } from '../../spec/disk.js';
import { EMPTY_DISK } from '../../spec/disk.js';
import type { Request, Txn } from '../../spec/history.js';
import { recover } from '../../spec/disk.js';
import { lastZxid } from '../../spec/history.js';
import { notificationOf } from '../../spec/election.js';
import type { Message, Notification } from '../../spec/messages.js';
import type { Server } from '../../spec/server.js';
import type { Event } from '../../spec/step.js';
import type { Sid, Zxid } from '../../spec/zxid.js';
import {
  type Candidate,
  durableOf,
  electionChannel,
  type Hidden,
  linkChannel,
  type Produced,
  producedOn,
  withProduced,
} from './candidate.js';
import { boot, crash, type Impossible, isImpossible, see, survivors, type World } from './carry.js';
import type { Contradicted } from './foresight.js';
import type { ConnectionName, Inbox } from './inbox.js';
import {
  asEvent,
  availableTo,
  runs,
  takeClosed,
  takeFinalizeWait,
  takeMessage,
  takeNotification,
  takeOpening,
  unopened,
  worldsFor,
} from './links.js';
import { type FieldDifference, fits, misfits, UNSEEN_PAYLOAD } from './match.js';
import { takeFlush } from './moves.js';

export type Input =
  | { readonly event: Event; readonly connection?: ConnectionName | undefined }
  | { readonly event: { readonly type: 'Boot'; readonly disk?: Partial<Durable> | undefined } }
  | { readonly event: { readonly type: 'Crash' } }
  /** The election channel with this peer was opened anew. */
  | { readonly event: { readonly type: 'Reconnected'; readonly peer: Sid } };

/** An absent field is unconstrained. */
export type Output =
  | {
      readonly type: 'send';
      readonly to: Sid;
      readonly message: { readonly type: Message['type'] } & Readonly<Record<string, unknown>>;
      readonly connection?: ConnectionName | undefined;
    }
  | { readonly type: 'close'; readonly peer: Sid; readonly connection?: ConnectionName | undefined }
  | { readonly type: 'notify'; readonly to: Sid; readonly notification: Partial<Notification> }
  | { readonly type: 'deliver' | 'answer'; readonly txn: Partial<Txn> };

/** What was seen of a server at one moment. */
export interface Observation {
  readonly state?: Readonly<Record<string, unknown>> | undefined;
  readonly disk?:
    | {
        readonly acceptedEpoch?: number | undefined;
        readonly currentEpoch?: number | undefined;
        readonly lastZxid?: Zxid | undefined;
        readonly zxids?: readonly Zxid[] | undefined;
      }
    | undefined;
}

type Marks = ReturnType<Inbox['marks']>;

/** One layer of the search: what has to be explained there. */
export type Line =
  | { readonly kind: 'saw'; readonly output: Output; readonly index: number | null }
  | { readonly kind: 'given'; readonly event: Event; readonly index: number | null }
  | { readonly kind: 'boot'; readonly disk: Partial<Durable> | undefined; readonly marks: Marks }
  | { readonly kind: 'crash' }
  | { readonly kind: 'reconnected'; readonly peer: Sid }
  | { readonly kind: 'observed'; readonly seen: Observation }
  | { readonly kind: 'quiet' };

/** Why a candidate does not explain a line. */
export interface Refusal {
  readonly reason: string;
  readonly fields: readonly FieldDifference[];
  readonly contradicted?: Contradicted;
}

export type Passed = { readonly candidates: readonly Candidate[] } | { readonly refusal: Refusal };

const passed = (...candidates: readonly Candidate[]): Passed => ({ candidates });
const refused = (reason: string, fields: readonly FieldDifference[] = []): Passed => ({
  refusal: { reason, fields },
});
const orImpossible = (result: Candidate | Impossible): Passed =>
  isImpossible(result)
    ? {
        refusal: {
          reason: result.impossible,
          fields: [],
          ...(result.contradicted && { contradicted: result.contradicted }),
        },
      }
    : passed(result);

/** Whichever of several ways is possible; what is wrong with the first, if none is. */
const anyOf = (results: readonly (Candidate | Impossible)[]): Passed => {
  const possible = results.flatMap((result) => (isImpossible(result) ? [] : [result]));
  return possible.length > 0 ? passed(...possible) : orImpossible(results[0]!);
};

export interface Room {
  readonly world: World;
  readonly hidden: readonly Hidden[];
  readonly inbox: Inbox;
}

// --- outputs

/**
 * A leader pings whom it has told of its epoch, each in its own time: a tick changes nothing, so it may have come before
 * anything that is yet to be seen on the link.
 */
const isPing = (
  room: Room,
  { links }: Candidate,
  { output, index }: Extract<Line, { kind: 'saw' }>,
): boolean => {
  if (output.type !== 'send' || output.message.type !== 'PING' || !room.hidden.includes('tick')) return false;
  const link = links[output.to];
  return link?.index === index && link.pinged;
};

/**
 * Whether a leader would number a write as this message has it. To an observer it tells a write once it is committed; if
 * it has proposed it, one more write explains nothing.
 */
const isNext = ({ world }: Room, server: Server, message: Readonly<Record<string, unknown>>): boolean => {
  const zxid = (message.txn as Partial<Txn> | undefined)?.zxid;
  if (server.state !== 'LEADING' || zxid === undefined) return true;
  return world.config.rules.nextZxid(server.currentEpoch, lastZxid(server.history)) === zxid;
};

/** A write that a client must have asked for, since its first trace is seen. */
const asked = (room: Room, candidate: Candidate, output: Output): Request | null => {
  const { server } = candidate;
  if (!room.hidden.includes('request') || server === null || server.state === 'LOOKING') return null;
  if (server.phase !== 'BROADCAST') return null;
  if (output.type === 'send') {
    const { message } = output;
    const request = (message.type === 'REQUEST' ? message.request : message.txn) as
      | Partial<Request>
      | undefined;
    const isFirst =
      server.state === 'LEADING'
        ? message.type === 'PROPOSAL' || (message.type === 'INFORM' && isNext(room, server, message))
        : message.type === 'REQUEST';
    return isFirst ? { payload: request?.payload ?? UNSEEN_PAYLOAD, origin: server.sid } : null;
  }
  return (output.type === 'deliver' || output.type === 'answer') && server.state === 'LEADING'
    ? { payload: output.txn.payload ?? UNSEEN_PAYLOAD, origin: server.sid }
    : null;
};

/** A client's write that no line tells of. A candidate of the same layer: what it leads to is yet to be seen. */
export const guessRequest = (room: Room, candidate: Candidate, line: Line): Candidate | Impossible | null => {
  if (line.kind !== 'saw') return null;
  const channel = channelOf(line);
  if (channel === null || producedOn(candidate, channel).length > 0) return null;
  const request = asked(room, candidate, line.output);
  if (request === null) return null;
  // One write explains one line: a second one before the first is seen would explain nothing more.
  if (line.output.type === 'deliver' && candidate.by?.hidden === 'request') return null;
  return see(room.world, candidate, { type: 'Request', request }, 'request');
};

const channelOf = ({ output, index }: Extract<Line, { kind: 'saw' }>): string | null => {
  if (output.type === 'send') return index === null ? null : linkChannel(output.to, index);
  if (output.type === 'close') return index === null ? null : linkChannel(output.peer, index);
  if (output.type === 'notify') return electionChannel(output.to);
  return output.type;
};

const contentOf = (output: Output): unknown =>
  output.type === 'send'
    ? output.message
    : output.type === 'deliver' || output.type === 'answer'
      ? output.txn
      : {};

const wholeOf = (output: Produced): unknown =>
  output.type === 'send' ? output.message : 'txn' in output ? output.txn : {};

const takeFirst = (candidate: Candidate, channel: string): Candidate => ({
  ...candidate,
  restless: 0,
  produced: withProduced(candidate.produced, channel, producedOn(candidate, channel).slice(1)),
});

const pingsFromHere = (candidate: Candidate, output: Output, index: number | null): Candidate => {
  if (output.type !== 'send' || output.message.type !== 'NEWLEADER') return candidate;
  const link = candidate.links[output.to];
  if (link?.index !== index) return candidate;
  return { ...candidate, links: { ...candidate.links, [output.to]: { ...link, pinged: true } } };
};

/** What of a queue may be seen behind the line at hand. */
const stillTold = ({ foresight, here }: World, to: Sid, queue: readonly Produced[]): readonly Produced[] =>
  queue.filter((one) => one.type !== 'notify' || foresight.tells(here, 'behind', to, one.notification));

/** The oldest of those yet to be seen that fits; the ones before it were overwritten. */
const takeTold = (
  world: World,
  candidate: Candidate,
  { to, notification }: Extract<Output, { type: 'notify' }>,
): Candidate | null => {
  const channel = electionChannel(to);
  const queue = producedOn(candidate, channel);
  const i = queue.findIndex((one) => one.type === 'notify' && fits(notification, one.notification));
  const found = queue[i];
  if (found?.type !== 'notify') return null;
  return {
    ...candidate,
    restless: 0,
    produced: withProduced(candidate.produced, channel, stillTold(world, to, queue.slice(i + 1))),
    told: { ...candidate.told, [to]: { notification: found.notification, again: false } },
  };
};

const seesNotify = (
  room: Room,
  candidate: Candidate,
  output: Extract<Output, { type: 'notify' }>,
): Passed => {
  const { to, notification } = output;
  const channel = electionChannel(to);
  const queue = producedOn(candidate, channel);
  const found = takeTold(room.world, candidate, output);
  if (found !== null) return passed(found);
  const { server } = candidate;
  if (
    server?.state === 'LOOKING' &&
    room.hidden.includes('resend') &&
    fits(notification, notificationOf(server))
  ) {
    const resent = see(room.world, candidate, { type: 'Resend' }, 'resend');
    const told = isImpossible(resent) ? null : takeTold(room.world, resent, output);
    if (told !== null) return passed(told);
  }
  const last = candidate.told[to];
  // Sent again before anything newer was: by a new connection, or because the server was looking.
  const mayRepeat = last?.again || (last?.notification.state === 'LOOKING' && room.hidden.includes('resend'));
  if (last && mayRepeat && fits(notification, last.notification))
    return passed({
      ...candidate,
      restless: 0,
      produced: withProduced(candidate.produced, channel, stillTold(room.world, to, queue)),
      told: { ...candidate.told, [to]: { ...last, again: false } },
    });
  const newest = queue.at(-1);
  const expected = newest?.type === 'notify' ? newest.notification : server && notificationOf(server);
  if (expected === null) return refused('a server that is down says nothing');
  const fields = misfits(notification, expected);
  return fields.length > 0
    ? refused('the specification tells something else here', fields)
    : refused('the specification tells nothing new here');
};

const reconnects = (candidate: Candidate, peer: Sid): Candidate => {
  const last = candidate.told[peer];
  return last === undefined || last.again
    ? candidate
    : { ...candidate, told: { ...candidate.told, [peer]: { ...last, again: true } } };
};

/** What a restart delivers again, or would answer again, need not be seen again. */
const withoutRepeats = (candidate: Candidate): Candidate =>
  (['deliver', 'answer'] as const).reduce<Candidate>((one, type) => {
    const queue = producedOn(one, type);
    const next = queue.findIndex((output) => 'txn' in output && output.txn.zxid > one.known[type]);
    const rest = next < 0 ? [] : queue.slice(next);
    return { ...one, produced: withProduced(one.produced, type, rest) };
  }, candidate);

/** Whether it may be missing, because it was so before. */
const isRepeat = ({ known }: Candidate, output: Output, first: Produced): boolean =>
  (output.type === 'deliver' || output.type === 'answer') &&
  'txn' in first &&
  first.txn.zxid <= known[output.type];

const seesQueued = (room: Room, candidate: Candidate, line: Extract<Line, { kind: 'saw' }>): Passed => {
  const { output } = line;
  const channel = channelOf(line);
  if (channel === null) return refused('no such connection was ever opened');
  const first = producedOn(candidate, channel)[0];
  const fitting =
    first !== undefined && first.type === output.type && fits(contentOf(output), wholeOf(first));
  if (!fitting && isPing(room, candidate, line))
    return passed({ ...candidate, restless: 0, guesses: candidate.guesses + 1 });
  if (first === undefined) return refused('the specification sends nothing here');
  if (first.type !== output.type) {
    if (output.type === 'deliver' || output.type === 'answer') return refused('nothing to deliver');
    const found = output.type === 'close' ? 'close' : contentOf(output);
    const expected = first.type === 'send' ? first.message : first.type;
    return refused('the specification does something else here', misfits(found, expected));
  }
  if (fitting) {
    const next = pingsFromHere(takeFirst(candidate, channel), output, line.index);
    if (!('txn' in first)) return passed(next);
    const newest = Math.max(next.known[first.type], first.txn.zxid);
    return passed({ ...next, known: { ...next.known, [first.type]: newest } });
  }
  if (isRepeat(candidate, output, first)) return sees(room, withoutRepeats(candidate), line);
  return refused('the specification says something else here', misfits(contentOf(output), wholeOf(first)));
};

const sees = (room: Room, candidate: Candidate, line: Extract<Line, { kind: 'saw' }>): Passed =>
  line.output.type === 'notify'
    ? seesNotify(room, candidate, line.output)
    : seesQueued(room, candidate, line);

/**
 * Whether a server that looks is seen to vote for itself with more than it has. Without a link its history does not grow,
 * and no vote that it may have heard says so.
 */
export const isBeyondIt = (
  { inbox, world }: Room,
  candidate: Candidate,
  line: Line,
  layer: number,
): boolean => {
  if (line.kind !== 'saw' || line.output.type !== 'notify') return false;
  const { to, notification } = line.output;
  const { server } = candidate;
  const { leader, zxid = 0 } = notification;
  if (server?.state !== 'LOOKING' || leader !== server.sid || zxid <= lastZxid(server.history)) return false;
  const isVoted = (one: Partial<Notification>): boolean => one.leader === leader && one.zxid === zxid;
  const { vote, received, outOfElection, receiveQueue = [] } = server;
  const known = [
    vote,
    ...Object.values(received),
    ...Object.values(outOfElection),
    ...receiveQueue.map((one) => one.notification),
  ];
  if (world.config.voters.length === 1 || known.some(isVoted)) return false;
  if (
    producedOn(candidate, electionChannel(to)).some(
      (one) => one.type === 'notify' && fits(notification, one.notification),
    )
  )
    return false;
  if (candidate.told[to] && fits(notification, candidate.told[to].notification)) return false;
  if (inbox.peers.some((peer) => unopened(inbox, candidate, peer, layer).length > 0)) return false;
  return !inbox.notifiers.some((peer) =>
    inbox.notificationsFrom(peer).some(({ at, notification: heard }) => at <= layer && isVoted(heard)),
  );
};

/** Whether nothing that the server does could explain what was seen any more: the head of a queue is another. */
export const isHopeless = (room: Room, candidate: Candidate, line: Line, layer: number): boolean => {
  if (line.kind !== 'saw') return false;
  if (line.output.type === 'notify') return isBeyondIt(room, candidate, line, layer);
  if (isPing(room, candidate, line)) return false;
  const channel = channelOf(line);
  if (channel === null) return true;
  const [first] = producedOn(candidate, channel);
  if (first !== undefined) {
    if (isRepeat(candidate, line.output, first)) return false;
    return first.type !== line.output.type || !fits(contentOf(line.output), wholeOf(first));
  }
  const { output } = line;
  if (output.type !== 'send' && output.type !== 'close') return false;
  const peer = output.type === 'send' ? output.to : output.peer;
  const link = candidate.links[peer];
  return link !== undefined && (link.index > line.index! || (link.index === line.index && !link.open));
};

// --- inputs that are processed where they stand

const gives = (
  { world, inbox }: Room,
  candidate: Candidate,
  { event, index }: Extract<Line, { kind: 'given' }>,
  layer: number,
): Passed => {
  const late = () => availableTo(inbox, layer);
  switch (event.type) {
    case 'Receive': {
      const link = candidate.links[event.from];
      // It closed the link itself; what still comes by it is nobody's.
      if (link && !link.open && link.index === index) return passed(candidate);
      if (link && link.index !== index)
        return refused('it came by a connection that the server does not know');
      return anyOf(
        worldsFor(world, candidate, event.message).map((one) =>
          takeMessage(one, candidate, event.from, event.message),
        ),
      );
    }
    case 'Notified':
      return orImpossible(takeNotification(world, candidate, event.from, event.notification, late));
    case 'Connected':
    case 'Accepted':
      return orImpossible(takeOpening(world, candidate, event.peer, index!, event.type));
    case 'Closed': {
      const link = candidate.links[event.peer];
      return link?.open && link.index === index
        ? orImpossible(takeClosed(world, candidate, event.peer, link.index))
        : passed(candidate);
    }
    case 'FinalizeWait':
      return runs(world, candidate, 'FinalizeWait')
        ? orImpossible(takeFinalizeWait(world, candidate, late))
        : passed(candidate);
    case 'Resend':
    case 'Timeout':
    case 'Tick':
      return runs(world, candidate, event.type)
        ? orImpossible(see(world, candidate, asEvent(event.type)))
        : passed(candidate);
    case 'Flushed':
      return candidate.pending.length > 0 && fits(event.operation, candidate.pending[0])
        ? orImpossible(takeFlush(world, candidate))
        : refused(
            'another write is the oldest one that is pending',
            misfits(event.operation, candidate.pending[0] ?? null),
          );
    case 'Request':
    case 'LogRead':
    case 'Turn':
    case 'Elected':
      return orImpossible(see(world, candidate, event));
  }
};

/** What is on a disk, as it was recorded and as it is expected: how far back a log reaches is the implementation's choice. */
export const diskMisfits = (seen: Partial<Durable>, expected: Durable): readonly FieldDifference[] => {
  const { acceptedEpoch, currentEpoch } = seen;
  const fields = [...misfits({ acceptedEpoch, currentEpoch }, expected, 'disk')];
  if (seen.snapshot === undefined && seen.log === undefined) return fields;
  const [found, own] = [recover({ ...EMPTY_DISK, ...seen }).history, recover(expected).history];
  const least = Math.min(found.entries.length, own.entries.length);
  const tail = <T>(list: readonly T[]): readonly T[] => list.slice(list.length - least);
  if (lastZxid(found) !== lastZxid(own))
    return [...fields, { path: 'disk.lastZxid', expected: lastZxid(own), found: lastZxid(found) }];
  return [...fields, ...misfits(tail(found.entries), tail(own.entries), 'disk.log')];
};

/** How far back the history in memory reaches is taken from the record, where it says. */
const asRecorded = (durable: Durable, disk: Partial<Durable> = {}): Durable =>
  disk.snapshot === undefined && disk.log === undefined
    ? durable
    : { ...durable, snapshot: disk.snapshot ?? EMPTY_DISK.snapshot, log: disk.log ?? [] };

/** The log on the disk may reach further back than what is loaded into memory. */
const longer = (a: Durable, b: Durable): Durable =>
  recover(a).history.entries.length >= recover(b).history.entries.length ? a : b;

const comesUp = (
  world: World,
  candidate: Candidate,
  { disk, marks }: Extract<Line, { kind: 'boot' }>,
): Passed => {
  if (candidate.server !== null) return refused('the server is up already');
  const isFirst = candidate.by === null;
  if (isFirst) return orImpossible(boot(world, candidate, { ...EMPTY_DISK, ...disk }, marks));
  const kept = survivors(candidate);
  const fitting = disk === undefined ? kept : kept.filter((one) => diskMisfits(disk, one).length === 0);
  if (fitting.length === 0) return refused('the disk holds something else', diskMisfits(disk!, kept[0]!));
  return passed(
    ...fitting.flatMap((durable) => {
      const loaded = asRecorded(durable, disk);
      const found = boot(world, candidate, longer(durable, loaded), marks, loaded);
      return isImpossible(found) ? [] : [found];
    }),
  );
};

// --- observations

export const shownDisk = (durable: Durable): NonNullable<Observation['disk']> => {
  const { acceptedEpoch, currentEpoch, history } = recover(durable);
  const zxids = history.entries.map(({ zxid }) => zxid);
  return { acceptedEpoch, currentEpoch, lastZxid: lastZxid(history), zxids };
};

const DOWN = { state: 'DOWN' } as const;

const observes = (candidate: Candidate, { state, disk }: Observation): Passed => {
  const server: Server | typeof DOWN = candidate.server ?? DOWN;
  const fields = [
    ...(state === undefined ? [] : misfits(state, server)),
    ...(disk === undefined ? [] : misfits(disk, shownDisk(durableOf(candidate.written)), 'disk')),
  ];
  return fields.length === 0 ? passed(candidate) : refused('the specification is in another state', fields);
};

/** Whether all that it was given is processed, and all that came of it was seen. */
const isQuiet = (room: Room, candidate: Candidate): Passed => {
  const repeatless = withoutRepeats(candidate);
  const [channel] = Object.keys(repeatless.produced).filter((name) => !name.startsWith('election'));
  const [election] = Object.keys(repeatless.produced);
  const unseen = channel ?? election;
  if (unseen !== undefined) {
    const [first] = producedOn(repeatless, unseen);
    return refused('something is yet to be sent', [{ path: unseen, expected: first }]);
  }
  if (room.hidden.includes('flush') && candidate.pending.length > 0)
    return refused('a write is yet to be flushed', [{ path: 'pending', expected: candidate.pending[0] }]);
  return passed(repeatless);
};

/** What becomes of a candidate at a line. */
export const passes = (room: Room, candidate: Candidate, line: Line, layer: number): Passed => {
  switch (line.kind) {
    case 'saw':
      return sees(room, candidate, line);
    case 'given':
      return candidate.server === null ? refused('the server is down') : gives(room, candidate, line, layer);
    case 'boot':
      return comesUp(room.world, candidate, line);
    case 'crash':
      return orImpossible(crash(candidate));
    case 'reconnected':
      return passed(reconnects(candidate, line.peer));
    case 'observed':
      return observes(candidate, line.seen);
    case 'quiet':
      return isQuiet(room, candidate);
  }
};
