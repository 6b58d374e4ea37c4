/**
 * What is on the disk, as bytes. Every record carries a checksum, and every log record the zxid of the one before it,
 * so that a hole in the log is noticed as surely as a flipped bit.
 */
import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { Txn } from '../../spec/history.js';
import type { Zxid } from '../../spec/zxid.js';

/** The data folder is not what this server wrote. It refuses to serve rather than guess. */
export class CorruptStore extends Error {
  override readonly name = 'CorruptStore';
}

const CHECKSUM = 4;

/** A checksum in front of it. */
export const sealed = (bytes: Uint8Array): Buffer => {
  const record = Buffer.allocUnsafe(CHECKSUM + bytes.length);
  record.writeUInt32BE(crc32(bytes), 0);
  record.set(bytes, CHECKSUM);
  return record;
};

/** @throws CorruptStore */
export const unsealed = (record: Buffer, what: string): Buffer => {
  const bytes = record.subarray(CHECKSUM);
  if (record.length < CHECKSUM || record.readUInt32BE(0) !== crc32(bytes))
    throw new CorruptStore(`${what}: its checksum is wrong`);
  return bytes;
};

const KEY = 8;
const TXN_HEADER = CHECKSUM + KEY + 4;

const writeZxid = (into: Buffer, zxid: Zxid, at: number): void => {
  into.writeUInt32BE(Math.floor(zxid / 2 ** 32), at);
  into.writeUInt32BE(zxid % 2 ** 32, at + 4);
};

/** Big-endian, so that the order of keys is the order of zxids. */
export const keyOf = (zxid: Zxid): Buffer => {
  const key = Buffer.allocUnsafe(KEY);
  writeZxid(key, zxid, 0);
  return key;
};

export const zxidOf = (key: Buffer): Zxid => key.readUInt32BE(0) * 2 ** 32 + key.readUInt32BE(4);

// --- what stands in the journal: length, kind, and what is put into the store

const EPOCHS = ['acceptedEpoch', 'currentEpoch'] as const;
export type EpochName = (typeof EPOCHS)[number];
const APPEND = EPOCHS.length;
const ENTRY_HEADER = 4 + 1;
const RECORD = ENTRY_HEADER + KEY;

interface Epoch {
  readonly epochOf: EpochName;
  readonly epoch: number;
}

/** Something for the store: a transaction of the log, or an epoch; `bytes` is all of it. */
export type Entry = { readonly bytes: Buffer } & ({ readonly key: Buffer; readonly record: Buffer } | Epoch);

/** The key in what `encodeAppend` made; of several in a row, that of the first. */
export const keyIn = (append: Buffer): Buffer => append.subarray(ENTRY_HEADER, RECORD);

/** The zxid of the transaction that stands first in a frame; null if something else does. */
export const firstIn = (body: Buffer): Zxid | null => (body[4] === APPEND ? zxidOf(keyIn(body)) : null);

/** A record is: checksum, zxid of the one before, server at which it arrived, payload. The checksum covers the key too. */
export const encodeAppend = (txn: Txn, previous: Zxid): Buffer => {
  const payload = String(txn.payload);
  const length = KEY + TXN_HEADER + payload.length;
  const entry = Buffer.allocUnsafe(ENTRY_HEADER + length);
  entry.writeUInt32BE(length, 0);
  entry[4] = APPEND;
  writeZxid(entry, txn.zxid, ENTRY_HEADER);
  writeZxid(entry, previous, RECORD + CHECKSUM);
  entry.writeInt32BE(txn.origin, RECORD + CHECKSUM + KEY);
  entry.write(payload, RECORD + TXN_HEADER, 'latin1');
  entry.writeUInt32BE(crc32(entry.subarray(RECORD + CHECKSUM), crc32(keyIn(entry))), RECORD);
  return entry;
};

/** The zxid of the one before it, in what `encodeAppend` made. */
export const previousIn = (append: Buffer): Zxid => zxidOf(append.subarray(RECORD + CHECKSUM));

export const encodeEpoch = (which: EpochName, epoch: number): Buffer => {
  const entry = Buffer.allocUnsafe(ENTRY_HEADER + 4);
  entry.writeUInt32BE(4, 0);
  entry[4] = EPOCHS.indexOf(which);
  entry.writeUInt32BE(epoch, ENTRY_HEADER);
  return entry;
};

/** @returns where the entry ends that begins there @throws CorruptStore for what is no whole entry */
const endOf = (all: Buffer, at: number, what: string): number => {
  const body = at + ENTRY_HEADER;
  const end = body <= all.length ? body + all.readUInt32BE(at) : Number.POSITIVE_INFINITY;
  const kind = all[at + 4]!;
  if (end > all.length || kind > APPEND || end - body < (kind === APPEND ? KEY : 4))
    throw new CorruptStore(`${what}: an entry is cut short or damaged`);
  return end;
};

const epochAt = (all: Buffer, at: number): Epoch => ({
  epochOf: EPOCHS[all[at + 4]!]!,
  epoch: all.readUInt32BE(at + ENTRY_HEADER),
});

/**
 * @param what they are, for the error
 * @throws CorruptStore for what are no entries up to the last byte
 */
export const decodeEntries = function* (all: Buffer, what: string): Iterable<Entry> {
  for (let at = 0; at < all.length; ) {
    const end = endOf(all, at, what);
    const bytes = all.subarray(at, end);
    if (all[at + 4] === APPEND)
      yield { bytes, key: bytes.subarray(ENTRY_HEADER, RECORD), record: bytes.subarray(RECORD) };
    else yield { bytes, ...epochAt(all, at) };
    at = end;
  }
};

/**
 * The same entries, transactions that follow each other in one piece: a Buffer of `most` bytes at most, or of one
 * transaction.
 * @throws CorruptStore as `decodeEntries`
 */
export const decodeStretches = (all: Buffer, most: number, what: string): readonly (Buffer | Epoch)[] => {
  const stretches: (Buffer | Epoch)[] = [];
  let from = 0;
  const cut = (at: number): void => {
    if (at > from) stretches.push(all.subarray(from, at));
    from = at;
  };
  for (let at = 0; at < all.length; ) {
    const end = endOf(all, at, what);
    const isAppend = all[at + 4] === APPEND;
    if (!isAppend || end - from > most) cut(at);
    if (!isAppend) {
      stretches.push(epochAt(all, at));
      from = end;
    }
    at = end;
  }
  cut(all.length);
  return stretches;
};

export interface LogRecord {
  readonly txn: Txn;
  readonly previous: Zxid;
}

/** @throws CorruptStore */
export const decodeTxn = (key: Buffer, record: Buffer): LogRecord => {
  const zxid = key.length === KEY ? zxidOf(key) : Number.NaN;
  if (record.length < TXN_HEADER || record.readUInt32BE(0) !== crc32(record.subarray(CHECKSUM), crc32(key)))
    throw new CorruptStore(`transaction ${zxid} of the log: its checksum is wrong`);
  return {
    previous: zxidOf(record.subarray(CHECKSUM)),
    txn: {
      zxid,
      origin: record.readInt32BE(CHECKSUM + KEY),
      payload: record.toString('latin1', TXN_HEADER),
    },
  };
};

export const pieceKey = (generation: number, index: number): Buffer => {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt32BE(generation, 0);
  key.writeUInt32BE(index, 4);
  return key;
};
