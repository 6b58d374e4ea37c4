/** What the client port needs of the server behind it. */
import type { Sid, Zxid } from '../../spec/zxid.js';
import type { Outcome } from '../requests.js';
import type { Tree } from './tree.js';

export interface Service {
  readonly sid: Sid;
  readonly boot: number;
  readonly tree: Tree;
  /** Whether this server has a leader, or is one, and takes writes. */
  readonly isServing: boolean;
  readonly applied: Zxid;
  readonly outstanding: number;
  readonly submit: (write: string, done: (outcome: Outcome) => void) => void;
  /** `leader`, `follower`, `observer`, or `looking`. */
  readonly mode: string;
  /** ZooKeeper: zk_peer_state. */
  readonly phase: string;
  /** Of a leader: followers that have all it has. */
  readonly syncedFollowers: number | null;
}
