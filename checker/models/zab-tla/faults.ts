/**
 * What may go wrong: a leader and a follower lose each other, a server restarts. Both end connections on both sides at
 * once, and a leader left with too few learners takes them all down with it.
 *
 * As published, a restart spends a timeout as well, so a configuration without timeouts has no restarts either.
 */
import { apply, type Group, group, type Outcome, type Read, read, type Write } from '../../model.js';
import { type Ensemble, outcome } from './ensemble.js';
import { clean, cleanInputBuffer } from './network.js';
import { noZxid, type Sid } from './txns.js';
import type { Role } from './variables.js';
import { follows, hasLearner, isLeader, isLooking, isUnconnectedFollower, learnersOf } from './views.js';

/** Timeout(i, j), between a leader and its follower. */
export const timeout = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `timeout(${i},${j})`,
    urgency: 'environment',
    when: [
      read(e.role[j]!, follows(i)),
      read(e.budgets, e.within.timeouts),
      read(e.role[i]!, isLeader),
      read(e.leader[i]!, hasLearner(j)),
    ],
    reads: [read(e.leader[i]!, learnersOf)],
    outcomes: ([learners]): readonly Outcome[] => [
      outcome(
        e,
        { name: 'Timeout', server: i, peer: j },
        followerLost(e, i, j, learners),
        apply(e.budgets, { spend: ['nTimeout'] }),
      ),
    ],
  });

/** Restart(i): what is durable stays; what had been delivered is to be learned again. */
export const restart = (e: Ensemble, i: Sid): readonly Group[] => [
  restartWhere(e, i, 'looking', [read(e.role[i]!, isLooking)], () => []),
  restartWhere(e, i, 'alone', [read(e.role[i]!, isUnconnectedFollower)], () => [
    lookForLeader(e, i),
    ...cleanInputBuffer(e, [i]),
  ]),
  ...e.servers
    .filter((leader) => leader !== i)
    .map((leader) =>
      restartWhere(
        e,
        i,
        `following ${leader}`,
        [read(e.role[i]!, follows(leader))],
        (learners) => followerLost(e, leader, i, learners),
        leader,
      ),
    ),
  restartWhere(e, i, 'leading', [read(e.role[i]!, isLeader)], (learners) => leaderShutdown(e, i, learners)),
];

const restartWhere = (
  e: Ensemble,
  i: Sid,
  where: string,
  when: readonly Read<boolean>[],
  disconnect: (learners: readonly Sid[]) => readonly Write[],
  leader: Sid = i,
): Group =>
  group({
    name: `restart(${i}) ${where}`,
    urgency: 'environment',
    when: [read(e.budgets, e.within.timeouts), read(e.budgets, e.within.restarts), ...when],
    reads: [read(e.leader[leader]!, learnersOf)],
    outcomes: ([learners]): readonly Outcome[] => [
      outcome(
        e,
        { name: 'Restart', server: i },
        disconnect(learners),
        apply(e.log[i]!, { lastCommitted: { index: 0, zxid: noZxid } }),
        apply(e.budgets, { spend: ['nTimeout', 'nRestart'] }),
      ),
    ],
  });

/** A leader without this follower: it goes on if a quorum of learners is left, and gives up otherwise. */
const followerLost = (e: Ensemble, leader: Sid, follower: Sid, learners: readonly Sid[]): readonly Write[] =>
  e.isQuorum(learners.filter((sid) => sid !== follower).length)
    ? abandonLeader(e, follower, leader)
    : leaderShutdown(e, leader, learners);

/** FollowerShutdown, RemoveLearner and Clean. */
export const abandonLeader = (e: Ensemble, follower: Sid, leader: Sid): readonly Write[] => [
  lookForLeader(e, follower),
  apply(e.leader[leader]!, { type: 'learnerLost', sid: follower }),
  ...clean(e, follower, leader),
];

/** LeaderShutdown: itself and all its learners look for a leader again; what it had received stays behind. */
const leaderShutdown = (e: Ensemble, leader: Sid, learners: readonly Sid[]): readonly Write[] => [
  ...learners.map((sid) => lookForLeader(e, sid)),
  ...cleanInputBuffer(e, learners),
  apply(e.leader[leader]!, { type: 'learnersLost' }),
];

const looking: Role = { state: 'LOOKING', zabState: 'ELECTION', connectInfo: null };
const lookForLeader = (e: Ensemble, sid: Sid): Write => apply(e.role[sid]!, looking);
