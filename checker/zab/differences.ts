/**
 * Named scenarios for docs/ambiguities.md: where the paper, the Java code and the TLA+ specifications disagree or are
 * silent, a run that shows the difference. differences.test.ts says how each of them ends.
 */
import { variants } from '../../spec/variants.js';
import type { ZabOptions } from './options.js';
import type { Scenario } from './scenarios.js';
import type { Line } from './script.js';

/** ZooKeeper's way in what its defects leave alone. */
const zookeeper: Partial<ZabOptions> = {
  variant: 'zookeeper-3.8',
  fix: [...variants.find(({ name }) => name === 'zookeeper-3.8')!.defects],
  persistence: 'sync',
};

const at = (name: string, server: number, fields: Readonly<Record<string, unknown>> = {}): Line => ({
  name,
  server,
  ...fields,
});

// --- a follower that has accepted a later epoch than the established leader's

const lockedOut: Partial<ZabOptions> = { start: 'serving', txns: 0, crashes: 0, timeouts: 3 };

/** Leader 1 keeps a quorum with 3; server 2 has accepted epoch 2, that of its own short leadership, and comes back. */
const acceptsLaterEpoch: readonly Line[] = [
  at('followerTimeout', 2),
  at('followerTimeout', 3),
  at('lookingElectedLeader', 2),
  at('lookingElectedFollower', 3, { leader: 2 }),
  at('followerConnected', 3),
  at('leaderProcessFOLLOWERINFO', 2),
  at('followerTimeout', 3),
  at('leaderClosed', 2),
  at('lookingElectedFollower', 3, { leader: 1 }),
  at('followerConnected', 3),
  at('leaderProcessFOLLOWERINFO', 1, { from: 3 }),
  at('followerProcessLEADERINFO', 3),
  'rest',
  at('leaderTimeout', 2, { because: 'all is silent' }),
];

const comesToLeader: readonly Line[] = [
  at('lookingElectedFollower', 2, { leader: 1 }),
  at('followerConnected', 2),
  at('leaderProcessFOLLOWERINFO', 1, { from: 2 }),
];
const refuses: readonly Line[] = [at('followerProcessLEADERINFO', 2), at('leaderClosed', 1)];

export const differences: readonly Scenario[] = [
  {
    name: 'locked-out-follower',
    summary:
      'a server that has accepted a later epoch is sent back to the same leader, refuses it, and so on for ever',
    config: { ...lockedOut, ...zookeeper },
    script: [...acceptsLaterEpoch, ...comesToLeader, ...refuses, ...comesToLeader, ...refuses],
  },
  {
    name: 'locked-out-follower-let-in',
    summary: 'the same, and the leader gives up when it hears of the later epoch: all are in the next one',
    config: lockedOut,
    script: [...acceptsLaterEpoch, ...comesToLeader, 'rest'],
  },
];
