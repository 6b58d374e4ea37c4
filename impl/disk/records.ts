/**
 * What is on the disk, as bytes. Every record carries a checksum, and every log record the zxid of the one before it,
 * so that a hole in the log is noticed as surely as a flipped bit.
 */
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

/** Big-endian, so that the order of keys is the order of zxids. */
export const keyOf = (zxid: Zxid): Buffer => {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt32BE(Math.floor(zxid / 2 ** 32), 0);
  key.writeUInt32BE(zxid % 2 ** 32, 4);
  return key;
};

export const zxidOf = (key: Buffer): Zxid => key.readUInt32BE(0) * 2 ** 32 + key.readUInt32BE(4);

const TXN_HEADER = CHECKSUM + 8 + 4;

/** checksum, zxid of the one before, server at which it arrived, payload. The checksum covers the key too. */
export const encodeTxn = (txn: Txn, previous: Zxid): Buffer => {
  const payload = String(txn.payload);
  const record = Buffer.allocUnsafe(TXN_HEADER + payload.length);
  record.set(keyOf(previous), CHECKSUM);
  record.writeInt32BE(txn.origin, CHECKSUM + 8);
  record.write(payload, TXN_HEADER, 'latin1');
  record.writeUInt32BE(crc32(record.subarray(CHECKSUM), crc32(keyOf(txn.zxid))), 0);
  return record;
};

export interface LogRecord {
  readonly txn: Txn;
  readonly previous: Zxid;
}

/** @throws CorruptStore */
export const decodeTxn = (key: Buffer, record: Buffer): LogRecord => {
  const zxid = key.length === 8 ? zxidOf(key) : Number.NaN;
  if (record.length < TXN_HEADER || record.readUInt32BE(0) !== crc32(record.subarray(CHECKSUM), crc32(key)))
    throw new CorruptStore(`transaction ${zxid} of the log: its checksum is wrong`);
  return {
    previous: zxidOf(record.subarray(CHECKSUM)),
    txn: {
      zxid,
      origin: record.readInt32BE(CHECKSUM + 8),
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
