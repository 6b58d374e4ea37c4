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

// --- an election that goes round: server 1 cannot reach 3, and both reach 2

const hearsVote = (server: number, from: number): Line => at('lookingProcessLookingVote', server, { from });

const electsInVain: readonly Line[] = [at('lookingFinalizeWait', 1), at('followerTimeout', 1)];
const roundMore: readonly Line[] = [
  hearsVote(2, 1),
  hearsVote(3, 2),
  hearsVote(2, 3),
  hearsVote(1, 2),
  ...electsInVain,
];

// --- a vote that is forgotten in the wait for a better one

const receivesVote = (server: number, from: number): Line => at('lookingReceivesVote', server, { from });
const countsVote = (server: number): Line => at('lookingProcessLookingVote', server);

export const differences: readonly Scenario[] = [
  {
    name: 'late-follower',
    summary:
      'a follower joins with a proposal under way, which is committed before UPTODATE: ACK of NEWLEADER, then of the proposal',
    config: { start: 'serving', txns: 1 },
    script: [
      at('crash', 3),
      'rest',
      at('restart', 3),
      at('leaderProcessRequest', 1),
      at('lookingElectedFollower', 3),
      at('followerConnected', 3),
      at('leaderProcessFOLLOWERINFO', 1),
      at('followerProcessLEADERINFO', 3),
      at('leaderProcessACKEPOCH', 1),
      at('followerProcessPROPOSAL', 2),
      at('leaderProcessACK', 1, { from: 2 }),
      'rest',
    ],
  },
  {
    name: 'late-ack-counts',
    summary: 'a follower dies with its ACK on the way: the ACK arrives, and the proposal is committed by it',
    config: { start: 'serving', txns: 1 },
    script: [
      at('leaderProcessRequest', 1),
      at('followerProcessPROPOSAL', 2),
      at('crash', 2),
      at('leaderProcessACK', 1, { from: 2 }),
      'rest',
    ],
  },
  {
    name: 'fresh-server-of-an-empty-epoch',
    summary: 'a fresh server joins an established epoch without a write: an empty DIFF',
    config: { txns: 0 },
    script: [at('crash', 3), 'rest', at('restart', 3), 'rest'],
  },
  {
    name: 'fresh-server-of-an-empty-epoch-in-zookeeper',
    summary: 'the same in ZooKeeper, whose leader stands at <1,0>: SNAP',
    config: { txns: 0, ...zookeeper },
    script: [at('crash', 3), 'rest', at('restart', 3), 'rest'],
  },
  {
    name: 'fresh-server-after-a-write',
    summary: 'a fresh server joins after a write: SNAP, although a DIFF of everything would do',
    config: {},
    script: [at('crash', 3), 'rest', at('leaderProcessRequest', 1), 'rest', at('restart', 3), 'rest'],
  },
  {
    name: 'epoch-not-yet-durable',
    summary:
      'a leader dies before its epoch is on disk: nobody has heard of that epoch, and it may come again',
    config: { txns: 0, persistence: 'async' },
    script: [
      at('lookingElectedLeader', 1),
      at('lookingElectedFollower', 2),
      at('followerConnected', 2),
      at('leaderProcessFOLLOWERINFO', 1),
      at('crash', 1, { kept: 0 }),
      at('restart', 1),
    ],
  },
  {
    name: 'observer-is-answered',
    summary:
      'a voter answers an observer at once; the observer tells a new vote of its own, and answers nothing',
    config: { election: 'fle', servers: 2, observers: 1, txns: 0, crashes: 0 },
    script: [
      at('answerObserver', 1, { from: 3 }),
      hearsVote(3, 1),
      at('answerObserver', 1, { from: 3 }),
      hearsVote(3, 1),
    ],
  },
  {
    name: 'vote-sent-again',
    summary: 'the votes of server 3 are lost; when all else is quiet it sends them again, and joins',
    config: { election: 'fle', txns: 0, crashes: 0, losses: 2 },
    script: [
      { name: 'loseNotification', from: 3, to: 1 },
      { name: 'loseNotification', from: 3, to: 2 },
      'rest',
      at('lookingResend', 3, { to: 1 }),
      at('answerLooking', 1, { from: 3 }),
      at('lookingProcessDecidedVote', 3, { from: 1 }),
      at('lookingResend', 3, { to: 2 }),
      'rest',
    ],
  },
  {
    name: 'election-goes-round',
    summary: 'server 1 cannot reach 3, which 2 makes it vote for: a round more, and again',
    config: { election: 'fle', partitions: 1, txns: 0, crashes: 0 },
    script: [
      { name: 'partition', between: [1, 3] },
      hearsVote(2, 3),
      hearsVote(1, 2),
      ...electsInVain,
      ...roundMore,
      ...roundMore,
    ],
  },
  {
    name: 'reaches-the-leader-alone',
    summary:
      'server 1 reaches the leader, and no other voter: it cannot know that a quorum follows, and stays out',
    config: { election: 'fle', start: 'serving', partitions: 1, txns: 0 },
    script: [{ name: 'partition', between: [1, 2] }, at('crash', 1), at('restart', 1), 'rest'],
  },
  {
    name: 'joins-an-earlier-round',
    summary: 'a server that looks in round 2 joins a leader that was elected in round 1',
    config: { election: 'fle', start: 'serving', timeouts: 1, txns: 0, crashes: 0 },
    script: [at('followerTimeout', 1), 'rest'],
  },
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
  {
    name: 'vote-forgotten-in-the-wait',
    summary:
      'server 3 looks in round 2 by now; server 2, about to decide in round 1, forgets that vote and follows it',
    config: { ...zookeeper, election: 'fle', receiveQueue: 'unbounded', timeouts: 1, txns: 0, crashes: 0 },
    script: [
      countsVote(2),
      receivesVote(2, 3),
      countsVote(2),
      countsVote(2),
      receivesVote(3, 2),
      countsVote(3),
      countsVote(3),
      at('lookingFinalizeWait', 3),
      at('leaderTimeout', 3),
      receivesVote(2, 3),
      at('lookingProcessVoteInWait', 2),
      at('lookingFinalizeWait', 2),
    ],
  },
  {
    name: 'vote-of-a-later-round-draws-in',
    summary: 'the same with one thread, as Zab has it here: server 2 goes over to round 2',
    config: { election: 'fle', timeouts: 1, txns: 0, crashes: 0 },
    script: [
      hearsVote(2, 3),
      hearsVote(3, 2),
      at('lookingFinalizeWait', 3),
      at('leaderTimeout', 3),
      hearsVote(2, 3),
    ],
  },
];
