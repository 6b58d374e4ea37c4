/** The smallest bounds found under which each planted defect breaks the invariant that it is planted for, and no other. */
import type { ZabOptions } from './options.js';

type Bounds = Partial<ZabOptions>;

/** From an established ensemble with a proposal under way, and no further write. */
const underWay: Bounds = { start: 'established', txns: 0 };

const oneLeader: Bounds = { crashes: 0, elections: 1 };

/** A follower dies between two writes of a second epoch, and is elected for the third. */
const epochWithoutHistory: Bounds = {
  ...underWay,
  election: 'atomic',
  crashes: 2,
  restarts: 2,
  persistence: 'async',
};

/** Bounds under which a variant is worth a look; whatever else is asked for overrides them. */
export const variantBounds: Readonly<Record<string, Bounds>> = {
  'zookeeper-3.8': { ...underWay, persistence: 'async' },
};

export const defectBounds: Readonly<Record<string, Bounds>> = {
  'two-leaders-from-a-stale-vote': { crashes: 0, timeouts: 2, txns: 0 },
  'discard-uncommitted': {},
  'no-epoch-check-on-newleader': { crashes: 0, timeouts: 2 },
  'commit-without-quorum': oneLeader,
  'ack-before-flush': { ...oneLeader, persistence: 'async' },
  'ack-outlives-truncation': { persistence: 'async' },
  'epoch-before-history': epochWithoutHistory,
  'vote-without-zxid': { ...underWay, election: 'fle' },
  'observer-skips-earlier-epochs': { servers: 1, observers: 1, txns: 2 },
  'observer-compares-lengths': { start: 'diverged', observers: 1, crashes: 0, elections: 1 },
  'duplicate-in-diff': { crashes: 0, timeouts: 1, elections: 1, txns: 2 },
  'recovery-skips-first': { txns: 2 },
  'zxid-of-another-epoch': { txns: 2 },
  'deliver-before-commit': oneLeader,
  'forget-to-truncate': {},
  'answer-before-commit': oneLeader,
  'observer-counts': { ...oneLeader, observers: 1, txns: 0 },
  'forget-outstanding': oneLeader,
  'ZOOKEEPER-2845': underWay,
  'ZOOKEEPER-3023': underWay,
  'ZOOKEEPER-3911': underWay,
  'ZOOKEEPER-4394': underWay,
  'ZOOKEEPER-4643': epochWithoutHistory,
  'ZOOKEEPER-4646': { ...underWay, persistence: 'async' },
  'ZOOKEEPER-4685': { ...underWay, persistence: 'async' },
  'ZOOKEEPER-4712': { ...underWay, servers: 2, crashes: 2, persistence: 'async' },
  'forget-synchronization': { ...underWay, crashes: 2 },
  'ZOOKEEPER-4925': { start: 'rejoined', elections: 1, restarts: 0 },
  'silent-when-decided': { election: 'fle', crashes: 0, txns: 0 },
};

/** What a defect of ZooKeeper needs besides its own bounds where nothing has happened yet. */
const coldNeeds: Readonly<Record<string, Bounds>> = {
  // The victim needs a transaction first: a server without any gets SNAP, which is durable before the epoch in any order.
  'ZOOKEEPER-4643': { txns: 2, clients: 'leader', crashes: 1, restarts: 1, timeouts: 1, elections: 3 },
  'ZOOKEEPER-4712': { txns: 2 },
  // A server that got a transaction by DIFF and is elected: its start stores the path to there.
  'ZOOKEEPER-4925': { start: 'rejoined' },
};

/** Bounds under which a defect of ZooKeeper shows from servers that have only just started, with the oracle election. */
export const coldBounds = (name: string): Bounds => ({
  ...defectBounds[name],
  start: 'cold',
  election: 'oracle',
  txns: 1,
  ...coldNeeds[name],
});
