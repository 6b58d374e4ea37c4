/** Numbers of ZooKeeper's client protocol: what is asked, and what goes wrong. Source: ZooDefs.OpCode, KeeperException.Code. */

export const OP = {
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  create2: 15,
  closeSession: -11,
} as const;

export const ERROR = {
  ok: 0,
  marshalling: -5,
  unimplemented: -6,
  badArguments: -8,
  noNode: -101,
  badVersion: -103,
  nodeExists: -110,
  notEmpty: -111,
} as const;

export const XID = { ping: -2 } as const;

/** Kinds of node that a create can ask for; all others are not supported yet. */
export const CREATE = { persistent: 0, persistentSequential: 2 } as const;

/** A packet of a client is not longer than this. ZooKeeper: jute.maxbuffer. */
export const MOST_PACKET = 0xf_ffff;
