/**
 * What a learner and its leader say to each other: QuorumPacket, with the payload that each type has, and what follows
 * SNAP on the same stream. Source: Leader, Learner, LearnerHandler, DataTree; measured on 3.8.0.
 */
import { JuteError } from '../../impl/zookeeper/jute.js';
import {
  all,
  bool,
  bytes,
  type Codec,
  CodecError,
  decode,
  encode,
  int,
  list,
  long,
  struct,
  text,
  type ValueOf,
} from './codec.js';
import { request, txn } from './txns.js';

/** A payload that is not there; ZooKeeper writes the length -1. */
const none: Codec<null> = {
  read: () => {
    throw new JuteError('a payload where there is none');
  },
  write: () => {},
};
const utf8: Codec<string> = {
  read: (r) => r.raw(r.left).toString('utf8'),
  write: (w, s) => w.raw(Buffer.from(s)),
};
const info = struct({ sid: long, protocolVersion: int, configVersion: long });
const touch = all(struct({ session: long, timeoutMs: int }));
const asked = struct({ session: long, timeoutMs: int });
const answered = struct({ session: long, valid: bool });
const REVALIDATE_ASKED_BYTES = 12;
const revalidate: Codec<ValueOf<typeof asked> | ValueOf<typeof answered>> = {
  read: (r) => (r.left >= REVALIDATE_ASKED_BYTES ? asked.read(r) : answered.read(r)),
  write: (w, value) => ('valid' in value ? answered.write(w, value) : asked.write(w, value)),
};

/** By Leader's constants. `data` is the payload; it may be absent (null) in any of them. */
const PACKETS = {
  REQUEST: { id: 1, data: request },
  PROPOSAL: { id: 2, data: txn },
  ACK: { id: 3, data: none },
  COMMIT: { id: 4, data: none },
  PING: { id: 5, data: touch },
  REVALIDATE: { id: 6, data: revalidate },
  SYNC: { id: 7, data: none },
  INFORM: { id: 8, data: txn },
  COMMITANDACTIVATE: { id: 9, data: struct({ designatedLeader: long }) },
  NEWLEADER: { id: 10, data: utf8 },
  FOLLOWERINFO: { id: 11, data: info },
  UPTODATE: { id: 12, data: none },
  DIFF: { id: 13, data: none },
  TRUNC: { id: 14, data: none },
  SNAP: { id: 15, data: none },
  OBSERVERINFO: { id: 16, data: info },
  LEADERINFO: { id: 17, data: struct({ protocolVersion: int }) },
  ACKEPOCH: { id: 18, data: struct({ currentEpoch: int }) },
  INFORMANDACTIVATE: { id: 19, data: struct({ designatedLeader: long, txn }) },
} as const;

export type PacketType = keyof typeof PACKETS;

const auth = list(struct({ scheme: text, id: text }));

export type QuorumPacket = {
  readonly [T in PacketType]: {
    readonly type: T;
    readonly zxid: bigint;
    readonly data: ValueOf<(typeof PACKETS)[T]['data']> | null;
    readonly auth: ValueOf<typeof auth>;
  };
}[PacketType];

const NAMES = new Map(Object.entries(PACKETS).map(([name, { id }]) => [id as number, name as PacketType]));

const envelope = struct({ id: int, zxid: long, data: bytes, auth });

/**
 * One QuorumPacket, whole.
 * @throws CodecError that names what is wrong
 */
export const decodePacket = (from: Uint8Array): QuorumPacket => {
  const { id, zxid, data, auth: identity } = decode(envelope, from);
  const type = NAMES.get(id);
  if (type === undefined) throw new CodecError(`a packet of type ${id} is not known`);
  try {
    const payload = data === null ? null : decode<any>(PACKETS[type].data, data);
    return { type, zxid, data: payload, auth: identity } as QuorumPacket;
  } catch (error) {
    if (error instanceof CodecError) throw new CodecError(`${type}: ${error.message}`);
    throw error;
  }
};

export const encodePacket = (packet: QuorumPacket): Buffer => {
  const { id, data: payload } = PACKETS[packet.type];
  const data = packet.data === null ? null : encode<any>(payload, packet.data);
  return encode(envelope, { id, zxid: packet.zxid, data, auth: packet.auth });
};

const STAT_FIELDS = {
  czxid: long,
  mzxid: long,
  ctimeMs: long,
  mtimeMs: long,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: long,
  pzxid: long,
};
const sessions = list(struct({ session: long, timeoutMs: int }));
const acls = list(struct({ key: long, acl: list(struct({ perms: int, scheme: text, id: text })) }));
const node = struct({ path: text, data: bytes, acl: long, stat: struct(STAT_FIELDS) });

/** The path of no node: the list of them is over. */
export const END_OF_NODES = '/';

const nodes: Codec<readonly ValueOf<typeof node>[]> = {
  read: (r) => {
    const found: ValueOf<typeof node>[] = [];
    for (let path = text.read(r); path !== END_OF_NODES; path = text.read(r))
      found.push({ path, data: bytes.read(r), acl: long.read(r), stat: struct(STAT_FIELDS).read(r) });
    return found;
  },
  write: (w, values) => {
    for (const value of values) node.write(w, value);
    text.write(w, END_OF_NODES);
  },
};

/** The state that follows SNAP. */
export const snapshot = struct({ sessions, acls, nodes, signature: text });
export type Snapshot = ValueOf<typeof snapshot>;
