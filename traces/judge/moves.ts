/**
 * What a server may do between two lines, as moves of a candidate: process an input that it was given, or an input that
 * may be guessed. The likely ones come in the order in which inputs were given; giving up a role comes last.
 */
import { recover } from '../../spec/disk.js';
import { lastZxid, positionOf } from '../../spec/history.js';
import { hasTurn } from '../../spec/learner.js';
import { zabRules } from '../../spec/rules.js';
import { hasVotes } from '../../spec/receiver.js';
import type { Txn } from '../../spec/history.js';
import type { Sid } from '../../spec/zxid.js';
import { type Candidate, durableOf, type Hidden, linkChannel, producedOn, writeTo } from './candidate.js';
import { type Impossible, isImpossible, see, type World } from './carry.js';
import type { Inbox } from './inbox.js';
import {
  availableTo,
  mayElect,
  runs,
  stillLate,
  takeClosed,
  takeFinalizeWait,
  takeMessage,
  takeNotification,
  takeOpening,
  takeRequest,
  unopened,
  worldsFor,
} from './links.js';
import type { Room } from './lines.js';

/** Timeouts in a row that leave no line at all. */
export const MOST_RESTLESS = 3;

export interface Move {
  /** When the input was given; what has no such time comes behind what has. */
  readonly order: number;
  /** Null: done, and nothing comes of it. */
  readonly take: () => Candidate | Impossible | null;
}

export interface Moves {
  readonly likely: readonly Move[];
  readonly unlikely: readonly Move[];
}

const LAST = Number.MAX_SAFE_INTEGER;

/** The link that the server knows: its next message, its next request, its end. */
const ofLink = (world: World, inbox: Inbox, candidate: Candidate, peer: Sid, layer: number): Move[] => {
  const link = candidate.links[peer];
  if (link === undefined) return [];
  const connection = inbox.connectionsWith(peer)[link.index];
  if (connection === undefined) return [];
  const found: Move[] = [];
  const request = connection.requests[link.asked];
  if (request && request.at <= layer && request.behind <= link.taken)
    found.push({
      order: request.order,
      take: () => takeRequest(world, candidate, peer, request.message),
    });
  if (!link.open) return found;
  const next = connection.messages[link.taken];
  if (next && next.at <= layer)
    for (const one of worldsFor(world, candidate, next.message))
      found.push({ order: next.order, take: () => takeMessage(one, candidate, peer, next.message) });
  const { over } = connection;
  if (over && over.at <= layer)
    found.push({ order: over.order, take: () => takeClosed(world, candidate, peer, link.index) });
  return found;
};

const ofOpenings = (world: World, inbox: Inbox, candidate: Candidate, peer: Sid, layer: number): Move[] =>
  unopened(inbox, candidate, peer, layer).map(({ index, opens }) => ({
    order: opens!.order,
    take: () => takeOpening(world, candidate, peer, index, opens!.as),
  }));

const ofNotifications = (
  world: World,
  inbox: Inbox,
  candidate: Candidate,
  peer: Sid,
  layer: number,
): { readonly take: Move | null; readonly swallow: Move | null } => {
  const heard = candidate.heard[peer] ?? 0;
  const next = inbox.notificationsFrom(peer)[heard];
  if (!next || next.at > layer) return { take: null, swallow: null };
  const { order, notification } = next;
  const take: Move = {
    order,
    take: () => takeNotification(world, candidate, peer, notification, () => availableTo(inbox, layer)),
  };
  const isLate = candidate.server?.state !== 'LOOKING' && heard < (candidate.late[peer] ?? 0);
  if (!isLate) return { take, swallow: null };
  const behind = { ...candidate.heard, [peer]: heard + 1 };
  const swallow = (): Candidate => ({
    ...candidate,
    heard: behind,
    late: stillLate(candidate.late, behind),
    guesses: candidate.guesses + 1,
    by: {
      parent: candidate,
      event: { type: 'Notified', from: peer, notification },
      handler: 'unread',
      ignored: 'it came while the server was looking, and the server has decided',
      effects: [],
      hidden: 'receiver',
    },
  });
  return { take, swallow: { order, take: swallow } };
};

export const takeFlush = (world: World, candidate: Candidate, hidden?: Hidden): Candidate | Impossible => {
  const [operation, ...pending] = candidate.pending;
  if (operation === undefined) return { impossible: 'nothing is pending on the disk' };
  const ready = { ...candidate, pending, written: writeTo(candidate.written, operation) };
  return see(world, ready, { type: 'Flushed', operation }, hidden, candidate);
};

/** What the log holds behind `after`, up to where the window in memory begins; null if it does not hold both. */
const readLog = ({ written, server }: Candidate, after: number): readonly Txn[] | null => {
  const { history } = recover(durableOf(written));
  const [from, to] = [positionOf(history, after), positionOf(history, server!.history.floor)];
  return from < 0 || to < 0 ? null : history.entries.slice(from, to);
};

/** A log that is asked for what lies far back holds it, or has dropped it by now. */
const takeRead = (world: World, candidate: Candidate, isDropped: boolean): Candidate | Impossible | null => {
  const [{ peer, after }, ...reads] = candidate.reads as [{ peer: Sid; after: number }];
  const entries = isDropped ? null : readLog(candidate, after);
  if (entries === null && !isDropped) return null;
  return see(world, { ...candidate, reads }, { type: 'LogRead', peer, after, entries }, undefined, candidate);
};

const ofServer = (world: World, hidden: readonly Hidden[], candidate: Candidate): Move[] => {
  const found: Move[] = [];
  const { server } = candidate;
  const guess = (kind: Hidden, take: () => Candidate | Impossible): void => {
    if (hidden.includes(kind)) found.push({ order: LAST, take });
  };
  if (candidate.reads.length > 0)
    for (const isDropped of [false, true])
      found.push({ order: LAST, take: () => takeRead(world, candidate, isDropped) });
  if (server?.state === 'LOOKING' && hasVotes(server)) {
    // A vote may decide: what came later then lies unread.
    guess('turn', () => see(world, candidate, { type: 'Turn', of: 'election' }, 'turn'));
  }
  if (server !== null && server.state !== 'LOOKING' && server.state !== 'LEADING')
    for (const of of ['main', 'commit'] as const)
      if (hasTurn(server, of)) guess('turn', () => see(world, candidate, { type: 'Turn', of }, 'turn'));
  return found;
};

/** Giving up comes last: it explains much, and is seldom true. */
const ofPatience = (world: World, hidden: readonly Hidden[], candidate: Candidate): Move[] => {
  if (!hidden.includes('timeout') || !runs(world, candidate, 'Timeout')) return [];
  const take = (): Candidate | Impossible => {
    const next = see(world, candidate, { type: 'Timeout' }, 'timeout');
    return isImpossible(next) ? next : { ...next, restless: candidate.restless + 1 };
  };
  return [{ order: LAST, take }];
};

/** A client's write whose first trace comes later, or never: it reached nobody, and its leader says that it has it. */
const ofWrites = ({ world, hidden }: Room, candidate: Candidate): Move[] => {
  const { server } = candidate;
  if (server?.state !== 'LEADING' || server.phase !== 'BROADCAST' || !hidden.includes('request')) return [];
  const next = world.config.rules.nextZxid(server.currentEpoch, lastZxid(server.history));
  const payload = world.foresight.writes.get(next);
  if (payload === undefined) return [];
  const request = { payload, origin: world.sid };
  return [{ order: LAST, take: () => see(world, candidate, { type: 'Request', request }, 'request') }];
};

const ofElections = (
  world: World,
  hidden: readonly Hidden[],
  inbox: Inbox,
  candidate: Candidate,
  layer: number,
) => {
  const found: Move[] = [];
  if (candidate.server?.state !== 'LOOKING') return found;
  if (hidden.includes('finalizeWait') && runs(world, candidate, 'FinalizeWait'))
    found.push({
      order: LAST,
      take: () => takeFinalizeWait(world, candidate, () => availableTo(inbox, layer), 'finalizeWait'),
    });
  if (hidden.includes('elected'))
    for (const leader of mayElect(world))
      found.push({
        order: LAST,
        take: () => see(world, candidate, { type: 'Elected', leader }, 'elected'),
      });
  return found;
};

/**
 * A message that its leader ignores, now and ever after (a PING, an ACK that says nothing new): when it is processed
 * makes no difference, so it is processed at once, and nothing else is tried instead.
 */
const idleMessage = (
  { world, inbox }: Room,
  candidate: Candidate,
  layer: number,
  isSpent: boolean,
): Move | null => {
  if (candidate.server?.state !== 'LEADING') return null;
  const saysNothingMore = isSpent && candidate.server.phase === 'BROADCAST';
  for (const peer of inbox.peers) {
    const link = candidate.links[peer];
    const next = link?.open ? inbox.connectionsWith(peer)[link.index]?.messages[link.taken] : undefined;
    if (next === undefined || next.at > layer) continue;
    const { message } = next;
    const saysNothing =
      message.type === 'PING' || (message.type === 'ACK' && message.zxid <= candidate.server.committed);
    if (!saysNothing && !saysNothingMore) continue;
    const taken = takeMessage(world, candidate, peer, message);
    if (isImpossible(taken)) continue;
    if (saysNothingMore || taken.by?.ignored !== undefined) return { order: next.order, take: () => taken };
  }
  return null;
};

/**
 * A commit of a thread of its own that nobody sees: nothing that the server says depends on when it happens, so it happens
 * at once. Not so where deliveries are recorded, or a rule asks what is committed.
 */
const idleCommit = ({ world, hidden }: Room, { server, ...rest }: Candidate): Move | null => {
  if (server === null || server.state === 'LOOKING' || server.state === 'LEADING') return null;
  if (!hidden.includes('turn') || !hasTurn(server, 'commit')) return null;
  const { records, config, foresight } = world;
  const { rules } = config;
  if (records.includes('deliver') || records.includes('answer') || foresight.seesCommitted) return null;
  if (
    rules.keepsCommittedLog ||
    rules.leadsWith !== zabRules.leadsWith ||
    rules.mayStand !== zabRules.mayStand
  )
    return null;
  const candidate: Candidate = { server, ...rest };
  const taken = see(world, candidate, { type: 'Turn', of: 'commit' }, 'turn');
  if (isImpossible(taken) || taken.server === null || taken.server.state === 'LOOKING') return null;
  const [before, after] = [rules.remembers(server), rules.remembers(taken.server)];
  return lastZxid(before) === lastZxid(after) ? { order: 0, take: () => taken } : null;
};

/**
 * How many outputs on links are yet to be seen of this life, where nothing else is, and no new link comes: who gives up
 * its role then has no part in anything any more. Null where there may be more.
 */
const leftOf = ({ world, inbox }: Room, candidate: Candidate, layer: number): number | null => {
  const left = world.foresight.left(world.here);
  if (left === null || world.config.voters.length === 1) return null;
  return inbox.peers.some((peer) => unopened(inbox, candidate, peer, layer).length > 0) ? null : left;
};

const producedOnLinks = ({ inbox }: Room, candidate: Candidate): number => {
  let produced = 0;
  for (const peer of inbox.peers) {
    const link = candidate.links[peer];
    if (link) produced += producedOn(candidate, linkChannel(peer, link.index)).length;
  }
  return produced;
};

/**
 * A notification that changes nothing, and whose answer nobody sees. It could only matter to a server that gives up its
 * role, and of such a one nothing is left to be seen.
 */
const idleNotification = ({ world, inbox }: Room, candidate: Candidate, layer: number): Move | null => {
  const { server, produced } = candidate;
  if (server === null || server.state === 'LOOKING') return null;
  for (const peer of inbox.notifiers) {
    const { take } = ofNotifications(world, inbox, candidate, peer, layer);
    const taken = take?.take() ?? null;
    if (taken === null || isImpossible(taken)) continue;
    if (taken.server === server && taken.produced === produced) return { order: 0, take: () => taken };
  }
  return null;
};

/**
 * Where all that is yet to be seen is produced, only what a crash may leave on the disk matters. What may still bring
 * something to a disk of which all may be kept that is pending: in broadcast, transactions, those of a leader's clients
 * in whatever order, before which all else is processed at once, or those of a learner's leader. Without a link, nothing.
 */
const spentMoves = (room: Room, candidate: Candidate, layer: number): readonly Move[] | null => {
  const { world, inbox } = room;
  const { server } = candidate;
  if (server === null || server.state === 'LOOKING') return [];
  if (server.phase !== 'BROADCAST') return null;
  const writes = ofWrites(room, candidate);
  return [...inbox.peers.flatMap((peer) => ofLink(world, inbox, candidate, peer, layer)), ...writes];
};

/** All that may happen here without a line, in a layer of the search. */
export const movesOf = (room: Room, candidate: Candidate, layer: number): Moves => {
  const { world, hidden, inbox } = room;
  if (candidate.server === null) return { likely: [], unlikely: [] };
  const left = leftOf(room, candidate, layer);
  const spent = left !== null && left === producedOnLinks(room, candidate);
  const idle =
    idleMessage(room, candidate, layer, spent) ??
    idleCommit(room, candidate) ??
    (left === null ? null : idleNotification(room, candidate, layer));
  if (idle !== null) return { likely: [idle], unlikely: [] };
  const last = spent ? spentMoves(room, candidate, layer) : null;
  if (last !== null) return { likely: last, unlikely: [] };
  const inputs: Move[] = [];
  const unlikely: Move[] = [];
  for (const peer of inbox.peers) {
    inputs.push(...ofLink(world, inbox, candidate, peer, layer));
    inputs.push(...ofOpenings(world, inbox, candidate, peer, layer));
  }
  for (const peer of inbox.notifiers) {
    const { take, swallow } = ofNotifications(world, inbox, candidate, peer, layer);
    if (take) inputs.push(take);
    if (swallow) unlikely.push(swallow);
  }
  inputs.sort((a, b) => a.order - b.order);
  const flush: Move[] =
    hidden.includes('flush') && candidate.pending.length > 0
      ? [{ order: LAST, take: () => takeFlush(world, candidate, 'flush') }]
      : [];
  return {
    likely: [
      ...flush,
      ...inputs,
      ...ofServer(world, hidden, candidate),
      ...ofElections(world, hidden, inbox, candidate, layer),
    ],
    unlikely: [
      ...unlikely,
      ...ofWrites(room, candidate),
      ...(spent ? [] : ofPatience(world, hidden, candidate)),
    ],
  };
};
