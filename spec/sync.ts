/**
 * How a leader brings a learner up to date: DIFF, TRUNC or SNAP, chosen by the learner's last zxid as ZooKeeper
 * chooses (LearnerHandler.syncFollower and queueCommittedProposals). TRUNC stays within an epoch, unless the learner is
 * ahead of all that the leader has. A learner whose last transaction lies before all that the leader can look back to
 * gets SNAP; so does a fresh one.
 */
import type { Config } from './config.js';
import { after, type History, truncate, type Txn, upTo } from './history.js';
import type { DIFF, SNAP, TRUNC } from './messages.js';
import { counterOf, epochOf, NO_ZXID, type Zxid } from './zxid.js';

export interface SyncPlan {
  readonly first: DIFF | TRUNC | SNAP;
  /** Committed transactions that follow it, each with its COMMIT. */
  readonly behind: readonly Txn[];
  /** Where the learner is once it has all that. */
  readonly end: Zxid;
}

/** `read`: the window does not reach back far enough; the log has to be read from the learner's last zxid on. */
export type SyncChoice = SyncPlan | 'read';

const snapshot = (history: History, processed: Zxid): SyncPlan => ({
  first: {
    type: 'SNAP',
    zxid: processed,
    history: truncate(history, processed),
  },
  behind: [],
  end: processed,
});

/** Where only a variant's histories stand: no transaction is there, so none has to be cut off. ZooKeeper: isPeerNewEpochZxid. */
const isEpochStart = (zxid: Zxid): boolean => zxid !== NO_ZXID && counterOf(zxid) === 0;

/** Walks the committed transactions from `previous` on; null if the learner's tail cannot be cut off in one epoch. */
const walk = (
  config: Config,
  committed: readonly Txn[],
  previous: Zxid,
  learnersLast: Zxid,
): SyncPlan | null => {
  const max = committed.at(-1)?.zxid ?? previous;
  const at = committed.findIndex((txn) => txn.zxid > learnersLast);
  const before = at <= 0 ? (at === 0 ? previous : max) : committed[at - 1]!.zxid;
  const behind = committed.filter((txn) => config.rules.isBeyond(txn.zxid, learnersLast));
  if (before === learnersLast || isEpochStart(learnersLast))
    return { first: { type: 'DIFF', zxid: max }, behind, end: max };
  const next = committed[at];
  if (next === undefined || epochOf(next.zxid) !== epochOf(learnersLast)) return null;
  return { first: { type: 'TRUNC', zxid: before }, behind, end: max };
};

/**
 * @param processed what the leader has applied: its initial history until it is established, what is committed after
 * @param committedLog what a variant makes DIFF from instead of the history
 * @param read what the log holds behind the learner's last zxid, if it was asked; null: it does not hold that zxid
 */
export const planSync = (
  config: Config,
  history: History,
  processed: Zxid,
  learnersLast: Zxid,
  read?: readonly Txn[] | null,
  committedLog?: readonly Txn[],
): SyncChoice => {
  const committed = committedLog ?? upTo(history, processed);
  const max = committed.at(-1)?.zxid ?? history.mark ?? history.floor;
  const min = committed[0]?.zxid ?? max;
  if (learnersLast === processed)
    return { first: { type: 'DIFF', zxid: learnersLast }, behind: [], end: processed };
  if (learnersLast > max)
    return isEpochStart(learnersLast)
      ? snapshot(history, processed)
      : { first: { type: 'TRUNC', zxid: max }, behind: [], end: max };
  if (learnersLast >= min || (history.floor !== NO_ZXID && learnersLast >= history.floor))
    return walk(config, committed, history.floor, learnersLast) ?? snapshot(history, processed);
  if (history.floor === NO_ZXID || read === null) return snapshot(history, processed);
  if (read === undefined) return 'read';
  const readTo = read.at(-1)?.zxid ?? learnersLast;
  if (readTo < history.floor) return snapshot(history, processed);
  const beyond = committed.filter((txn) => txn.zxid > readTo);
  return walk(config, [...read, ...beyond], learnersLast, learnersLast) ?? snapshot(history, processed);
};

/** Proposals that are not yet committed, for a follower that is at `end`. ZooKeeper: Leader.startForwarding. */
export const outstandingFor = (
  config: Config,
  history: History,
  processed: Zxid,
  end: Zxid,
): readonly Txn[] =>
  config.rules.forwardsOutstanding ? after(history, processed).filter((txn) => txn.zxid > end) : [];
