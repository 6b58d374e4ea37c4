/**
 * The protocol's own doing: messages are delivered, links come and go, disks flush, elections end. All of it is free,
 * and any interleaving may happen.
 */
import type { Config } from '../../spec/config.js';
import type { Notification } from '../../spec/messages.js';
import { hasVotes } from '../../spec/receiver.js';
import { step } from '../../spec/reducer.js';
import type { Server } from '../../spec/server.js';
import type { Event, Step, Thread } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import { same } from '../canonical.js';
import { type Group, group, read } from '../model.js';
import { carry, Writes } from './carry.js';
import { hasMessage, headMessage, headNotification, isClosing, isDrained } from './channels.js';
import { type Context, mayGiveUp, mayReceiveVote, orderedPairs } from './context.js';
import {
  areConnected,
  decides,
  hasPending,
  isLeading,
  isLooking,
  isUp,
  pendingHead,
  takesTurn,
  wants,
} from './views.js';

/** The oldest message of a link arrives. */
const deliver = ({ config, options, slots }: Context, from: Sid, to: Sid): Group => {
  const link = slots.link[from]![to]!;
  return group({
    name: `deliver ${from}-${to}`,
    urgency: 'progress',
    when: [read(link, hasMessage)],
    reads: [read(slots.server[to]!), read(link, headMessage)],
    outcomes: ([server, message]) => {
      const writes = new Writes().operate(link, 'receive');
      const event = { type: 'Receive', from, message: message! } as const;
      const { handler } = carry(config, slots, options.persistence, writes, server!, event);
      return [writes.outcome({ name: handler, server: to, from })];
    },
  });
};

/** The oldest notification of an election channel arrives. */
const notified = (context: Context, from: Sid, to: Sid): Group => {
  const { config, options, slots } = context;
  const channel = slots.election[from]![to]!;
  return group({
    name: `notify ${from}-${to}`,
    urgency: 'progress',
    when: [read(channel, hasMessage), ...mayReceiveVote(context, to)],
    reads: [read(slots.server[to]!), read(channel, headNotification)],
    outcomes: ([server, notification]) => {
      const writes = new Writes().operate(channel, 'receive');
      const event = { type: 'Notified', from, notification: notification! } as const;
      const { handler } = carry(config, slots, options.persistence, writes, server!, event);
      return [writes.outcome({ name: handler, server: to, from })];
    },
  });
};

/** The other end of a link is told that it is gone; what was still under way is lost. */
const closed = (context: Context, from: Sid, to: Sid): Group => {
  const { config, options, slots } = context;
  const link = slots.link[from]![to]!;
  return group({
    name: `closed ${from}-${to}`,
    urgency: 'progress',
    when: [read(link, isClosing), ...mayGiveUp(context, to)],
    reads: [read(slots.server[to]!)],
    outcomes: ([server]) => {
      const writes = new Writes().operate(link, 'drop');
      const event = { type: 'Closed', peer: from } as const;
      const { handler } = carry(config, slots, options.persistence, writes, server!, event);
      return [writes.outcome({ name: handler, server: to, from })];
    },
  });
};

/** A learner reaches the leader that it wants; an old link that is still open there is closed first. */
const connect = ({ config, options, slots }: Context, learner: Sid, leader: Sid): Group => {
  const [up, down] = [slots.link[learner]![leader]!, slots.link[leader]![learner]!];
  return group({
    name: `connect ${learner}-${leader}`,
    urgency: 'progress',
    when: [
      read(slots.server[learner]!, wants(leader)),
      read(slots.server[leader]!, isLeading),
      read(slots.partitions, areConnected(learner, leader)),
    ],
    reads: [read(slots.server[learner]!), read(slots.server[leader]!)],
    outcomes: ([from, to]) => {
      const writes = new Writes().operate(up, 'open').operate(down, 'open');
      const hadLink = to!.state === 'LEADING' && learner in to!.learners;
      // Nothing comes of the old link's end but that the leader forgets it.
      const ready: Server = hadLink ? step(config, to!, { type: 'Closed', peer: learner }).server : to!;
      carry(config, slots, options.persistence, writes, ready, { type: 'Accepted', peer: learner });
      const { handler } = carry(config, slots, options.persistence, writes, from!, {
        type: 'Connected',
        peer: leader,
      });
      return [writes.outcome({ name: handler, server: learner, to: leader })];
    },
  });
};

/** A server that has a quorum for its vote has waited long enough for a better one. */
const finalizeWait = ({ config, options, slots }: Context, sid: Sid): Group =>
  group({
    name: `finalizeWait ${sid}`,
    urgency: 'progress',
    when: [read(slots.server[sid]!, decides(config))],
    reads: [read(slots.server[sid]!)],
    outcomes: ([server]) => {
      const writes = new Writes();
      const { handler } = carry(config, slots, options.persistence, writes, server!, {
        type: 'FinalizeWait',
      });
      return [writes.outcome({ name: handler, server: sid })];
    },
  });

const notifications = ({ effects }: Step, to: Sid): readonly Notification[] =>
  effects.flatMap((effect) => (effect.type === 'notify' && effect.to === to ? [effect.notification] : []));

/** Votes that were queued are counted, so that a vote which says nothing new leaves the server as it was. */
const settle = (config: Config, taken: Step): Step => {
  const { server } = taken;
  if (server.state !== 'LOOKING' || !hasVotes(server)) return taken;
  const next = step(config, server, { type: 'Turn', of: 'election' });
  return settle(config, { ...next, effects: [...taken.effects, ...next.effects] });
};

/**
 * A looking server sends its vote again, to one peer. Listed only where it teaches someone something: the peer, or by
 * its answer the sender. Otherwise it could be sent for ever, and nothing would ever come to rest.
 */
const resend = ({ config, options, slots }: Context, from: Sid, to: Sid): Group => {
  const channel = slots.election[from]![to]!;
  const teaches = (sender: Server, receiver: Server): boolean => {
    const resent = step(config, sender, { type: 'Resend' });
    const [sent] = notifications(resent, to);
    if (sent === undefined) return false;
    const heard = settle(config, step(config, receiver, { type: 'Notified', from, notification: sent }));
    if (!same(heard.server, receiver) || !same(settle(config, resent).server, sender)) return true;
    return notifications(heard, from).some((notification) => {
      const event: Event = { type: 'Notified', from: to, notification };
      return !same(settle(config, step(config, sender, event)).server, sender);
    });
  };
  return group({
    name: `resend ${from}-${to}`,
    urgency: options.resend === 'free' ? 'progress' : 'idle',
    when: [
      read(slots.server[from]!, isLooking),
      read(slots.server[to]!, isUp),
      read(channel, isDrained),
      read(slots.election[to]![from]!, isDrained),
    ],
    reads: [read(slots.server[from]!), read(slots.server[to]!)],
    outcomes: ([sender, receiver]) => {
      if (!teaches(sender!, receiver!)) return [];
      const resent = step(config, sender!, { type: 'Resend' });
      const sent = notifications(resent, to).map((notification) => ({ send: notification }));
      const writes = new Writes().operate(channel, ...sent);
      if (resent.server !== sender) writes.put(slots.server[from]!, resent.server);
      return [writes.outcome({ name: resent.handler, server: from, to })];
    },
  });
};

/** The oldest pending write of a disk becomes durable. */
const flush = ({ config, options, slots }: Context, sid: Sid): Group => {
  const disk = slots.disk[sid]!;
  return group({
    name: `flush ${sid}`,
    urgency: 'progress',
    when: [read(slots.server[sid]!, isUp), read(disk, hasPending)],
    reads: [read(slots.server[sid]!), read(disk, pendingHead)],
    outcomes: ([server, operation]) => {
      const writes = new Writes().operate(disk, 'flush');
      const event = { type: 'Flushed', operation: operation! } as const;
      const { handler } = carry(config, slots, options.persistence, writes, server!, event);
      return [writes.outcome({ name: handler, server: sid, write: operation!.write })];
    },
  });
};

/** A thread of a server's own comes to what it has to do. Only in variants that tell threads apart. */
const turn = ({ config, options, slots }: Context, sid: Sid, of: Thread): Group =>
  group({
    name: `${of} turn ${sid}`,
    urgency: 'progress',
    when: [read(slots.server[sid]!, takesTurn(of))],
    reads: [read(slots.server[sid]!)],
    outcomes: ([server]) => {
      const writes = new Writes();
      const { handler } = carry(config, slots, options.persistence, writes, server!, { type: 'Turn', of });
      return [writes.outcome({ name: handler, server: sid })];
    },
  });

export const protocolGroups = (context: Context): readonly Group[] => {
  const { config, options, slots } = context;
  const links = orderedPairs(slots.sids);
  // Observers hear from voters, and voters from observers; observers have nothing to say to each other.
  const elections =
    config.election === 'fle'
      ? links.filter(([from, to]) => config.voters.includes(from) || config.voters.includes(to))
      : [];
  const { racesWithFlush, commitsApart, receiveQueue } = config.rules;
  const queuesVotes = config.election === 'fle' && receiveQueue > 0;
  return [
    ...links.map(([from, to]) => deliver(context, from, to)),
    ...links.map(([from, to]) => closed(context, from, to)),
    ...links.map(([learner, leader]) => connect(context, learner, leader)),
    ...elections.map(([from, to]) => notified(context, from, to)),
    ...(config.election === 'fle' ? slots.sids.map((sid) => finalizeWait(context, sid)) : []),
    ...elections
      .filter(([, to]) => config.voters.includes(to))
      .map(([from, to]) => resend(context, from, to)),
    ...(queuesVotes ? slots.sids.map((sid) => turn(context, sid, 'election')) : []),
    ...(racesWithFlush || commitsApart ? slots.sids.map((sid) => turn(context, sid, 'main')) : []),
    ...(commitsApart ? slots.sids.map((sid) => turn(context, sid, 'commit')) : []),
    ...(options.persistence === 'async' ? slots.sids.map((sid) => flush(context, sid)) : []),
  ];
};
