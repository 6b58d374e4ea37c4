/**
 * Planted defects: each overrides one or two named rules, and is planted for the invariant that it breaks first. They
 * show that every check can fail; `docs/` and the checker's tests say with which bounds.
 */
import { lastZxid, truncate } from './history.js';
import { type Rules, zabRules } from './rules.js';
import { zookeeperDefects } from './zookeeper-defects.js';
import { counterOf, epochOf } from './zxid.js';

export interface DefectRule {
  readonly name: string;
  readonly summary: string;
  readonly invariant: string;
  readonly rules: Partial<Rules>;
}

const planted: readonly DefectRule[] = [
  {
    name: 'two-leaders-from-a-stale-vote',
    summary: 'a leader counts the ACKEPOCH of a follower that had voted for the same epoch before',
    invariant: 'SingleLeader',
    rules: { countsAckEpoch: () => true },
  },
  {
    name: 'discard-uncommitted',
    summary: 'a new leader forgets what it does not know to be committed, as a popular account has it',
    invariant: 'CommitDurability',
    rules: { leadsWith: truncate },
  },
  {
    name: 'no-epoch-check-on-newleader',
    summary: 'a follower goes with any leader, however old the epoch that it offers, and no leader minds',
    invariant: 'QuorumDurability',
    rules: {
      acceptEpoch: (accepted, offered) => (offered === accepted ? 'again' : 'adopt'),
      yieldsToLaterEpoch: false,
    },
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
    name: 'ack-outlives-truncation',
    summary: 'a follower that rejoins still counts for proposals that TRUNC has just cut off its disk',
    invariant: 'QuorumDurability',
    rules: { retractsAcknowledgements: false },
  },
  {
    name: 'epoch-before-history',
    summary: 'NEWLEADER makes the epoch durable before the history that belongs to it',
    invariant: 'QuorumDurability',
    rules: {
      logsSynchronization: 'at NEWLEADER',
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
    name: 'observer-skips-earlier-epochs',
    summary: "an observer takes of a synchronization only what is of the leader's own epoch",
    invariant: 'PrefixConsistency',
    rules: {
      takesSynchronized: (self, zxid) => self.state === 'FOLLOWING' || epochOf(zxid) === self.acceptedEpoch,
    },
  },
  {
    name: 'observer-compares-lengths',
    summary: 'an observer that has as many transactions as a snapshot takes it for one of what it has',
    invariant: 'PrefixConsistency',
    rules: {
      restores: ({ state, history }, snapshot) =>
        state === 'OBSERVING' && history.entries.length >= snapshot.entries.length ? history : snapshot,
    },
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
      recovered: ({ entries, ...others }) => ({
        ...others,
        entries: entries.length > 1 ? entries.slice(1) : entries,
      }),
    },
  },
  {
    name: 'zxid-of-another-epoch',
    summary: 'a leader of an odd epoch numbers its proposals as if it were two epochs later',
    invariant: 'GlobalPrimaryOrder',
    rules: {
      nextZxid: (epoch, last) => zabRules.nextZxid(epoch % 2 === 1 ? epoch + 2 : epoch, last),
      follows: (previous, next) =>
        epochOf(next) === epochOf(previous) ? zabRules.follows(previous, next) : counterOf(next) === 1,
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
    summary: 'a follower keeps its divergent tail of an earlier epoch when it is told to cut it off',
    invariant: 'HistoryConsistency',
    rules: { truncates: ({ history, acceptedEpoch }) => epochOf(lastZxid(history)) === acceptedEpoch },
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

export const defects: readonly DefectRule[] = [...planted, ...zookeeperDefects];
