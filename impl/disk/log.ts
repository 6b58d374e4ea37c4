/**
 * The log in the store. Transactions that came together stand together: a run of them is one record, under the zxid of its
 * first, and in it they stand as in the journal. A record for each would cost several times the processor.
 */
import { Buffer } from 'node:buffer';
import type { Database } from 'lmdb';
import { epochOf, type Zxid } from '../../spec/zxid.js';
import {
  CorruptStore,
  decodeEntries,
  decodeTxn,
  keyIn,
  keyOf,
  type LogRecord,
  previousIn,
  zxidOf,
} from './records.js';

export type Log = Database<Buffer, Buffer>;

/** Bytes of a run, a longer transaction apart. */
export const RUN = 2 ** 16;
/** Runs that are removed in one transaction. */
const SWEEP = 100;

/** What becomes of a record is what becomes of its transaction, and that is heard elsewhere. */
export const quietly = (put: Promise<unknown>): void => {
  put.catch(() => {});
};

/** Puts parts together, which are so many bytes. */
export type Join = (parts: readonly Buffer[], length: number) => Buffer;

/**
 * Within a transaction.
 * @param appends as `encodeAppend` makes them, in order, one or more in a piece
 * @param join to memory that stays as it is until the transaction is committed
 */
export const putAppends = (log: Log, appends: readonly Buffer[], join: Join = Buffer.concat): void => {
  for (let from = 0; from < appends.length; ) {
    let to = from;
    let length = 0;
    do length += appends[to++]!.length;
    while (to < appends.length && length + appends[to]!.length <= RUN);
    const run = appends.slice(from, to);
    quietly(log.put(keyIn(run[0]!), join(run, length)));
    from = to;
  }
};

/** @throws CorruptStore */
const recordsOf = function* (
  key: Buffer,
  run: Buffer,
): Iterable<{ readonly key: Buffer; readonly record: Buffer }> {
  const what = `the log from transaction ${zxidOf(key)} on`;
  for (const entry of decodeEntries(run, what)) {
    if (!('record' in entry)) throw new CorruptStore(`${what}: something else than a transaction`);
    yield entry;
  }
};

/** The key of the run that holds this zxid, if any does. */
const runOf = (log: Log, zxid: Zxid): Buffer | undefined =>
  [...log.getKeys({ start: keyOf(zxid), reverse: true, limit: 1 })][0];

/** What stands at this zxid and behind it. @throws CorruptStore */
export const readFrom = function* (log: Log, zxid: Zxid): Iterable<LogRecord> {
  for (const { key, value } of log.getRange({ start: runOf(log, zxid) ?? keyOf(zxid) }))
    for (const found of recordsOf(key, value))
      if (zxidOf(found.key) >= zxid) yield decodeTxn(found.key, found.record);
};

/** Takes away what stands behind this zxid; within a transaction of its own. */
export const removeBehind = (log: Log, zxid: Zxid): void => {
  for (const key of [...log.getKeys({ start: keyOf(zxid + 1) })]) quietly(log.remove(key));
  const key = runOf(log, zxid);
  if (key === undefined) return;
  const run = log.get(key)!;
  const kept = [...decodeEntries(run, '')].filter((entry) => 'record' in entry && zxidOf(entry.key) <= zxid);
  const length = kept.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (length < run.length) quietly(log.put(key, run.subarray(0, length)));
};

/** Transactions from one run to the next; across epochs, where zxids have gaps, it is known only that there is one. */
export const countBetween = (key: Zxid, next: Zxid): number =>
  epochOf(key) === epochOf(next) ? next - key : 1;

/** The oldest runs go, some at a time; in front of `end`, which stays, or all. `left` is the first that is left. */
const sweep = (
  log: Log,
  end?: Buffer,
): { readonly stale: readonly Buffer[]; readonly left: Buffer | undefined } => {
  const keys = [...log.getKeys({ ...(end && { end }), limit: SWEEP + 1 })];
  const stale = keys.slice(0, SWEEP);
  for (const key of stale) quietly(log.remove(key));
  return { stale, left: keys[SWEEP] ?? end };
};

/**
 * Takes away old runs, some at a time, so that as many transactions up to `zxid` stay as are asked for, or some more;
 * within a transaction of its own. It reads no run but the first that stays: the log may be long.
 * @returns the zxid in front of the first that is left; null if there was nothing to take away
 */
export const removeOld = (log: Log, zxid: Zxid, kept: number): Zxid | null => {
  let count = 0;
  let end = zxid + 1;
  let first: Buffer | null = null;
  for (const key of log.getKeys({ start: keyOf(zxid), reverse: true })) {
    count += countBetween(zxidOf(key), end);
    end = zxidOf(key);
    first = key;
    if (count >= kept) break;
  }
  if (first === null) return null;
  const { stale, left } = sweep(log, first);
  return stale.length === 0 ? null : previousIn(log.get(left!)!);
};

/**
 * Takes away the oldest runs, some at a time, whatever they hold; within a transaction of its own.
 * @returns the zxid in front of the first that is left; null if none is
 */
export const removeOldest = (log: Log): Zxid | null => {
  const { left } = sweep(log);
  return left === undefined ? null : previousIn(log.get(left)!);
};
