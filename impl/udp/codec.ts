/**
 * Messages as bytes, with ZooKeeper's packet numbers. Whatever is read is checked to the last byte: what no peer of
 * this version could have written is null, never an exception and never half a message.
 */
import type { Buffer } from 'node:buffer';
import type { Request, Txn } from '../../spec/history.js';
import type { Message, Notification, ServerState } from '../../spec/messages.js';
import { MOST_BYTES, Reader, Writer } from './bytes.js';

export const TYPES = {
  REQUEST: 1,
  PROPOSAL: 2,
  ACK: 3,
  COMMIT: 4,
  PING: 5,
  INFORM: 8,
  NEWLEADER: 10,
  FOLLOWERINFO: 11,
  UPTODATE: 12,
  DIFF: 13,
  TRUNC: 14,
  SNAP: 15,
  OBSERVERINFO: 16,
  LEADERINFO: 17,
  ACKEPOCH: 18,
} as const satisfies Record<Message['type'], number>;

const STATES: readonly ServerState[] = ['LOOKING', 'FOLLOWING', 'LEADING', 'OBSERVING'];

/** Bytes of a transaction or a request without its payload, at most, and the type of a message in front. */
const TXN_HEADER = 1 + 8 + 4 + 4;

/** With room for a payload, which may be long. */
const writerFor = ({ payload }: Request): Writer => new Writer(TXN_HEADER + String(payload).length);

const writeTxn = (writer: Writer, { zxid, origin, payload }: Txn): Writer =>
  writer.zxid(zxid).u32(origin).text(String(payload));

const readTxn = (reader: Reader): Txn => ({
  zxid: reader.zxid(),
  origin: reader.u32(),
  payload: reader.text(),
});

/** A proposal goes to all followers one after the other, and is the same for each. */
let latest: { readonly type: Message['type']; readonly txn: Txn; readonly bytes: Buffer } | null = null;

const encodeTxnMessage = (type: 'PROPOSAL' | 'INFORM', txn: Txn): Buffer => {
  if (latest?.txn !== txn || latest.type !== type)
    latest = { type, txn, bytes: writeTxn(writerFor(txn).u8(TYPES[type]), txn).bytes() };
  return latest.bytes;
};

/** All but SNAP's entries, which travel in front of it one by one (see `encodeEntry`): they may be many. */
export const encodeMessage = (message: Message): Buffer => {
  if (message.type === 'PROPOSAL' || message.type === 'INFORM')
    return encodeTxnMessage(message.type, message.txn);
  const room = message.type === 'REQUEST' ? writerFor(message.request) : new Writer();
  const writer = room.u8(TYPES[message.type]);
  switch (message.type) {
    case 'ACK':
    case 'COMMIT':
    case 'DIFF':
    case 'TRUNC':
      return writer.zxid(message.zxid).bytes();
    case 'REQUEST':
      return writer.u32(message.request.origin).text(String(message.request.payload)).bytes();
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
      return writer.u32(message.acceptedEpoch).bytes();
    case 'LEADERINFO':
    case 'NEWLEADER':
      return writer.u32(message.epoch).bytes();
    case 'ACKEPOCH':
      return writer.i32(message.currentEpoch).zxid(message.lastZxid).bytes();
    case 'SNAP':
      return writer
        .zxid(message.zxid)
        .zxid(message.history.floor)
        .u32(message.history.entries.length)
        .bytes();
    case 'PING':
    case 'UPTODATE':
      return writer.bytes();
  }
};

export const encodeEntry = (txn: Txn): Buffer => writeTxn(writerFor(txn), txn).bytes();

export const decodeEntry = (bytes: Buffer): Txn | null => Reader.all(bytes, readTxn);

const fields = (reader: Reader, entries: readonly Txn[]): Message | null => {
  switch (reader.u8()) {
    case TYPES.ACK:
      return { type: 'ACK', zxid: reader.zxid() };
    case TYPES.COMMIT:
      return { type: 'COMMIT', zxid: reader.zxid() };
    case TYPES.DIFF:
      return { type: 'DIFF', zxid: reader.zxid() };
    case TYPES.TRUNC:
      return { type: 'TRUNC', zxid: reader.zxid() };
    case TYPES.PROPOSAL:
      return { type: 'PROPOSAL', txn: readTxn(reader) };
    case TYPES.INFORM:
      return { type: 'INFORM', txn: readTxn(reader) };
    case TYPES.REQUEST:
      return { type: 'REQUEST', request: { origin: reader.u32(), payload: reader.text() } };
    case TYPES.FOLLOWERINFO:
      return { type: 'FOLLOWERINFO', acceptedEpoch: reader.u32() };
    case TYPES.OBSERVERINFO:
      return { type: 'OBSERVERINFO', acceptedEpoch: reader.u32() };
    case TYPES.LEADERINFO:
      return { type: 'LEADERINFO', epoch: reader.u32() };
    case TYPES.NEWLEADER:
      return { type: 'NEWLEADER', epoch: reader.u32() };
    case TYPES.ACKEPOCH:
      return { type: 'ACKEPOCH', currentEpoch: reader.i32(), lastZxid: reader.zxid() };
    case TYPES.SNAP: {
      const [zxid, floor, count] = [reader.zxid(), reader.zxid(), reader.u32()];
      return count === entries.length ? { type: 'SNAP', zxid, history: { floor, entries } } : null;
    }
    case TYPES.PING:
      return { type: 'PING' };
    case TYPES.UPTODATE:
      return { type: 'UPTODATE' };
    default:
      return null;
  }
};

const TO_LEADER: readonly Message['type'][] = [
  'ACK',
  'REQUEST',
  'PING',
  'FOLLOWERINFO',
  'OBSERVERINFO',
  'ACKEPOCH',
];
const TO_LEARNER: readonly Message['type'][] = [
  'PROPOSAL',
  'COMMIT',
  'INFORM',
  'PING',
  'LEADERINFO',
  'DIFF',
  'TRUNC',
  'SNAP',
  'NEWLEADER',
  'UPTODATE',
];

/**
 * @param to who reads: each end of a link takes only what the other may say
 * @param entries those that came in front of a SNAP
 */
export const decodeMessage = (
  bytes: Buffer,
  to: 'leader' | 'learner',
  entries: readonly Txn[] = [],
): Message | null => {
  const message = Reader.all(bytes, (reader) => fields(reader, entries));
  const may = to === 'leader' ? TO_LEADER : TO_LEARNER;
  return message !== null && may.includes(message.type) ? message : null;
};

/** A vote of nobody has minus ones. */
export const encodeNotification = (n: Notification): Buffer =>
  new Writer()
    .u8(STATES.indexOf(n.state))
    .i32(n.leader)
    .f64(n.zxid)
    .i32(n.peerEpoch)
    .u32(n.electionEpoch)
    .bytes();

export const decodeNotification = (bytes: Buffer): Notification | null =>
  Reader.all(bytes, (reader) => {
    const state = STATES[reader.u8()];
    const [leader, zxid, peerEpoch, electionEpoch] = [reader.i32(), reader.f64(), reader.i32(), reader.u32()];
    if (state === undefined || !Number.isSafeInteger(zxid) || zxid < -1 || leader < -1 || peerEpoch < -1)
      return null;
    return { state, leader, zxid, peerEpoch, electionEpoch };
  });

/** Longest payload of a transaction. */
export const MOST_PAYLOAD = MOST_BYTES;
