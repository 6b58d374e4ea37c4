/**
 * What servers say to each other, in ZooKeeper's names. Notifications travel on election channels, which may lose
 * them; all else travels on the ordered link between a learner and its leader.
 */
import type { History, Request, Txn } from './history.js';
import type { Sid, Zxid } from './zxid.js';

export type ServerState = 'LOOKING' | 'FOLLOWING' | 'LEADING' | 'OBSERVING';

/** Whom a server wants to lead, and how recent that one's history is. ZooKeeper: Vote. */
export interface Vote {
  readonly leader: Sid;
  readonly zxid: Zxid;
  readonly peerEpoch: number;
}

/** ZooKeeper: FastLeaderElection.Notification. `electionEpoch` is the sender's round (logicalclock). */
export interface Notification extends Vote {
  readonly state: ServerState;
  readonly electionEpoch: number;
}

/** To the leader. CEPOCH in the paper; observers send OBSERVERINFO. */
export interface FOLLOWERINFO {
  readonly type: 'FOLLOWERINFO' | 'OBSERVERINFO';
  readonly acceptedEpoch: number;
}

/** NEWEPOCH in the paper. */
export interface LEADERINFO {
  readonly type: 'LEADERINFO';
  readonly epoch: number;
}

/** ACK-E in the paper. `currentEpoch` is -1 from a learner that had accepted the epoch before: no vote for it. */
export interface ACKEPOCH {
  readonly type: 'ACKEPOCH';
  readonly currentEpoch: number;
  readonly lastZxid: Zxid;
}

/** What follows is what the learner lacks; it is in order up to `zxid` once it has that. */
export interface DIFF {
  readonly type: 'DIFF';
  readonly zxid: Zxid;
}

/** Drop everything behind `zxid`. */
export interface TRUNC {
  readonly type: 'TRUNC';
  readonly zxid: Zxid;
}

/** Replace everything by the leader's state at `zxid`: what lies below the floor, then the entries. */
export interface SNAP {
  readonly type: 'SNAP';
  readonly zxid: Zxid;
  readonly history: History;
}

export interface NEWLEADER {
  readonly type: 'NEWLEADER';
  readonly epoch: number;
}

/** COMMIT-LD in the paper. */
export interface UPTODATE {
  readonly type: 'UPTODATE';
}

export interface PROPOSAL {
  readonly type: 'PROPOSAL';
  readonly txn: Txn;
}

/** Of a transaction, or (counter 0) of NEWLEADER and then of UPTODATE. */
export interface ACK {
  readonly type: 'ACK';
  readonly zxid: Zxid;
}

export interface COMMIT {
  readonly type: 'COMMIT';
  readonly zxid: Zxid;
}

/** PROPOSAL and COMMIT in one, for observers. */
export interface INFORM {
  readonly type: 'INFORM';
  readonly txn: Txn;
}

export interface REQUEST {
  readonly type: 'REQUEST';
  readonly request: Request;
}

export interface PING {
  readonly type: 'PING';
}

export type ToLeader = ACK | FOLLOWERINFO | ACKEPOCH | REQUEST | PING;
export type ToLearner =
  | PROPOSAL
  | COMMIT
  | INFORM
  | LEADERINFO
  | DIFF
  | TRUNC
  | SNAP
  | NEWLEADER
  | UPTODATE
  | PING;
export type Message = ToLeader | ToLearner;
