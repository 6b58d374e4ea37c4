/**
 * Transactions, zxids and histories as ZooKeeper's protocol specification has them, and the functions on them that its
 * actions share. A history is counted from 1, as there: index 0 is "nothing".
 */

export type Sid = number;

export type Zxid = readonly [epoch: number, counter: number];

/** What a client's write is, wherever it is stored or sent. */
export interface Payload {
  readonly zxid: Zxid;
  readonly value: number;
}

export interface Txn extends Payload {
  /** Who has acknowledged it, as far as a leader knows; sorted. */
  readonly ackSid: readonly Sid[];
  readonly epoch: number;
}

export type History = readonly Txn[];

export const noZxid: Zxid = [0, 0];

export const zxidAfter = (a: Zxid, b: Zxid): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);

export const zxidEqual = (a: Zxid, b: Zxid): boolean => a[0] === b[0] && a[1] === b[1];

export const payloadEqual = (a: Payload, b: Payload): boolean =>
  zxidEqual(a.zxid, b.zxid) && a.value === b.value;

export const lastZxid = (zxids: readonly Zxid[]): Zxid => zxids.at(-1) ?? noZxid;

export const zxidsOf = (history: readonly Pick<Payload, 'zxid'>[]): readonly Zxid[] =>
  history.map((txn) => txn.zxid);

/** The zxid of the next request in this epoch. */
export const nextZxid = (epoch: number, last: Zxid): Zxid =>
  last[0] === epoch ? [epoch, last[1] + 1] : [epoch, 1];

/** Whether a proposal continues a history that ends in `last`: the next of its epoch, or the first of a later one. */
export const isNextZxid = (last: Zxid, next: Zxid): boolean =>
  next[1] === 1 ? last[0] < next[0] : last[0] === next[0] && last[1] + 1 === next[1];

/** Where a zxid stands: 0 for no zxid at all, the length plus 1 if it is absent, -1 if it is there twice. */
export const zxidToIndex = (zxids: readonly Zxid[], zxid: Zxid): number => {
  if (zxidEqual(zxid, noZxid)) return 0;
  const found = zxids.flatMap((candidate, at) => (zxidEqual(candidate, zxid) ? [at + 1] : []));
  if (found.length > 1) return -1;
  return found[0] ?? zxids.length + 1;
};

export const withMember = (sids: readonly Sid[], sid: Sid): readonly Sid[] =>
  sids.includes(sid) ? sids : [...sids, sid].sort((a, b) => a - b);

/** Adds one server's acknowledgement to each transaction up to the first that is later than `upTo`. */
export const acknowledgedUpTo = (history: History, by: Sid, upTo: Zxid): History => {
  const later = history.findIndex((txn) => zxidAfter(txn.zxid, upTo));
  return history.map((txn, at) =>
    later !== -1 && at >= later ? txn : { ...txn, ackSid: withMember(txn.ackSid, by) },
  );
};

export const acknowledgedAt = (history: History, by: Sid, index: number): History =>
  history.map((txn, at) => (at === index - 1 ? { ...txn, ackSid: withMember(txn.ackSid, by) } : txn));

/** An initial history as its new leader keeps it: acknowledged by itself alone. */
export const acknowledgedOnlyBy = (history: History, leader: Sid): History =>
  history.map((txn) => ({ ...txn, ackSid: [leader] }));
