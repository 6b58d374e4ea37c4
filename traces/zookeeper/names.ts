/**
 * ZooKeeper's messages in the specification's words: 64-bit zxids as safe integers, sids as numbers, the halves of a zxid
 * that stand for an epoch as that epoch. Sessions, times, digests and transactions are opaque; a transaction is named by
 * its session and the number that the client gave it, in its REQUEST and in its PROPOSAL alike.
 */
import type { Notification } from '../../spec/messages.js';
import type { LogEventOf } from '../format/log.js';
import { CodecError } from './codec.js';
import type { ElectionNotification } from './election.js';
import type { QuorumPacket } from './quorum.js';
import { OP_SYNC } from './txns.js';

export type LoggedMessage = LogEventOf<'send'>['message'];

/** What an observer says for "nobody". ZooKeeper: Long.MIN_VALUE. */
const NOBODY = -(2n ** 63n);
const MOST_EPOCH = 2n ** 21n;

/** @throws CodecError if it is beyond what the specification counts */
export const zxidOf = (zxid: bigint): number => {
  if (zxid < 0n || zxid >> 32n >= MOST_EPOCH)
    throw new CodecError(`zxid ${zxid} is none of an epoch below 2^21`);
  return Number(zxid);
};

export const epochOf = (zxid: bigint): number => Number(BigInt.asUintN(64, zxid) >> 32n);

const votedNumber = (n: bigint): number => (n === NOBODY ? -1 : zxidOf(n));

/** @throws CodecError */
export const notificationOf = (n: ElectionNotification): Notification => ({
  state: n.state,
  leader: votedNumber(n.leader),
  zxid: votedNumber(n.zxid),
  electionEpoch: zxidOf(n.electionEpoch),
  // Versions that sent no epoch meant the one of the zxid.
  peerEpoch: n.peerEpoch === null ? epochOf(n.zxid) : votedNumber(n.peerEpoch),
});

const payloadOf = (session: bigint, cxid: number): string =>
  `0x${BigInt.asUintN(64, session).toString(16)}:${cxid}`;

const txnOf = ({ zxid, data }: Extract<QuorumPacket, { type: 'PROPOSAL' | 'INFORM' }>) => {
  if (data === null) throw new CodecError('a transaction is missing');
  if (data.zxid !== zxid) throw new CodecError(`the transaction is ${data.zxid}, its packet says ${zxid}`);
  return { zxid: zxidOf(zxid), payload: payloadOf(data.clientId, data.cxid) };
};

/**
 * Null for what the specification has no word for: sessions that move, and sync, which takes no zxid.
 * @throws CodecError for what no server without reconfiguration says
 */
export const messageOf = (packet: QuorumPacket): LoggedMessage | null => {
  const { type, zxid } = packet;
  switch (type) {
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
      return { type, acceptedEpoch: epochOf(zxid) };
    case 'LEADERINFO':
    case 'NEWLEADER':
      return { type, epoch: epochOf(zxid) };
    case 'ACKEPOCH':
      if (packet.data === null) throw new CodecError('ACKEPOCH without an epoch');
      return { type, currentEpoch: packet.data.currentEpoch, lastZxid: zxidOf(zxid) };
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'ACK':
    case 'COMMIT':
      return { type, zxid: zxidOf(zxid) };
    case 'UPTODATE':
    case 'PING':
      return { type };
    case 'PROPOSAL':
    case 'INFORM':
      return { type, txn: txnOf(packet) };
    case 'REQUEST':
      if (packet.data === null) throw new CodecError('a REQUEST without a request');
      return packet.data.op === OP_SYNC
        ? null
        : { type, request: { payload: payloadOf(packet.data.session, packet.data.cxid) } };
    case 'REVALIDATE':
    case 'SYNC':
      return null;
    case 'COMMITANDACTIVATE':
    case 'INFORMANDACTIVATE':
      throw new CodecError(`${type}: the specification knows no reconfiguration`);
  }
};
