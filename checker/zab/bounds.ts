/** The smallest bounds found under which each planted defect breaks the invariant that it is planted for, and no other. */
import type { ZabOptions } from './options.js';

type Bounds = Partial<ZabOptions>;

const oneLeader: Bounds = { crashes: 0, elections: 1 };

export const defectBounds: Readonly<Record<string, Bounds>> = {
  'two-leaders-from-a-stale-vote': { crashes: 0, timeouts: 2, txns: 0 },
  'discard-uncommitted': {},
  'no-epoch-check-on-newleader': { crashes: 0, timeouts: 2 },
  'commit-without-quorum': oneLeader,
  'ack-before-flush': { ...oneLeader, persistence: 'async' },
  'ack-outlives-truncation': { persistence: 'async' },
  'epoch-before-history': { start: 'established', crashes: 2, txns: 0, persistence: 'async' },
  'vote-without-zxid': { election: 'fle', start: 'established', txns: 0 },
  'observer-skips-earlier-epochs': { servers: 1, observers: 1, txns: 2 },
  'duplicate-in-diff': { crashes: 0, timeouts: 1, elections: 1, txns: 2 },
  'recovery-skips-first': { txns: 2 },
  'zxid-of-another-epoch': { txns: 2 },
  'deliver-before-commit': oneLeader,
  'forget-to-truncate': {},
  'answer-before-commit': oneLeader,
  'observer-counts': { ...oneLeader, observers: 1, txns: 0 },
  'forget-outstanding': oneLeader,
  'silent-when-decided': { election: 'fle', crashes: 0, txns: 0 },
};
