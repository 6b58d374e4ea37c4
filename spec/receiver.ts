/**
 * The threads of an election told apart, as Apache ZooKeeper has them: one receives votes, answers at once whom it can and
 * queues the vote; the other counts one vote after the other. Only in variants; in `zab` one thread does both. ZooKeeper:
 * Messenger.WorkerReceiver and the loop of FastLeaderElection.lookForLeader.
 */
import { type Config, isVoter } from './config.js';
import { answersEarlierRound, hasElectors, isBetterVote, notificationOf, processVote } from './election.js';
import type { Notification } from './messages.js';
import type { Looking } from './server.js';
import { done, impossible, type Step } from './step.js';
import type { Sid } from './zxid.js';

/** The newest of a full queue takes the place of the oldest. ZooKeeper: CircularBlockingQueue. */
const enqueue = (config: Config, self: Looking, from: Sid, notification: Notification): Looking => ({
  ...self,
  receiveQueue: [...(self.receiveQueue ?? []), { from, notification }].slice(-config.rules.receiveQueue),
});

/** A voter tells itself too, and counts its own vote when its turn comes. ZooKeeper: QuorumCnxManager.toSend. */
export const tellItself = (config: Config, self: Looking): Looking =>
  config.rules.receiveQueue > 0 && isVoter(config, self.sid)
    ? enqueue(config, self, self.sid, notificationOf(self))
    : self;

/** The receiver: the vote is queued, whatever it says; one of an earlier round is answered now, as things stand now. */
export const receiveVote = (config: Config, self: Looking, from: Sid, n: Notification): Step =>
  done(
    'lookingReceivesVote',
    enqueue(config, self, from, n),
    n.state === 'LOOKING' && n.electionEpoch < self.vote.electionEpoch
      ? answersEarlierRound(config, self, from)
      : [],
  );

/** Whether the thread that counts votes has one to count. */
export const hasVotes = (self: Looking): boolean => (self.receiveQueue ?? []).length > 0;

/**
 * While it waits for a better vote, whatever is none is forgotten, even if it is of a later round or from a server that
 * has decided. A better one goes back to the end of the queue, and the wait is over.
 */
const processInWait = (config: Config, self: Looking, from: Sid, n: Notification): Step => {
  const { finalizing: _, ...rest } = self;
  return done(
    'lookingProcessVoteInWait',
    isBetterVote(config, n, self.vote) ? enqueue(config, rest, from, n) : self,
  );
};

/** The thread that counts votes comes to the oldest. A quorum is looked for behind a vote of this round only. */
export const lookingElectionTurn = (config: Config, self: Looking): Step => {
  const [oldest, ...receiveQueue] = self.receiveQueue ?? [];
  if (oldest === undefined) return impossible(self, 'Turn of the thread that counts votes');
  const { from, notification } = oldest;
  const taken: Looking = { ...self, receiveQueue };
  if (taken.finalizing) return processInWait(config, taken, from, notification);
  const { handler, server, effects } = processVote(config, taken, from, notification);
  const counted =
    server.state === 'LOOKING' &&
    notification.state === 'LOOKING' &&
    notification.electionEpoch === server.vote.electionEpoch;
  return counted && hasElectors(config, server)
    ? done(handler, { ...server, finalizing: true }, effects)
    : done(handler, server, effects);
};
