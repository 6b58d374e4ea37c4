/**
 * The vocabulary of a step: what one server sees (an event), what it asks for (an effect), what the step lets a
 * checker observe (an observation). Effects are carried out strictly in order.
 */
import type { DiskOperation } from './disk.js';
import type { Request, Txn } from './history.js';
import type { Message, Notification } from './messages.js';
import type { Server } from './server.js';
import type { Sid, Zxid } from './zxid.js';

/** Threads that variants tell apart: of a learner, the main one and the one that commits; of a looking server, the one that counts votes. */
export type Thread = 'main' | 'commit' | 'election';

export type Event =
  | { readonly type: 'Receive'; readonly from: Sid; readonly message: Message }
  | { readonly type: 'Notified'; readonly from: Sid; readonly notification: Notification }
  /** The oldest pending disk operation is durable. */
  | { readonly type: 'Flushed'; readonly operation: DiskOperation }
  /** A learner's connection to its leader stands. */
  | { readonly type: 'Connected'; readonly peer: Sid }
  /** A leader has a new connection from a learner. */
  | { readonly type: 'Accepted'; readonly peer: Sid }
  /** The link with this peer is gone. */
  | { readonly type: 'Closed'; readonly peer: Sid }
  /** Time to send the current vote again; ZooKeeper: notTimeout. */
  | { readonly type: 'Resend' }
  /** No better vote came while waiting; ZooKeeper: finalizeWait. */
  | { readonly type: 'FinalizeWait' }
  /** Patience is over; ZooKeeper: connect time-out, initLimit, syncLimit, or a leader's tick without a quorum. */
  | { readonly type: 'Timeout' }
  | { readonly type: 'Tick' }
  | { readonly type: 'Request'; readonly request: Request }
  /** Answer to `readLog`: what the log holds behind `after`; null if it does not hold `after` itself. */
  | {
      readonly type: 'LogRead';
      readonly peer: Sid;
      readonly after: Zxid;
      readonly entries: readonly Txn[] | null;
    }
  /** Only in variants: a thread of the server's own comes to what it has to do. */
  | { readonly type: 'Turn'; readonly of: Thread }
  /** The coarse election grains: the environment has decided. */
  | { readonly type: 'Elected'; readonly leader: Sid };

export type Effect =
  | { readonly type: 'notify'; readonly to: Sid; readonly notification: Notification }
  | { readonly type: 'send'; readonly to: Sid; readonly message: Message }
  | { readonly type: 'close'; readonly peer: Sid }
  | { readonly type: 'persist'; readonly operation: DiskOperation }
  | { readonly type: 'readLog'; readonly peer: Sid; readonly after: Zxid }
  /** Apply a committed transaction to the state machine. */
  | { readonly type: 'deliver'; readonly txn: Txn }
  /** Tell the client of a write that arrived here that it is committed. */
  | { readonly type: 'answer'; readonly txn: Txn }
  | { readonly type: 'observe'; readonly observation: Observation };

/** What invariants and goals are about, beyond the states themselves. */
export type Observation =
  /** A quorum has acknowledged NEWLEADER of this epoch; `history` is the leader's initial one. */
  | {
      readonly type: 'established';
      readonly epoch: number;
      readonly leader: Sid;
      readonly history: readonly Txn[];
    }
  | { readonly type: 'broadcast'; readonly txn: Txn }
  | { readonly type: 'answered'; readonly zxid: Zxid }
  /** What was taken for a quorum, and for what. */
  | {
      readonly type: 'quorum';
      readonly of: 'election' | 'ACKEPOCH' | 'NEWLEADER' | 'commit';
      readonly sids: readonly Sid[];
    }
  | { readonly type: 'synchronized'; readonly by: 'DIFF' | 'TRUNC' | 'SNAP' }
  /** Something that a correct peer never does. */
  | { readonly type: 'unexpected'; readonly what: string };

export interface Step {
  /** Who processed what: the label of the step in traces, in coverage and in docs/paper-map.md. */
  readonly handler: string;
  readonly server: Server;
  readonly effects: readonly Effect[];
  /** Why nothing was done; then `server` is the very same and there are no effects. */
  readonly ignored?: string;
}

export const done = (handler: string, server: Server, effects: readonly Effect[] = []): Step => ({
  handler,
  server,
  effects,
});

export const ignore = (handler: string, server: Server, ignored: string): Step => ({
  handler,
  server,
  effects: [],
  ignored,
});

export const send = (to: Sid, message: Message): Effect => ({ type: 'send', to, message });
export const close = (peer: Sid): Effect => ({ type: 'close', peer });
export const persist = (operation: DiskOperation): Effect => ({ type: 'persist', operation });
/** Delivers in order; of those that came in at that server, if one is named, the client is told. */
export const deliveries = (txns: readonly Txn[], answeredAt: Sid | null): readonly Effect[] => {
  const effects: Effect[] = [];
  for (const txn of txns) {
    effects.push({ type: 'deliver', txn });
    if (txn.origin === answeredAt) effects.push({ type: 'answer', txn });
  }
  return effects;
};
export const observe = (observation: Observation): Effect => ({ type: 'observe', observation });
export const unexpected = (what: string): Effect => observe({ type: 'unexpected', what });

/** An event that cannot happen to this server: a mistake of whoever drives the reducer, or of the reducer. */
export const impossible = (server: Server, event: unknown): never => {
  throw new Error(`impossible in ${server.state} of server ${server.sid}: ${JSON.stringify(event)}`);
};
