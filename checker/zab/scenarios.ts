/**
 * Named scenarios: the crashes that everybody asks about, as scripts of the model. Fast Leader Election, three servers;
 * server 3 leads, as in the runs of the real one that they are held against.
 */
import type { Named } from '../definition.js';
import type { ZabOptions } from './options.js';
import type { Line } from './script.js';

export interface Scenario extends Named {
  readonly config: Partial<ZabOptions>;
  readonly script: readonly Line[];
}

const config: Partial<ZabOptions> = { election: 'fle', start: 'serving', txns: 2, crashes: 1 };

const proposeAt = (server: number): Line => ({ name: 'leaderProcessRequest', server });
const proposalReaches = (server: number): Line => ({ name: 'followerProcessPROPOSAL', server });
const ackCounts = (from: number): Line => ({ name: 'leaderProcessACK', server: 3, from });

/** The leader dies; nothing that it has sent arrives any more; the others elect, and it comes back. */
const leaderDies: readonly Line[] = [
  { name: 'crash', server: 3 },
  { name: 'followerClosed', server: 1 },
  { name: 'followerClosed', server: 2 },
  'rest',
];
const leaderReturns: readonly Line[] = [{ name: 'restart', server: 3 }, 'rest'];

const scenario = (name: string, summary: string, script: readonly Line[]): Scenario => ({
  name,
  summary,
  config,
  script,
});

export const scenarios: readonly Scenario[] = [
  scenario(
    'leader-crash-before-commit',
    'the leader dies with a proposal that reached nobody: it is rolled back by TRUNC',
    [proposeAt(3), ...leaderDies, ...leaderReturns],
  ),
  scenario(
    'leader-crash-before-commit-then-write',
    'the same, but the next epoch has a transaction before the old leader is back: SNAP',
    [proposeAt(3), ...leaderDies, proposeAt(2), 'rest', ...leaderReturns],
  ),
  scenario(
    'leader-crash-before-commit-survives',
    'the leader dies with a proposal that reached one follower, which did not get to acknowledge it: it survives',
    [proposeAt(3), proposalReaches(1), ...leaderDies, ...leaderReturns],
  ),
  scenario(
    'leader-crash-after-commit',
    'the leader dies after the commit, before anyone else hears of it: the client was answered, the write survives',
    [proposeAt(3), proposalReaches(1), proposalReaches(2), ackCounts(1), ...leaderDies, ...leaderReturns],
  ),
  scenario(
    'leader-crash-after-commit-one-follower',
    'the same, and only one follower ever had the proposal: that follower leads, the write survives',
    [proposeAt(3), proposalReaches(1), ackCounts(1), ...leaderDies, ...leaderReturns],
  ),
  scenario(
    'leader-crash-before-proposal',
    'the leader dies after the request was sent to it, before it proposed: the write never existed',
    [{ name: 'followerForwardsREQUEST', server: 1 }, ...leaderDies, ...leaderReturns],
  ),
];
