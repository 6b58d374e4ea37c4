/**
 * The named rules of the protocol. Handlers ask a rule wherever a variant or a planted defect may decide otherwise;
 * such a difference is an override of a few of these, never a copy of a handler.
 */
import { type Config, hasMajority, isVoter } from './config.js';
import type { DiskOperation } from './disk.js';
import { follows, type History, type Txn } from './history.js';
import type { ACKEPOCH, Vote } from './messages.js';
import type { Leading, Learner, Looking } from './server.js';
import { counterOf, epochOf, makeZxid, type Sid, type Zxid } from './zxid.js';

export type QuorumOf = 'election' | 'ACKEPOCH' | 'NEWLEADER' | 'commit';

export interface Rules {
  /** Whether acknowledgements of this server are counted. */
  readonly counts: (config: Config, sid: Sid) => boolean;
  readonly isQuorum: (config: Config, of: QuorumOf, sids: readonly Sid[]) => boolean;
  /** Which of two histories is the more recent one: positive if the first is. */
  readonly compareHistories: (a: Omit<Vote, 'leader'>, b: Omit<Vote, 'leader'>) => number;
  /** Whether a server that has decided answers one that is looking. */
  readonly answersLooking: boolean;
  /**
   * How many votes may wait for the thread that counts them where another receives them; 0 where one thread does both.
   * ZooKeeper: QuorumCnxManager.RECV_CAPACITY.
   */
  readonly receiveQueue: number;
  /** What a learner does with the epoch that LEADERINFO offers. */
  readonly acceptEpoch: (acceptedEpoch: number, offered: number) => 'adopt' | 'again' | 'refuse';
  /** Whether a leader gives up for a learner that has accepted a later epoch than its own, and so will never follow it. */
  readonly yieldsToLaterEpoch: boolean;
  /** Whether an ACKEPOCH is a vote for the leader's epoch. */
  readonly countsAckEpoch: (message: ACKEPOCH) => boolean;
  /** Zxid of a leader's next proposal. */
  readonly nextZxid: (epoch: number, last: Zxid) => Zxid;
  /** Whether a proposal may stand directly behind another. */
  readonly follows: (previous: Zxid, next: Zxid) => boolean;
  /** What of its history a leader sends to a learner that has a part of it: entries behind that zxid. */
  readonly isBeyond: (zxid: Zxid, learnersLast: Zxid) => boolean;
  /** Whether a leader forgets what a follower had acknowledged when it synchronizes it anew. */
  readonly retractsAcknowledgements: boolean;
  /** Whether a new follower is given the proposals that are not yet committed. */
  readonly forwardsOutstanding: boolean;
  /** Whether TRUNC is obeyed. */
  readonly truncates: (self: Pick<Learner, 'history' | 'acceptedEpoch'>) => boolean;
  /** Whether a learner takes this transaction of a synchronization. */
  readonly takesSynchronized: (self: Pick<Learner, 'state' | 'acceptedEpoch'>, zxid: Zxid) => boolean;
  /** What a learner makes of its history when it is given a snapshot. */
  readonly restores: (self: Pick<Learner, 'state' | 'history'>, snapshot: History) => History;
  /** What a new leader takes for its history, given what it knows to be committed. */
  readonly leadsWith: (history: History, committed: Zxid) => History;
  /** What a server that gives up its role keeps of its history in memory; its disk keeps all. */
  readonly remembers: (self: Learner | Leading) => History;
  /** Whether a looking server may stand for election itself. */
  readonly mayStand: (self: Pick<Looking, 'history' | 'committed' | 'inHand'>) => boolean;
  /** Whether a leader refuses a follower whose history is more recent than its own. */
  readonly refusesAhead: boolean;
  /** When the transactions of a synchronization go to the disk. */
  readonly logsSynchronization: 'as they come' | 'at NEWLEADER' | 'at UPTODATE';
  /** Which of these writes has to be durable before NEWLEADER is acknowledged; null for none of them. */
  readonly newLeaderGate: (writes: readonly DiskOperation[]) => DiskOperation | null;
  /**
   * Whether the thread that acknowledges NEWLEADER races with the one that flushes and acknowledges the proposals of
   * the synchronization; otherwise those that count are acknowledged behind it.
   */
  readonly racesWithFlush: boolean;
  /** Whether a COMMIT of a proposal from in front of NEWLEADER is understood behind it. */
  readonly knowsCommitsBehindNewLeader: boolean;
  /** Whether UPTODATE is acknowledged by one thread while another still commits. */
  readonly commitsApart: boolean;
  /** Whether DIFF is made from a list of its own, which misses what a synchronization committed. */
  readonly keepsCommittedLog: boolean;
  /** Whether an established leader's history stands at the beginning of its epoch until something is committed there. */
  readonly marksEpoch: boolean;
  /**
   * Whether a learner that gives up in the middle of a synchronization has forgotten what that brought, although its log
   * may have it. ZooKeeper: a server that does not run yet is not shut down, and its database not brought forward.
   */
  readonly forgetsSynchronization: boolean;
  /** Whether a learner answers a PING before it is up to date. */
  readonly answersPingInSync: boolean;
  /** What NEWLEADER makes durable, in order, given what was deferred. */
  readonly newLeaderWrites: (epoch: number, deferred: readonly Txn[]) => readonly DiskOperation[];
  /** Whether a proposal is acknowledged when it arrives, not when it is durable. */
  readonly acknowledgesUnflushed: boolean;
  /** Whether a follower delivers a proposal when it arrives. */
  readonly deliversProposals: boolean;
  /** Whether a leader answers its client when it proposes. */
  readonly answersProposals: boolean;
  /** What a restarted server makes of the history on its disk. */
  readonly recovered: (history: History) => History;
}

/** `zab`: the protocol as it should be. */
export const zabRules: Rules = {
  counts: isVoter,
  isQuorum: (config, _of, sids) => hasMajority(config, sids),
  compareHistories: (a, b) => a.peerEpoch - b.peerEpoch || a.zxid - b.zxid,
  answersLooking: true,
  receiveQueue: 0,
  acceptEpoch: (accepted, offered) =>
    offered > accepted ? 'adopt' : offered === accepted ? 'again' : 'refuse',
  yieldsToLaterEpoch: true,
  countsAckEpoch: (message) => message.currentEpoch !== -1,
  nextZxid: (epoch, last) => makeZxid(epoch, epochOf(last) === epoch ? counterOf(last) + 1 : 1),
  follows,
  isBeyond: (zxid, last) => zxid > last,
  retractsAcknowledgements: true,
  forwardsOutstanding: true,
  truncates: () => true,
  takesSynchronized: () => true,
  restores: (_self, snapshot) => snapshot,
  leadsWith: (history) => history,
  remembers: (self) => self.history,
  mayStand: () => true,
  refusesAhead: true,
  logsSynchronization: 'as they come',
  newLeaderGate: (writes) => writes.at(-1) ?? null,
  racesWithFlush: false,
  knowsCommitsBehindNewLeader: true,
  commitsApart: false,
  keepsCommittedLog: false,
  marksEpoch: false,
  forgetsSynchronization: false,
  answersPingInSync: true,
  newLeaderWrites: (epoch, deferred) => [
    ...deferred.map((txn): DiskOperation => ({ write: 'append', txn })),
    { write: 'currentEpoch', epoch },
  ],
  acknowledgesUnflushed: false,
  deliversProposals: false,
  answersProposals: false,
  recovered: (history) => history,
};
