/**
 * The volatile state of a server: a union on `state`, then on `phase`, so that a field exists only where something
 * will still read it. What is durable is another type (see disk.ts); the epochs and the history here are the server's
 * own idea of them, ahead of the disk by what is pending there.
 */
import type { History, Txn } from './history.js';
import type { Notification, Vote } from './messages.js';
import type { Sid, Zxid } from './zxid.js';

interface Common {
  readonly sid: Sid;
  /** f.p in the paper: the newest epoch proposed to this server (NEWEPOCH). */
  readonly acceptedEpoch: number;
  /** f.a in the paper: the newest epoch whose NEWLEADER it acknowledged. */
  readonly currentEpoch: number;
  readonly history: History;
  /** Newest zxid known to be committed; forgotten in a crash. */
  readonly committed: Zxid;
  /**
   * The vote that this server holds, and in which round. ZooKeeper: currentVote and logicalclock. In a round of the
   * coarse election grains nobody votes, and the round stays 0.
   */
  readonly vote: Vote & { readonly electionEpoch: number };
  /** Only where a variant keeps it: what DIFF is made from, instead of the history. ZooKeeper: ZKDatabase. */
  readonly committedLog?: readonly Txn[];
}

export type Received = Vote & Pick<Notification, 'state'>;

export interface Looking extends Common {
  readonly state: 'LOOKING';
  /** Only in variants: it gave up its role with a proposal that it had neither acknowledged nor discarded. */
  readonly inHand?: true;
  /** Votes of this round by voter, its own apart. ZooKeeper: recvset. */
  readonly received: Readonly<Record<Sid, Received>>;
  /** Votes of servers that are not looking, of whatever round. ZooKeeper: outofelection. */
  readonly outOfElection: Readonly<Record<Sid, Notification>>;
  /** Only in variants: votes received and not counted yet, the oldest first. ZooKeeper: recvqueue. */
  readonly receiveQueue?: readonly { readonly from: Sid; readonly notification: Notification }[];
  /** Only in variants: a quorum votes alike, and what comes is held against its vote alone. ZooKeeper: finalizeWait. */
  readonly finalizing?: true;
}

interface Learning extends Common {
  readonly state: 'FOLLOWING' | 'OBSERVING';
  readonly leader: Sid;
}

export interface DiscoveringLearner extends Learning {
  readonly phase: 'DISCOVERY';
  /** `flush`: the accepted epoch is being made durable; `sync`: ACKEPOCH is sent. */
  readonly awaits: 'connection' | 'LEADERINFO' | 'flush' | 'sync';
  /** What ACKEPOCH will say; exists while awaiting the flush. */
  readonly ackEpoch?: number;
}

export interface SynchronizingLearner extends Learning {
  readonly phase: 'SYNCHRONIZATION';
  /** `turn`: only in variants, the thread that acknowledges NEWLEADER is yet to come to it. */
  readonly awaits: 'NEWLEADER' | 'flush' | 'turn' | 'UPTODATE';
  /** What UPTODATE will commit. */
  readonly commitTo: Zxid;
  /** Proposals behind NEWLEADER that are not yet flushed, hence not yet acknowledged. */
  readonly unacknowledged: readonly Zxid[];
  /** Proposals of the synchronization that are not yet given to the disk; empty unless a variant defers them. */
  readonly deferred: readonly Txn[];
  /** The operation whose flush lets NEWLEADER be acknowledged, while awaiting it. */
  readonly lastWrite?: { readonly write: 'currentEpoch' } | { readonly write: 'append'; readonly zxid: Zxid };
  /** Only in variants: how many proposals came behind NEWLEADER. ZooKeeper: packetsNotCommitted. */
  readonly behindNewLeader?: number;
  /** Only in variants: where its database stands; nothing that the synchronization brought has reached it. */
  readonly applied?: Zxid;
  /** Only in variants: what was committed when NEWLEADER came. */
  readonly committedInSync?: Zxid;
}

export interface BroadcastingLearner extends Learning {
  readonly phase: 'BROADCAST';
  readonly unacknowledged: readonly Zxid[];
  /** Only in variants: what the committing thread is to reach. ZooKeeper: CommitProcessor. */
  readonly committing?: Zxid;
  /** Only in variants: UPTODATE is yet to be acknowledged, by the main thread. */
  readonly owesUptodate?: true;
}

export type Learner = DiscoveringLearner | SynchronizingLearner | BroadcastingLearner;

/**
 * How far a learner has come, as its leader sees it. ZooKeeper: LearnerHandler.
 * connected - (FOLLOWERINFO) - waiting - (epoch decided) - informed - (ACKEPOCH) - electing - (quorum of them)
 * - reading (the log, if the window does not reach) - syncing - (ACK of NEWLEADER) - synced - (established) - active
 */
export type LearnerHandler =
  | { readonly stage: 'connected' | 'waiting' | 'informed' | 'syncing' | 'synced' | 'active' }
  | { readonly stage: 'electing' | 'reading'; readonly lastZxid: Zxid };

interface LeadingCommon extends Common {
  readonly state: 'LEADING';
  readonly learners: Readonly<Record<Sid, LearnerHandler>>;
}

export interface DiscoveringLeader extends LeadingCommon {
  readonly phase: 'DISCOVERY';
  readonly discovery:
    | {
        readonly awaits: 'FOLLOWERINFO';
        /** Voters whose FOLLOWERINFO counts, itself included. ZooKeeper: connectingFollowers. */
        readonly connecting: readonly Sid[];
        /** One more than the newest accepted epoch heard of. */
        readonly epoch: number;
      }
    | { readonly awaits: 'flush' }
    /** ZooKeeper: electingFollowers. */
    | { readonly awaits: 'ACKEPOCH'; readonly electing: readonly Sid[] };
}

export interface SynchronizingLeader extends LeadingCommon {
  readonly phase: 'SYNCHRONIZATION';
  /** Voters that acknowledged NEWLEADER. ZooKeeper: newLeaderProposal. */
  readonly acknowledged: readonly Sid[];
}

/** A proposal that is not yet committed. ZooKeeper: Leader.Proposal. */
export interface Outstanding {
  readonly zxid: Zxid;
  readonly acknowledged: readonly Sid[];
}

export interface BroadcastingLeader extends LeadingCommon {
  readonly phase: 'BROADCAST';
  readonly outstanding: readonly Outstanding[];
}

export type Leading = DiscoveringLeader | SynchronizingLeader | BroadcastingLeader;

export type Server = Looking | Learner | Leading;

/**
 * A broadcasting server with what a step in broadcast changes. Steady state is made of these: field by field, because V8
 * spreads an object that came from a spread thirty times as slowly as it fills one in. What only variants have is spread.
 */
export const learnerWith = (
  self: BroadcastingLearner,
  changes: Partial<Pick<BroadcastingLearner, 'history' | 'committed' | 'unacknowledged'>>,
): BroadcastingLearner => {
  const { committedLog, committing, owesUptodate } = self;
  if ((committedLog ?? committing ?? owesUptodate) !== undefined) return { ...self, ...changes };
  const { state, phase, sid, leader, acceptedEpoch, currentEpoch, vote } = self;
  const { history, committed, unacknowledged } = changes;
  return {
    state,
    phase,
    sid,
    leader,
    acceptedEpoch,
    currentEpoch,
    history: history ?? self.history,
    committed: committed ?? self.committed,
    vote,
    unacknowledged: unacknowledged ?? self.unacknowledged,
  };
};

/** The same of a leader. */
export const leaderWith = (
  self: BroadcastingLeader,
  changes: Partial<Pick<BroadcastingLeader, 'history' | 'committed' | 'outstanding'>>,
): BroadcastingLeader => {
  if (self.committedLog !== undefined) return { ...self, ...changes };
  const { state, phase, sid, acceptedEpoch, currentEpoch, vote, learners } = self;
  const { history, committed, outstanding } = changes;
  return {
    state,
    phase,
    sid,
    acceptedEpoch,
    currentEpoch,
    history: history ?? self.history,
    committed: committed ?? self.committed,
    vote,
    learners,
    outstanding: outstanding ?? self.outstanding,
  };
};
