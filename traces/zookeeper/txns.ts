/**
 * What a transaction consists of: header, body, digest; and what a client's forwarded request does. The protocol looks at
 * the zxid alone; the rest is for whoever wants to know what a log holds. Source: zookeeper.jute, SerializeUtils.
 */
import { JuteError } from '../../impl/zookeeper/jute.js';
import {
  bool,
  bytes,
  type Codec,
  int,
  list,
  long,
  optional,
  rest,
  struct,
  text,
  type ValueOf,
} from './codec.js';

const acl = list(struct({ perms: int, scheme: text, id: text }));
const node = { path: text, data: bytes };
const created = struct({ ...node, acl, ephemeral: bool, parentCVersion: int });
const written = struct({ ...node, version: int });
const part = struct({ type: int, body: bytes });

/** By ZooDefs.OpCode. A multi's parts stay as they are. */
const BODIES: Readonly<Record<number, { readonly op: string; readonly body: Codec<any> }>> = {
  [-11]: { op: 'closeSession', body: struct({ paths: list(text) }) },
  [-10]: { op: 'createSession', body: struct({ timeoutMs: int }) },
  [-1]: { op: 'error', body: struct({ code: int }) },
  1: { op: 'create', body: created },
  2: { op: 'delete', body: struct({ path: text }) },
  5: { op: 'setData', body: written },
  7: { op: 'setACL', body: struct({ path: text, acl, version: int }) },
  13: { op: 'check', body: struct({ path: text, version: int }) },
  14: { op: 'multi', body: struct({ parts: list(part) }) },
  15: { op: 'create2', body: created },
  16: { op: 'reconfig', body: written },
  19: { op: 'createContainer', body: struct({ ...node, acl, parentCVersion: int }) },
  20: { op: 'deleteContainer', body: struct({ path: text }) },
  21: { op: 'createTTL', body: struct({ ...node, acl, parentCVersion: int, ttlMs: long }) },
};

const header = struct({ clientId: long, cxid: int, zxid: long, timeMs: long, type: int });
/** Of the whole tree after the transaction; an error has none. */
const digest = optional(struct({ version: int, tree: long }));

export interface ZooKeeperTxn extends ValueOf<typeof header> {
  readonly op: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly digest: ValueOf<typeof digest>;
}

export const txn: Codec<ZooKeeperTxn> = {
  read: (r) => {
    const head = header.read(r);
    const known = BODIES[head.type];
    if (!known) throw new JuteError(`a transaction of type ${head.type} is not known`);
    return { ...head, op: known.op, body: known.body.read(r), digest: digest.read(r) };
  },
  write: (w, value) => {
    header.write(w, value);
    BODIES[value.type]!.body.write(w, value.body);
    digest.write(w, value.digest);
  },
};

/** What a learner forwards for its client. */
export const request = struct({ session: long, cxid: int, op: int, body: rest });

/** ZooDefs.OpCode of a request that takes no zxid. */
export const OP_SYNC = 9;
