/**
 * ZooKeeper's protocol specification Zab.tla, action by action, so that this checker and TLC do the very same work:
 * the same states, and as many successors as TLC enumerates of Next. It follows that specification as published, its
 * oddities included; where a single state has several successors that are equal, because several parts of a disjunction
 * hold, each is listed, as TLC does. `zab-tla/` has its variables and its actions; the order of groups is that of Next.
 */
import { z } from 'zod';
import type { Defect, ModelDefinition, Preset } from '../definition.js';
import type { Group, Model } from '../model.js';
import {
  followerProcessCOMMIT,
  followerProcessPROPOSE,
  leaderBroadcastPROPOSE,
  leaderProcessACK,
  leaderProcessRequest,
} from './zab-tla/broadcast.js';
import {
  connectAndFollowerSendCEPOCH,
  followerProcessNEWEPOCH,
  leaderProcessACKEPOCH,
  leaderProcessCEPOCH,
} from './zab-tla/discovery.js';
import { election } from './zab-tla/election.js';
import { allSlots, type Config, type Ensemble, ensemble } from './zab-tla/ensemble.js';
import { restart, timeout } from './zab-tla/faults.js';
import { filterNonexistentMessage } from './zab-tla/filter.js';
import { goals } from './zab-tla/goals.js';
import { invariants } from './zab-tla/properties.js';
import { serverSymmetry } from './zab-tla/symmetry.js';
import {
  followerProcessCOMMITLD,
  followerProcessNEWLEADER,
  leaderProcessACKLD,
} from './zab-tla/synchronization.js';
import type { Sid } from './zab-tla/txns.js';

const defects: readonly Defect[] = [
  {
    name: 'propose-after-ACKLD',
    summary: 'proposals go only to those whose ACKLD has come, not to those whose ACKEPOCH has',
    invariant: 'ShouldNotBeTriggered',
    config: { txns: 1 },
  },
  {
    name: 'redundant-propose-refused',
    summary: 'a proposal that a follower got with its NEWLEADER must not be proposed to it again',
    invariant: 'ShouldNotBeTriggered',
    config: { txns: 1 },
  },
  {
    name: 'commitld-of-ackld',
    summary: 'COMMITLD carries the zxid of the ACKLD, not the latest that the leader has committed',
    invariant: 'ShouldNotBeTriggered',
    config: { txns: 2 },
  },
  {
    name: 'half-is-quorum',
    summary: 'half of the servers count as a quorum; shows with an even number of servers',
    invariant: 'Leadership1',
    config: { servers: 4, txns: 0 },
  },
  {
    name: 'epoch-reused',
    summary: 'a leader proposes the latest epoch known to its quorum again, not the next',
    invariant: 'Leadership2',
    config: { servers: 2, txns: 0, timeouts: 1 },
  },
  {
    name: 'own-history',
    summary: 'a leader begins with its own history, not with the latest of its quorum',
    invariant: 'PrefixConsistency',
    config: { txns: 2, timeouts: 1 },
  },
  {
    name: 'history-not-adopted',
    summary: "a follower acknowledges the leader's history and keeps its own",
    invariant: 'ShouldNotBeTriggered',
    config: { servers: 2, txns: 2, timeouts: 2 },
  },
  {
    name: 'value-lost',
    summary: 'a follower stores the zxid of a proposal and loses its value',
    invariant: 'Integrity',
    config: { txns: 1 },
  },
  {
    name: 'history-reversed',
    summary: 'a leader takes over a history newest first',
    invariant: 'LocalPrimaryOrderOfAll',
    config: { servers: 2, txns: 2, timeouts: 2 },
  },
  {
    name: 'leader-uncommitted',
    summary: 'a leader has its followers commit the initial history, and does not itself',
    invariant: 'PrimaryIntegrity',
    config: { servers: 2, txns: 1, timeouts: 1 },
  },
];

const schema = z.strictObject({
  servers: z.int().min(2).max(5).default(3).describe('number of servers'),
  txns: z
    .int()
    .min(0)
    .max(4)
    .default(1)
    .describe('transactions that clients may request (MaxTransactionNum)'),
  timeouts: z
    .int()
    .min(0)
    .max(4)
    .default(0)
    .describe('timeouts between leader and follower (MaxTimeoutFailures)'),
  restarts: z
    .int()
    .min(0)
    .max(4)
    .default(0)
    .describe('restarts; each spends a timeout as well (MaxRestarts)'),
  maxEpoch: z.int().min(1).max(10).default(3).describe('epochs that leaders may propose (MaxEpoch)'),
  recorder: z
    .enum(['full', 'counts'])
    .default('full')
    .describe(
      'what the state remembers of its past: the budgets and the last action (as TLC counts), or the budgets',
    ),
  defect: z
    .enum(['none', ...defects.map(({ name }) => name)])
    .default('none')
    .describe('a planted defect'),
});

const actions = [
  'UpdateLeader',
  'FollowLeader',
  'Timeout',
  'Restart',
  'ConnectAndFollowerSendCEPOCH',
  'LeaderProcessCEPOCH',
  'FollowerProcessNEWEPOCH',
  'LeaderProcessACKEPOCH',
  'FollowerProcessNEWLEADER',
  'LeaderProcessACKLD',
  'FollowerProcessCOMMITLD',
  'LeaderProcessRequest',
  'LeaderBroadcastPROPOSE',
  'FollowerProcessPROPOSE',
  'LeaderProcessACK',
  'FollowerProcessCOMMIT',
  'FilterNonexistentMessage',
];

/** Next. */
const groups = (e: Ensemble): readonly Group[] => {
  const each = (action: (e: Ensemble, i: Sid) => Group | readonly Group[]): readonly Group[] =>
    e.servers.flatMap((i) => action(e, i));
  const eachPair = (action: (e: Ensemble, i: Sid, j: Sid) => Group | readonly Group[]): readonly Group[] =>
    e.servers.flatMap((i) => e.servers.filter((j) => j !== i).flatMap((j) => action(e, i, j)));
  const { timeouts, restarts } = e.config;
  return [
    ...each(election),
    // Without a budget they could never happen, and asking in every state costs time.
    ...(timeouts > 0 ? eachPair(timeout) : []),
    ...(timeouts > 0 && restarts > 0 ? each(restart) : []),
    ...eachPair(connectAndFollowerSendCEPOCH),
    ...eachPair(leaderProcessCEPOCH),
    ...eachPair(followerProcessNEWEPOCH),
    ...eachPair(leaderProcessACKEPOCH),
    ...eachPair(followerProcessNEWLEADER),
    ...eachPair(leaderProcessACKLD),
    ...eachPair(followerProcessCOMMITLD),
    ...each(leaderProcessRequest),
    ...each(leaderBroadcastPROPOSE),
    ...eachPair(followerProcessPROPOSE),
    ...eachPair(leaderProcessACK),
    ...eachPair(followerProcessCOMMIT),
    ...eachPair(filterNonexistentMessage),
  ];
};

const build = (config: Readonly<Record<string, unknown>>): Model => {
  const parsed = schema.parse(config);
  const e = ensemble(parsed);
  return {
    name: 'zab-tla',
    config: parsed,
    slots: allSlots(e),
    groups: groups(e),
    invariants: invariants(e),
    goals: goals(e),
    actions,
    symmetry: serverSymmetry(e),
  };
};

type Bounds = readonly [servers: number, txns: number, timeouts: number, restarts: number];
type Counts = readonly [distinct: number, generated: number, depth: number];

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

const preset = (bounds: Bounds, counts: Counts, recorder: Config['recorder'] = 'full'): Preset => {
  const [servers, txns, timeouts, restarts] = bounds;
  const what = [
    counted(servers, 'server'),
    counted(txns, 'txn'),
    counted(timeouts, 'timeout'),
    counted(restarts, 'restart'),
  ].join(', ');
  return {
    name: `${bounds.join('-')}${recorder === 'full' ? '' : '-counts'}`,
    summary: `${what}, ${recorder === 'full' ? 'as TLC counts' : 'without the last action'}`,
    config: { servers, txns, timeouts, restarts, recorder },
    suite: counts[0] < 200_000,
    pinned: { distinct: counts[0], generated: counts[1], depth: counts[2] },
  };
};

/** With TLC's counts, whose depth includes the initial state and so is one more; the last one is ours alone. */
const presets: readonly Preset[] = [
  preset([3, 1, 0, 0], [2_653, 5_170, 24]),
  preset([3, 2, 0, 0], [21_871, 53_941, 31]),
  preset([2, 2, 2, 0], [30_993, 39_957, 37]),
  preset([2, 2, 2, 0], [26_695, 33_521, 37], 'counts'),
  preset([3, 1, 1, 0], [144_202, 285_970, 33]),
  preset([3, 1, 1, 0], [75_379, 149_614, 33], 'counts'),
  preset([3, 2, 1, 0], [1_507_798, 3_659_611, 42]),
  // Published as not finished by TLC in 24 hours. A search for orbits adds up to the very same counts.
  preset([3, 2, 2, 1], [265_630_030, 582_568_885, 58]),
];

export const zabTla: ModelDefinition = {
  name: 'zab-tla',
  summary: "ZooKeeper's protocol specification Zab.tla, action by action, as TLC checks it",
  schema,
  presets,
  variants: [],
  defects,
  scenarios: [],
  build,
};
