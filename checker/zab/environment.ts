/**
 * What the environment does: client requests, and faults within their budgets (SEMANTICS of the fault model). And the
 * suspicion timers: free where they are justified, a fault where they are not.
 */
import { hasMajority, isVoter } from '../../spec/config.js';
import type { Server } from '../../spec/server.js';
import type { Event } from '../../spec/step.js';
import { boot } from '../../spec/reducer.js';
import type { Sid } from '../../spec/zxid.js';
import { type Group, group, type Outcome, type Read, read, type Urgency } from '../model.js';
import { carry, carryStep, Writes } from './carry.js';
import { hasMessage, headNotification, isOpen } from './channels.js';
import { type Context, mayGiveUp, mayReceiveVote, orderedPairs, pairs } from './context.js';
import type { Partitions } from './slots.js';
import {
  areConnected,
  arePartitioned,
  cutOff,
  follows,
  isBusy,
  isDown,
  isEstablished,
  isLeft,
  isPreparing,
  isUp,
  isWaiting,
  linked,
  nextTxn,
  pendingCount,
  recovered,
  takesRequests,
  wants,
} from './views.js';

const request = ({ config, options, slots }: Context, sid: Sid): Group =>
  group({
    name: `request ${sid}`,
    urgency: 'environment',
    when: [
      read(slots.budgets, isLeft('txns')),
      read(slots.server[sid]!, options.clients === 'leader' ? isEstablished : takesRequests),
    ],
    reads: [read(slots.server[sid]!), read(slots.budgets, nextTxn)],
    outcomes: ([server, payload]) => {
      const writes = new Writes().operate(slots.budgets, 'txns');
      const event: Event = { type: 'Request', request: { payload, origin: sid } };
      const { handler } = carry(config, slots, options.persistence, writes, server!, event);
      return [writes.outcome({ name: handler, server: sid, txn: payload })];
    },
  });

/** One action for every prefix of the pending writes that the disk may keep. */
const crash = ({ slots, options }: Context, sid: Sid): Group => {
  const others = slots.sids.filter((other) => other !== sid);
  const disk = slots.disk[sid]!;
  return group({
    name: `crash ${sid}`,
    urgency: 'environment',
    when: [read(slots.budgets, isLeft('crashes')), read(slots.server[sid]!, isUp)],
    reads: [read(disk, pendingCount)],
    outcomes: ([pending]) =>
      Array.from({ length: pending + 1 }, (_, kept): Outcome => {
        const writes = new Writes().operate(slots.budgets, 'crashes').put(slots.server[sid]!, null);
        if (pending > 0) writes.operate(disk, { crash: kept });
        for (const other of others) {
          writes.operate(slots.link[sid]![other]!, 'close').operate(slots.link[other]![sid]!, 'drop');
          writes.operate(slots.election[other]?.[sid], 'close');
        }
        const lost = options.persistence === 'async' ? { kept, of: pending } : {};
        return writes.outcome({ name: 'crash', server: sid, ...lost });
      }),
  });
};

const restart = ({ config, options, slots }: Context, sid: Sid): Group => {
  const others = slots.sids.filter((other) => other !== sid);
  return group({
    name: `restart ${sid}`,
    urgency: 'environment',
    when: [read(slots.server[sid]!, isDown), read(slots.budgets, isLeft('restarts'))],
    reads: [read(slots.disk[sid]!, recovered), read(slots.partitions, cutOff(sid))],
    outcomes: ([disk, unreachable]) => {
      const writes = new Writes();
      if (options.restarts !== 'free') writes.operate(slots.budgets, 'restarts');
      for (const other of others)
        if (!unreachable.includes(other)) writes.operate(slots.election[other]?.[sid], 'open');
      carryStep(config, slots, options.persistence, writes, null, boot(config, sid, disk));
      return [writes.outcome({ name: 'restart', server: sid })];
    },
  });
};

const lose = ({ slots }: Context, from: Sid, to: Sid): Group => {
  const channel = slots.election[from]![to]!;
  return group({
    name: `lose ${from}-${to}`,
    urgency: 'environment',
    when: [read(slots.budgets, isLeft('losses')), read(channel, hasMessage)],
    reads: [],
    outcomes: () => [
      new Writes()
        .operate(slots.budgets, 'losses')
        .operate(channel, 'receive')
        .outcome({ name: 'loseNotification', from, to }),
    ],
  });
};

/** The oldest notification arrives, and stays to arrive once more. */
const duplicate = (context: Context, from: Sid, to: Sid): Group => {
  const { config, options, slots } = context;
  const channel = slots.election[from]![to]!;
  return group({
    name: `duplicate ${from}-${to}`,
    urgency: 'environment',
    when: [
      read(slots.budgets, isLeft('duplicates')),
      read(channel, hasMessage),
      ...mayReceiveVote(context, to),
    ],
    reads: [read(slots.server[to]!), read(channel, headNotification)],
    outcomes: ([server, notification]) => {
      const writes = new Writes().operate(slots.budgets, 'duplicates');
      const event: Event = { type: 'Notified', from, notification: notification! };
      carry(config, slots, options.persistence, writes, server!, event);
      return [writes.outcome({ name: 'duplicateNotification', server: to, from })];
    },
  });
};

/** A link breaks, in both directions; each end will be told. One group a direction that is still open. */
const cut = ({ slots }: Context, a: Sid, b: Sid): Group =>
  group({
    name: `cut ${a}-${b}`,
    urgency: 'environment',
    when: [read(slots.budgets, isLeft('cuts'))],
    reads: [read(slots.link[a]![b]!, isOpen), read(slots.link[b]![a]!, isOpen)],
    outcomes: ([there, back]) =>
      there || back
        ? [
            new Writes()
              .operate(slots.budgets, 'cuts')
              .operate(slots.link[a]![b]!, 'cut')
              .operate(slots.link[b]![a]!, 'cut')
              .outcome({ name: 'cut', between: [a, b] }),
          ]
        : [],
  });

const partition = ({ slots }: Context, a: Sid, b: Sid): Group =>
  group({
    name: `partition ${a}-${b}`,
    urgency: 'environment',
    when: [read(slots.budgets, isLeft('partitions')), read(slots.partitions, areConnected(a, b))],
    reads: [read(slots.partitions)],
    outcomes: ([partitions]) => {
      const next = [...partitions, [a, b] as const].sort((x, y) => x[0] - y[0] || x[1] - y[1]);
      return [
        new Writes()
          .operate(slots.budgets, 'partitions')
          .put(slots.partitions, next as Partitions)
          .operate(slots.link[a]![b]!, 'partition')
          .operate(slots.link[b]![a]!, 'partition')
          .operate(slots.election[a]?.[b], 'close')
          .operate(slots.election[b]?.[a], 'close')
          .outcome({ name: 'partition', between: [a, b] }),
      ];
    },
  });

const heal = ({ slots }: Context, a: Sid, b: Sid): Group =>
  group({
    name: `heal ${a}-${b}`,
    urgency: 'environment',
    when: [read(slots.partitions, arePartitioned(a, b))],
    reads: [read(slots.partitions), read(slots.server[a]!, isUp), read(slots.server[b]!, isUp)],
    outcomes: ([partitions, aIsUp, bIsUp]) => {
      const writes = new Writes()
        .put(slots.partitions, partitions.filter(([x, y]) => x !== a || y !== b) as Partitions)
        .operate(slots.link[a]![b]!, 'heal')
        .operate(slots.link[b]![a]!, 'heal');
      if (bIsUp) writes.operate(slots.election[a]?.[b], 'open');
      if (aIsUp) writes.operate(slots.election[b]?.[a], 'open');
      return [writes.outcome({ name: 'heal', between: [a, b] })];
    },
  });

// --- suspicion timers

/** A server gives up. `because` says what justified it. */
const giveUp = (
  { config, options, slots }: Context,
  server: Server,
  because: string,
  writes = new Writes(),
): Outcome => {
  const { handler } = carry(config, slots, options.persistence, writes, server, { type: 'Timeout' });
  return writes.outcome({ name: handler, server: server.sid, because });
};

const timer = (
  context: Context,
  sid: Sid,
  because: string,
  urgency: Urgency,
  when: readonly Read<boolean>[],
): Group =>
  group({
    name: `timeout ${sid}: ${because}`,
    urgency,
    when: [...when, ...mayGiveUp(context, sid)],
    reads: [read(context.slots.server[sid]!)],
    outcomes: ([server]) => [giveUp(context, server!, because)],
  });

/**
 * A learner's leader cannot be reached. (A link that breaks is told by `Closed`; this is what is never told.) Over a
 * partition no end of a link is told either, whether the leader lives or not.
 */
const learnerTimers = (context: Context, learner: Sid, leader: Sid): readonly Group[] => {
  const { slots } = context;
  const [self, other] = [slots.server[learner]!, slots.server[leader]!];
  return [
    timer(context, learner, `${leader} is down`, 'progress', [
      read(self, wants(leader)),
      read(other, isDown),
      read(slots.partitions, areConnected(learner, leader)),
    ]),
    timer(context, learner, `${leader} is cut off`, 'progress', [
      read(self, follows(leader)),
      read(slots.partitions, arePartitioned(learner, leader)),
    ]),
  ];
};

/** No quorum can come: too few voters are up and reachable. */
const preparingTimer = (context: Context, sid: Sid): Group => {
  const { config, slots } = context;
  const others = config.voters.filter((other) => other !== sid);
  return group({
    name: `timeout ${sid}: no quorum to come`,
    urgency: 'progress',
    when: [read(slots.server[sid]!, isPreparing), ...mayGiveUp(context, sid)],
    reads: [
      read(slots.server[sid]!),
      read(slots.partitions, cutOff(sid)),
      ...others.map((other) => read(slots.server[other]!, isUp)),
    ] as readonly Read<any>[],
    outcomes: ([server, unreachable, ...up]: readonly any[]) => {
      const able = others.filter((other, i) => up[i] && !unreachable.includes(other));
      return hasMajority(config, [sid, ...able]) ? [] : [giveUp(context, server, 'no quorum can come')];
    },
  });
};

/** The links of a quorum are gone. ZooKeeper: a leader's tick without enough synced followers. */
const establishedTimer = (context: Context, sid: Sid): Group => {
  const { config, slots } = context;
  return group({
    name: `timeout ${sid}: quorum lost`,
    urgency: 'progress',
    when: [read(slots.server[sid]!, isEstablished), ...mayGiveUp(context, sid)],
    reads: [read(slots.server[sid]!, linked), read(slots.partitions, cutOff(sid)), read(slots.server[sid]!)],
    outcomes: ([learners, unreachable, server]) => {
      const able = learners!.filter((other) => isVoter(config, other) && !unreachable.includes(other));
      return hasMajority(config, [sid, ...able]) ? [] : [giveUp(context, server!, 'the quorum is gone')];
    },
  });
};

const spurious = (context: Context, sid: Sid): Group => {
  const { slots } = context;
  return group({
    name: `timeout ${sid}: spurious`,
    urgency: 'environment',
    when: [
      read(slots.budgets, isLeft('timeouts')),
      read(slots.server[sid]!, isBusy),
      ...mayGiveUp(context, sid),
    ],
    reads: [read(slots.server[sid]!)],
    outcomes: ([server]) => [
      giveUp(context, server!, 'nothing', new Writes().operate(slots.budgets, 'timeouts')),
    ],
  });
};

export const environmentGroups = (context: Context): readonly Group[] => {
  const { config, options, slots } = context;
  const elections = config.election === 'fle' ? orderedPairs(slots.sids) : [];
  const when = (budget: number, make: () => readonly Group[]) => (budget > 0 ? make() : []);
  return [
    ...orderedPairs(slots.sids).flatMap(([learner, leader]) =>
      isVoter(config, leader) ? learnerTimers(context, learner, leader) : [],
    ),
    ...config.voters.map((sid) => preparingTimer(context, sid)),
    ...config.voters.map((sid) => establishedTimer(context, sid)),
    ...slots.sids.map((sid) =>
      timer(context, sid, 'all is silent', 'idle', [read(slots.server[sid]!, isWaiting)]),
    ),
    ...when(options.txns, () => slots.sids.map((sid) => request(context, sid))),
    ...when(options.crashes, () => slots.sids.map((sid) => crash(context, sid))),
    ...when(options.crashes, () => slots.sids.map((sid) => restart(context, sid))),
    ...when(options.timeouts, () => slots.sids.map((sid) => spurious(context, sid))),
    ...when(options.cuts, () => pairs(slots.sids).map(([a, b]) => cut(context, a, b))),
    ...when(options.partitions, () => pairs(slots.sids).map(([a, b]) => partition(context, a, b))),
    ...when(options.partitions, () => pairs(slots.sids).map(([a, b]) => heal(context, a, b))),
    ...when(options.losses, () => elections.map(([from, to]) => lose(context, from, to))),
    ...when(options.duplicates, () => elections.map(([from, to]) => duplicate(context, from, to))),
  ];
};
