/**
 * Planted defects: each overrides one or two named rules, and is planted for the invariant that it breaks first. They
 * show that every check can fail; `docs/` and the checker's tests say with which bounds.
 */
import type { Rules } from './rules.js';
import { zabRules } from './rules.js';
import { counterOf, epochOf, makeZxid } from './zxid.js';

export interface DefectRule {
  readonly name: string;
  readonly summary: string;
  readonly invariant: string;
  readonly rules: Partial<Rules>;
}

export const defects: readonly DefectRule[] = [
  {
    name: 'two-leaders-from-a-stale-vote',
    summary: 'a leader counts the ACKEPOCH of a follower that had voted for the same epoch before',
    invariant: 'SingleLeader',
    rules: { countsAckEpoch: () => true },
  },
  {
    name: 'no-epoch-check-on-newleader',
    summary: 'a follower goes with any leader, however old the epoch that it offers',
    invariant: 'CommitDurability',
    rules: { acceptEpoch: (accepted, offered) => (offered === accepted ? 'again' : 'adopt') },
  },
  {
    name: 'commit-without-quorum',
    summary: 'a leader commits as soon as one server, itself say, has the proposal on disk',
    invariant: 'QuorumDurability',
    rules: {
      isQuorum: (config, of, sids) =>
        of === 'commit' ? sids.length > 0 : zabRules.isQuorum(config, of, sids),
    },
  },
  {
    name: 'ack-before-flush',
    summary: 'a follower acknowledges a proposal before it is on disk',
    invariant: 'QuorumDurability',
    rules: { acknowledgesUnflushed: true },
  },
  {
    name: 'epoch-before-history',
    summary: 'NEWLEADER makes the epoch durable before the history that belongs to it',
    invariant: 'QuorumDurability',
    rules: {
      defersSynchronization: true,
      newLeaderWrites: (epoch, deferred) => [
        { write: 'currentEpoch', epoch },
        ...deferred.map((txn) => ({ write: 'append', txn }) as const),
      ],
    },
  },
  {
    name: 'vote-without-zxid',
    summary: 'servers vote for the highest sid, and nobody compares histories',
    invariant: 'QuorumDurability',
    rules: { compareHistories: () => 0 },
  },
  {
    name: 'observer-skips-synchronization',
    summary: 'an observer takes what it is informed of, and not what it had missed before',
    invariant: 'PrefixConsistency',
    rules: { takesSynchronization: (state) => state === 'FOLLOWING' },
  },
  {
    name: 'duplicate-in-diff',
    summary: 'a DIFF starts with the last transaction that the learner has, and the learner logs it again',
    invariant: 'Integrity',
    rules: {
      isBeyond: (zxid, last) => zxid >= last,
      follows: (previous, next) => zabRules.follows(previous, next) || previous === next,
    },
  },
  {
    name: 'recovery-skips-first',
    summary: 'a restart loads the log without its first transaction, where there are several',
    invariant: 'LocalPrimaryOrder',
    rules: {
      recovered: ({ floor, entries }) => ({
        floor,
        entries: entries.length > 1 ? entries.slice(1) : entries,
      }),
    },
  },
  {
    name: 'epoch-wraps',
    summary: 'the epoch half of a zxid is one bit wide, so that it starts again at 0',
    invariant: 'GlobalPrimaryOrder',
    rules: {
      nextZxid: (epoch, last) =>
        makeZxid(epoch % 2, last !== 0 && epochOf(last) === epoch % 2 ? counterOf(last) + 1 : 1),
      follows: (previous, next) =>
        epochOf(next) === epochOf(previous)
          ? counterOf(next) === counterOf(previous) + 1
          : counterOf(next) === 1,
    },
  },
  {
    name: 'deliver-before-commit',
    summary: 'a follower delivers a proposal without waiting for its COMMIT',
    invariant: 'CommitConsistency',
    rules: { deliversProposals: true },
  },
  {
    name: 'forget-to-truncate',
    summary: 'a follower takes TRUNC for DIFF and keeps its divergent tail',
    invariant: 'HistoryConsistency',
    rules: { truncates: false },
  },
  {
    name: 'answer-before-commit',
    summary: 'a leader answers its client when it proposes',
    invariant: 'AcknowledgedNotLost',
    rules: { answersProposals: true },
  },
  {
    name: 'observer-counts',
    summary: 'acknowledgements of observers count towards the quorum',
    invariant: 'ObserversDoNotCount',
    rules: {
      counts: () => true,
      isQuorum: (config, _of, sids) => 2 * sids.length > config.voters.length,
    },
  },
  {
    name: 'forget-outstanding',
    summary: 'a new follower is not given the proposals that are not yet committed',
    invariant: 'NoUnexpected',
    rules: { forwardsOutstanding: false },
  },
  {
    name: 'silent-when-decided',
    summary: 'a server that follows or leads does not answer one that is looking for a leader',
    invariant: 'Progress',
    rules: { answersLooking: false },
  },
];
