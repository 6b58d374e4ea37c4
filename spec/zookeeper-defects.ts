/**
 * Defects that Apache ZooKeeper has had, by their JIRA. Each overrides the few rules that the real code got wrong;
 * traces/corpus has the shortest run that shows each, with its story.
 */
import type { DefectRule } from './defects.js';
import type { DiskOperation } from './disk.js';
import { truncate } from './history.js';
import { zabRules } from './rules.js';

/** Acknowledges NEWLEADER without waiting for the log: for the epoch only, if that is written first. */
const gateOnEpoch = ([first]: readonly DiskOperation[]): DiskOperation | null =>
  first?.write === 'currentEpoch' ? first : null;

export const zookeeperDefects: readonly DefectRule[] = [
  {
    name: 'ZOOKEEPER-2845',
    summary: 'the database in memory, kept over an election, lacks what is in the log and was not committed',
    invariant: 'CommitDurability',
    rules: {
      remembers: (self) =>
        self.phase === 'BROADCAST' ? truncate(self.history, self.committed) : zabRules.remembers(self),
    },
  },
  {
    name: 'ZOOKEEPER-3023',
    summary: 'UPTODATE is acknowledged, and the follower serves, before it has committed what it was brought',
    invariant: 'NoUnexpected',
    rules: { commitsApart: true },
  },
  {
    name: 'ZOOKEEPER-3911',
    summary: 'the transactions of a synchronization reach the log only after UPTODATE',
    invariant: 'QuorumDurability',
    rules: { logsSynchronization: 'at UPTODATE' },
  },
  {
    name: 'ZOOKEEPER-4394',
    summary: 'a COMMIT between NEWLEADER and UPTODATE finds its proposal forgotten (NullPointerException)',
    invariant: 'NoUnexpected',
    rules: { knowsCommitsBehindNewLeader: false },
  },
  {
    name: 'ZOOKEEPER-4643',
    summary: 'currentEpoch is durable before the transactions that NEWLEADER closes',
    invariant: 'QuorumDurability',
    rules: {
      logsSynchronization: 'at NEWLEADER',
      newLeaderWrites: (epoch, deferred) => [
        { write: 'currentEpoch', epoch },
        ...deferred.map((txn): DiskOperation => ({ write: 'append', txn })),
      ],
    },
  },
  {
    name: 'ZOOKEEPER-4646',
    summary: 'NEWLEADER is acknowledged before the transactions that it closes are on disk',
    invariant: 'QuorumDurability',
    rules: { logsSynchronization: 'at NEWLEADER', newLeaderGate: gateOnEpoch },
  },
  {
    name: 'ZOOKEEPER-4685',
    summary: 'the ACK of a proposal of the synchronization may overtake the ACK of NEWLEADER',
    invariant: 'NoUnexpected',
    rules: { logsSynchronization: 'at NEWLEADER', racesWithFlush: true },
  },
  {
    name: 'ZOOKEEPER-4712',
    summary: 'log writes still queued outlive the role that asked for them, and nobody knows of them',
    invariant: 'Integrity',
    rules: {
      remembers: (self) => {
        if (self.state === 'LEADING' || self.phase === 'DISCOVERY') return self.history;
        const { entries } = self.history;
        const queued = entries.findIndex(({ zxid }) => self.unacknowledged.includes(zxid));
        return queued < 0 ? self.history : { ...self.history, entries: entries.slice(0, queued) };
      },
    },
  },
  {
    name: 'forget-synchronization',
    summary:
      'a learner that gives up in the middle of a synchronization votes without what it has logged there',
    invariant: 'CommitDurability',
    // Seen of 3.8.0: a server that does not run yet is not shut down, and its database not brought forward.
    rules: { forgetsSynchronization: true },
  },
  {
    name: 'ZOOKEEPER-4925',
    summary: 'what a synchronization commits is missing from the list that a later leader makes DIFF from',
    invariant: 'PrefixConsistency',
    // A gap in what the leader sends was logged as a warning, no more.
    rules: { keepsCommittedLog: true, follows: (previous, next) => next > previous },
  },
];
