/**
 * A server's history in memory: a window of the newest transactions over a floor. Everything up to the floor is known
 * to be in the log or the snapshot and no longer held, so that a step costs the same however long the log is.
 * Payloads are opaque; the protocol looks at zxids alone.
 */
import { counterOf, epochOf, NO_ZXID, type Sid, type Zxid } from './zxid.js';

/** A client's write: what it is, and the server at which it arrived (and which answers). */
export interface Request {
  readonly payload: number | string;
  readonly origin: Sid;
}

/** A write that a leader has numbered. */
export interface Txn extends Request {
  readonly zxid: Zxid;
}

export interface History {
  /** Zxid of the newest transaction that is no longer in `entries`; 0 if none was ever dropped. */
  readonly floor: Zxid;
  readonly entries: readonly Txn[];
  /**
   * Only in variants: the beginning <epoch,0> of an epoch that this history is known to have reached, until something
   * behind it is committed. ZooKeeper: what Leader.startZkServer sets lastProcessedZxid to.
   */
  readonly mark?: Zxid;
}

export const EMPTY_HISTORY: History = { floor: NO_ZXID, entries: [] };

export const lastZxid = ({ entries, floor, mark = NO_ZXID }: History): Zxid =>
  Math.max(entries.at(-1)?.zxid ?? floor, mark);

/** A spread would copy the window twice, the second time with room for more. */
export const append = ({ floor, entries, mark }: History, txn: Txn): History => {
  const more = entries.concat([txn]);
  return mark === undefined ? { floor, entries: more } : { floor, entries: more, mark };
};

/** Entries from which on a place is guessed before it is looked for. */
const MANY = 32;

/**
 * Number of entries up to and including the one with this zxid; 0 for the floor, -1 where the window lacks it.
 * By position, never by comparing zxids: a history out of order must not look like one in order. Within an epoch zxids
 * have no gaps, so that in a long window the distance from the end is a guess that is nearly always right: a step must
 * not cost more because the window is large.
 */
export const positionOf = ({ floor, entries, mark }: History, zxid: Zxid): number => {
  if (zxid === floor) return 0;
  if (zxid === mark) return entries.findLastIndex((entry) => entry.zxid < mark) + 1;
  const { length } = entries;
  if (length > MANY) {
    const guess = length - (entries[length - 1]!.zxid - zxid);
    if (guess >= 1 && guess <= length && entries[guess - 1]!.zxid === zxid) return guess;
  }
  return entries.findLastIndex((entry) => entry.zxid === zxid) + 1 || -1;
};

/** The entries up to and including this zxid; all of them dropped if the window lacks it. */
export const upTo = (history: History, zxid: Zxid): readonly Txn[] =>
  history.entries.slice(0, Math.max(0, positionOf(history, zxid)));

export const after = (history: History, zxid: Zxid): readonly Txn[] =>
  history.entries.slice(Math.max(0, positionOf(history, zxid)));

export const truncate = (history: History, zxid: Zxid): History => ({
  floor: history.floor,
  entries: upTo(history, zxid),
  ...(history.mark !== undefined && history.mark <= zxid && { mark: history.mark }),
});

const forgetMark = ({ floor, entries }: History): History => ({ floor, entries });

/**
 * Drops the oldest entries that are committed, so that `window` committed ones remain: not one by one, but once there are
 * twice as many, so that it costs next to nothing a transaction.
 */
export const trim = (history: History, committed: Zxid, window: number): History => {
  if (history.mark !== undefined && history.mark < committed)
    return trim(forgetMark(history), committed, window);
  const excess = positionOf(history, committed) - window;
  if (excess < window) return history;
  const { entries } = history;
  return { ...history, floor: entries[excess - 1]!.zxid, entries: entries.slice(excess) };
};

/** Whether a proposal may stand directly behind another: the next of its epoch, or the first of a later one. */
export const follows = (previous: Zxid, next: Zxid): boolean =>
  epochOf(next) === epochOf(previous)
    ? counterOf(next) === counterOf(previous) + 1
    : epochOf(next) > epochOf(previous) && counterOf(next) === 1;

/** A list of transactions with others behind it, those that it has already left out. */
export const joined = (list: readonly Txn[], txns: readonly Txn[]): readonly Txn[] => [
  ...list,
  ...txns.filter(({ zxid }) => !list.some((known) => known.zxid === zxid)),
];
