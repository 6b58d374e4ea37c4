/** What a candidate does with what it was given: opens and ends of connections, messages, notifications, each in its lane. */
import { canDecide } from '../../spec/election.js';
import { isVoter } from '../../spec/config.js';
import type { Message, Notification } from '../../spec/messages.js';
import type { Server } from '../../spec/server.js';
import type { Event } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import type { Candidate, Hidden, LinkView } from './candidate.js';
import { type Impossible, isImpossible, see, type World } from './carry.js';
import type { Connection, Inbox } from './inbox.js';

/** The leader that this server would connect to now. */
const wanted = (server: Server | null): Sid | null =>
  server !== null &&
  (server.state === 'FOLLOWING' || server.state === 'OBSERVING') &&
  server.phase === 'DISCOVERY' &&
  server.awaits === 'connection'
    ? server.leader
    : null;

const withLink = (candidate: Candidate, peer: Sid, link: LinkView): Candidate => ({
  ...candidate,
  links: { ...candidate.links, [peer]: link },
});

const stateOf = ({ server }: Candidate): string =>
  server === null ? 'down' : server.state === 'LOOKING' ? 'LOOKING' : `${server.state} (${server.phase})`;

/** The end of a link, whoever ended it; nothing if the server has closed it itself. */
export const takeClosed = (
  world: World,
  candidate: Candidate,
  peer: Sid,
  index: number,
  hidden?: Hidden,
): Candidate | Impossible => {
  const link = candidate.links[peer];
  if (!link?.open || link.index !== index) return { impossible: 'the server has closed this link itself' };
  const ready = withLink(candidate, peer, { ...link, open: false });
  return see(world, ready, { type: 'Closed', peer }, hidden, candidate);
};

/** A new link; an old one with the same learner is closed first. */
export const takeOpening = (
  world: World,
  candidate: Candidate,
  peer: Sid,
  index: number,
  as: 'Connected' | 'Accepted',
): Candidate | Impossible => {
  const { server } = candidate;
  const open: LinkView = { index, taken: 0, asked: 0, open: true, sent: 0, pinged: false };
  if (as === 'Connected') {
    if (wanted(server) !== peer)
      return { impossible: `${stateOf(candidate)} does not wait for a connection to ${peer}` };
    return see(world, withLink(candidate, peer, open), { type: 'Connected', peer }, undefined, candidate);
  }
  if (server?.state !== 'LEADING') return { impossible: `${stateOf(candidate)} accepts no learner` };
  const old = candidate.links[peer];
  const ready = old?.open ? takeClosed(world, candidate, peer, old.index) : candidate;
  if (isImpossible(ready)) return ready;
  return see(world, withLink(ready, peer, open), { type: 'Accepted', peer }, undefined, ready);
};

/** A message that came by the link that the server knows. */
export const takeMessage = (
  world: World,
  candidate: Candidate,
  peer: Sid,
  message: Message,
): Candidate | Impossible => {
  const link = candidate.links[peer];
  if (!link?.open) return { impossible: `no link with ${peer} is open` };
  const asks = message.type === 'REQUEST';
  const ready = withLink(candidate, peer, {
    ...link,
    ...(asks ? { asked: link.asked + 1 } : { taken: link.taken + 1 }),
  });
  return see(world, ready, { type: 'Receive', from: peer, message }, undefined, candidate);
};

/**
 * The worlds in which a message may be processed, likeliest first: a leader may give up for a learner that has accepted a
 * later epoch, or go on without it. It is a matter of patience (docs/ambiguities.md, item 23).
 */
export const worldsFor = (world: World, { server }: Candidate, message: Message): readonly World[] => {
  const { config } = world;
  const isLater =
    'acceptedEpoch' in message && server?.state === 'LEADING' && message.acceptedEpoch > server.acceptedEpoch;
  if (!isLater || !config.rules.yieldsToLaterEpoch) return [world];
  const rules = { ...config.rules, yieldsToLaterEpoch: false };
  return [world, { ...world, config: { ...config, rules } }];
};

/** A leader comes to a write that was forwarded to it, and whose learner may have gone since. */
export const takeRequest = (
  world: World,
  candidate: Candidate,
  peer: Sid,
  message: Message,
): Candidate | Impossible => {
  const link = candidate.links[peer]!;
  const { server } = candidate;
  if (message.type !== 'REQUEST') return { impossible: 'no request' };
  if (server?.state !== 'LEADING') return { impossible: `${stateOf(candidate)} takes no REQUEST` };
  if (link.open) return takeMessage(world, candidate, peer, message);
  if (server.phase !== 'BROADCAST') return { impossible: `${stateOf(candidate)} takes no REQUEST` };
  const ready = withLink(candidate, peer, { ...link, asked: link.asked + 1 });
  return see(world, ready, { type: 'Request', request: message.request }, undefined, candidate);
};

/** A rule with a queue for them says itself which lie unread. */
const mayLieUnread = ({ config }: World): boolean => config.rules.receiveQueue === 0;

/** Of those that lie unread, what is not processed. */
export const stillLate = (late: Candidate['late'], heard: Candidate['heard']): Candidate['late'] =>
  Object.fromEntries(Object.entries(late).filter(([sid, count]) => count > (heard[Number(sid)] ?? 0)));

/** Once it has decided, what it was told while it looked may lie unread; ZooKeeper: recvqueue. */
const decided = (
  world: World,
  before: Candidate,
  after: Candidate,
  available: () => Candidate['late'],
): Candidate => {
  const was = before.server?.state === 'LOOKING';
  const is = after.server?.state === 'LOOKING';
  if (was === is || !mayLieUnread(world)) return after;
  return { ...after, late: is ? {} : stillLate(available(), after.heard) };
};

export const takeNotification = (
  world: World,
  candidate: Candidate,
  from: Sid,
  notification: Notification,
  available: () => Candidate['late'],
): Candidate | Impossible => {
  const heard = { ...candidate.heard, [from]: (candidate.heard[from] ?? 0) + 1 };
  const ready: Candidate = { ...candidate, heard, late: stillLate(candidate.late, heard) };
  const next = see(world, ready, { type: 'Notified', from, notification }, undefined, candidate);
  return isImpossible(next) ? next : decided(world, candidate, next, available);
};

export const takeFinalizeWait = (
  world: World,
  candidate: Candidate,
  available: () => Candidate['late'],
  hidden?: Hidden,
): Candidate | Impossible => {
  const next = see(world, candidate, { type: 'FinalizeWait' }, hidden);
  return isImpossible(next) ? next : decided(world, candidate, next, available);
};

/** Whether a timer of the reducer's runs in this state; one that does not is no event. */
export const runs = (
  { config }: World,
  { server }: Candidate,
  timer: 'Resend' | 'FinalizeWait' | 'Timeout' | 'Tick',
): boolean => {
  if (server === null) return false;
  if (server.state !== 'LOOKING') return timer === 'Timeout' || timer === 'Tick';
  return timer === 'Resend' || (timer === 'FinalizeWait' && canDecide(config, server));
};

/** The notifications that a candidate could process in this layer, by peer. */
export const availableTo = (inbox: Inbox, layer: number): Candidate['late'] => {
  const found: Record<Sid, number> = {};
  for (const peer of inbox.notifiers) {
    const all = inbox.notificationsFrom(peer);
    let count = all.length;
    while (count > 0 && all[count - 1]!.at > layer) count--;
    found[peer] = count;
  }
  return found;
};

/** The connections that the server may yet come to, in this layer. */
export const unopened = (
  inbox: Inbox,
  { links }: Candidate,
  peer: Sid,
  layer: number,
): readonly Connection[] => {
  const from = (links[peer]?.index ?? -1) + 1;
  const all = inbox.connectionsWith(peer);
  return from >= all.length ? [] : all.slice(from).filter(({ opens }) => opens !== null && opens.at <= layer);
};

export const mayElect = ({ config }: World): readonly Sid[] =>
  config.election === 'coarse' ? config.voters.filter((sid) => isVoter(config, sid)) : [];

export const asEvent = (type: 'Resend' | 'Timeout' | 'Tick' | 'FinalizeWait'): Event => ({ type });
