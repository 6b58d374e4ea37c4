/**
 * Fast Leader Election, message by message (ZooKeeper: FastLeaderElection.lookForLeader and its WorkerReceiver).
 * A looking server votes for the best it knows of, tells all voters whenever its vote changes, and decides once a
 * quorum votes alike. Observers look too, but have no vote; they adopt that of others.
 */
import { close, done, type Effect, ignore, impossible, observe, type Step } from './step.js';
import { type Config, isVoter } from './config.js';
import { after, type History, joined, lastZxid, truncate } from './history.js';
import { zabRules } from './rules.js';
import type { Notification, Vote } from './messages.js';
import type { Leading, Learner, Looking, Received, Server } from './server.js';
import type { Sid } from './zxid.js';
import { lead } from './leader.js';
import { learn } from './learner.js';
import { hasVotes, receiveVote, tellItself } from './receiver.js';

/** What an observer votes for, so that any vote is better. ZooKeeper: Long.MIN_VALUE in all three. */
const NOBODY: Vote = { leader: -1, zxid: -1, peerEpoch: -1 };

/** The votes of a coarse grain. */
const NO_VOTE = { leader: 0, zxid: 0, peerEpoch: 0, electionEpoch: 0 } as const;

/** ZooKeeper: totalOrderPredicate. */
export const isBetterVote = (config: Config, a: Vote, b: Vote): boolean =>
  (config.rules.compareHistories(a, b) || a.leader - b.leader) > 0;

const ownVote = (
  config: Config,
  self: Pick<Looking, 'sid' | 'currentEpoch' | 'history' | 'committed' | 'inHand'>,
): Vote =>
  isVoter(config, self.sid) && config.rules.mayStand(self)
    ? { leader: self.sid, zxid: lastZxid(self.history), peerEpoch: self.currentEpoch }
    : NOBODY;

/** What a server says when asked: its vote, and what it is doing. */
export const notificationOf = (self: Server): Notification => ({ state: self.state, ...self.vote });

const notify = (self: Server, to: Sid): Effect => ({
  type: 'notify',
  to,
  notification: notificationOf(self),
});

const notifyAll = (config: Config, self: Server): readonly Effect[] =>
  config.voters.filter((sid) => sid !== self.sid).map((sid) => notify(self, sid));

/** Tells all voters, itself too where votes are queued. ZooKeeper: sendNotifications. */
const tellAll = (
  config: Config,
  self: Looking,
): { readonly looking: Looking; readonly effects: readonly Effect[] } => ({
  looking: tellItself(config, self),
  effects: notifyAll(config, self),
});

/** Looks for a leader, in a new round, with all that the last role knew forgotten. */
export const look = (
  config: Config,
  self: Pick<
    Server,
    'sid' | 'acceptedEpoch' | 'currentEpoch' | 'history' | 'committed' | 'vote' | 'committedLog'
  >,
  inHand = false,
): { readonly looking: Looking; readonly effects: readonly Effect[] } => {
  const { sid, acceptedEpoch, currentEpoch, history, committed } = self;
  const votes = config.election === 'fle';
  const candidate = { ...self, ...(inHand && { inHand: true as const }) };
  const looking: Looking = {
    state: 'LOOKING',
    sid,
    acceptedEpoch,
    currentEpoch,
    history,
    committed,
    vote: votes ? { ...ownVote(config, candidate), electionEpoch: self.vote.electionEpoch + 1 } : NO_VOTE,
    received: {},
    outOfElection: {},
    ...(inHand && { inHand: true as const }),
    ...(self.committedLog && { committedLog: self.committedLog }),
  };
  return votes ? tellAll(config, looking) : { looking, effects: [] };
};

/** A server that has not taken part in any round. */
export const newcomer = NO_VOTE;

/** Whether it leaves a proposal that it has neither acknowledged nor discarded, where anybody asks. */
const hasInHand = (config: Config, self: Leading | Learner): boolean => {
  if (config.rules.mayStand === zabRules.mayStand || self.phase === 'DISCOVERY') return false;
  if (self.state !== 'LEADING') return self.unacknowledged.length > 0;
  return (
    self.phase === 'BROADCAST' &&
    self.outstanding.some(({ acknowledged }) => !acknowledged.includes(self.sid))
  );
};

/** What is logged and not committed joins the list that DIFF is made from. ZooKeeper: fastForwardDataBase. */
const fastForward = ({ committedLog, history, committed }: Leading | Learner) =>
  committedLog === undefined ? {} : { committedLog: joined(committedLog, after(history, committed)) };

/** What was to be logged later has reached neither the log nor the queue in front of it, and goes with the role. */
const withoutDeferred = (self: Leading | Learner, history: History): History => {
  if (!('deferred' in self) || self.deferred.length === 0) return history;
  const { deferred } = self;
  const entries = history.entries.filter(({ zxid }) => !deferred.some((txn) => txn.zxid === zxid));
  return { ...history, entries };
};

/** What of its history it still has in memory. */
const historyLeftBy = (config: Config, self: Leading | Learner): History =>
  self.phase === 'SYNCHRONIZATION' && self.state !== 'LEADING' && self.applied !== undefined
    ? truncate(self.history, self.applied)
    : withoutDeferred(self, config.rules.remembers(self));

/** Gives up the present role: closes its links and looks for a leader. */
export const abandon = (
  config: Config,
  handler: string,
  self: Leading | Learner,
  before: readonly Effect[] = [],
): Step => {
  const peers =
    self.state === 'LEADING'
      ? Object.keys(self.learners).map(Number)
      : self.phase === 'DISCOVERY' && self.awaits === 'connection'
        ? []
        : [self.leader];
  const history = historyLeftBy(config, self);
  const { looking, effects } = look(
    config,
    { ...self, history, ...fastForward(self) },
    hasInHand(config, self),
  );
  return done(handler, looking, [...before, ...peers.map(close), ...effects]);
};

/** ZooKeeper: Vote.equals. Of two that are not looking, only leader and epoch count. */
const sameVote = (
  a: Received & { electionEpoch: number },
  b: Received & { electionEpoch: number },
): boolean =>
  a.leader === b.leader &&
  a.peerEpoch === b.peerEpoch &&
  ((a.state !== 'LOOKING' && b.state !== 'LOOKING') ||
    (a.zxid === b.zxid && a.electionEpoch === b.electionEpoch));

/** Those whose vote is this one. */
const supporters = (
  config: Config,
  votes: Readonly<Record<Sid, Received & { electionEpoch?: number }>>,
  round: number,
  vote: Received & { electionEpoch: number },
): readonly Sid[] =>
  Object.keys(votes)
    .map(Number)
    .filter(
      (sid) => config.rules.counts(config, sid) && sameVote({ electionEpoch: round, ...votes[sid]! }, vote),
    );

/** The votes of this round, its own among them; where votes are queued, that comes as any other does. */
const votesOfRound = (config: Config, self: Looking): Readonly<Record<Sid, Received>> => {
  if (config.rules.receiveQueue > 0) return self.received;
  const { leader, zxid, peerEpoch } = self.vote;
  return { ...self.received, [self.sid]: { leader, zxid, peerEpoch, state: 'LOOKING' } };
};

/** Those of this round that vote as this server does, itself included. */
export const electors = (config: Config, self: Looking): readonly Sid[] =>
  supporters(config, votesOfRound(config, self), self.vote.electionEpoch, { ...self.vote, state: 'LOOKING' });

/** Whether a quorum votes as this server does. */
export const hasElectors = (config: Config, self: Looking): boolean =>
  self.vote.leader > 0 && config.rules.isQuorum(config, 'election', electors(config, self));

/** Whether it decides if nothing better comes in time: the event `FinalizeWait` is possible. */
export const canDecide = (config: Config, self: Looking): boolean =>
  config.rules.receiveQueue > 0 ? self.finalizing === true && !hasVotes(self) : hasElectors(config, self);

const decide = (
  config: Config,
  handler: string,
  self: Looking,
  vote: Looking['vote'],
  quorum: readonly Sid[],
): Step => {
  const decided = { ...self, vote };
  const { server, effects } =
    vote.leader === self.sid ? lead(config, decided) : learn(config, decided, vote.leader);
  return done(handler, server, [observe({ type: 'quorum', of: 'election', sids: quorum }), ...effects]);
};

/** Nothing better came while it waited. */
export const lookingFinalizeWait = (config: Config, self: Looking): Step =>
  !canDecide(config, self)
    ? impossible(self, 'FinalizeWait')
    : decide(config, 'lookingFinalizeWait', self, self.vote, electors(config, self));

/** The coarse grains: the environment elects. */
export const lookingElected = (config: Config, self: Looking, leader: Sid): Step => {
  const { server, effects } = leader === self.sid ? lead(config, self) : learn(config, self, leader);
  return done(leader === self.sid ? 'lookingElectedLeader' : 'lookingElectedFollower', server, effects);
};

/** Sends the current vote again, to peers that may have missed it. */
export const lookingResend = (config: Config, self: Looking): Step => {
  const { looking, effects } = tellAll(config, self);
  return done('lookingResend', looking, effects);
};

/** An observer's round says nothing to a voter: answering would go back and forth for ever. */
export const answersEarlierRound = (config: Config, self: Looking, from: Sid): readonly Effect[] =>
  isVoter(config, self.sid) ? [notify(self, from)] : [];

/** A vote from another that is looking. */
const lookingProcessLookingVote = (config: Config, self: Looking, from: Sid, n: Notification): Step => {
  const handler = 'lookingProcessLookingVote';
  const round = self.vote.electionEpoch;
  if (n.electionEpoch < round) {
    const answer = config.rules.receiveQueue > 0 ? [] : answersEarlierRound(config, self, from);
    return answer.length > 0
      ? done(handler, self, answer)
      : ignore(handler, self, 'vote of an earlier round');
  }
  const { leader, zxid, peerEpoch } = n;
  const base = n.electionEpoch > round ? ownVote(config, self) : self.vote;
  const better = isBetterVote(config, n, base);
  const vote = { ...(better ? { leader, zxid, peerEpoch } : base), electionEpoch: n.electionEpoch };
  const kept = n.electionEpoch > round ? {} : self.received;
  const known = kept[from];
  const changed = better || n.electionEpoch > round;
  if (
    !changed &&
    known?.state === 'LOOKING' &&
    known.leader === leader &&
    known.zxid === zxid &&
    known.peerEpoch === peerEpoch
  )
    return ignore(handler, self, 'vote known');
  const next: Looking = {
    ...self,
    vote,
    received: { ...kept, [from]: { leader, zxid, peerEpoch, state: 'LOOKING' } },
  };
  if (!changed) return done(handler, next);
  const { looking, effects } = tellAll(config, next);
  return done(handler, looking, effects);
};

/** Whether the leader that others name says itself that it leads. ZooKeeper: checkLeader. */
const leaderConfirms = (self: Looking, votes: Readonly<Record<Sid, Received>>, n: Notification): boolean =>
  n.leader === self.sid ? self.vote.electionEpoch === n.electionEpoch : votes[n.leader]?.state === 'LEADING';

/** A vote from one that has decided: joins the leader in office once a quorum follows it and it says so itself. */
const lookingProcessDecidedVote = (config: Config, self: Looking, from: Sid, n: Notification): Step => {
  const handler = 'lookingProcessDecidedVote';
  const { leader, zxid, peerEpoch, state } = n;
  const vote = { leader, zxid, peerEpoch, electionEpoch: n.electionEpoch };
  const ofRound = n.electionEpoch === self.vote.electionEpoch;
  const next: Looking = {
    ...self,
    received: ofRound ? { ...self.received, [from]: { leader, zxid, peerEpoch, state } } : self.received,
    outOfElection: { ...self.outOfElection, [from]: n },
  };
  if (ofRound) {
    const quorum = supporters(config, votesOfRound(config, next), n.electionEpoch, n);
    if (config.rules.isQuorum(config, 'election', quorum) && leaderConfirms(self, next.received, n))
      return decide(config, handler, next, vote, quorum);
  }
  const quorum = supporters(config, next.outOfElection, n.electionEpoch, n);
  if (config.rules.isQuorum(config, 'election', quorum) && leaderConfirms(self, next.outOfElection, n))
    return decide(config, handler, next, vote, quorum);
  const known = self.outOfElection[from];
  if (known !== undefined && sameNotification(known, n) && (!ofRound || self.received[from]?.state === state))
    return ignore(handler, self, 'vote known');
  return done(handler, next);
};

const sameNotification = (a: Notification, b: Notification): boolean =>
  a.state === b.state &&
  a.leader === b.leader &&
  a.zxid === b.zxid &&
  a.electionEpoch === b.electionEpoch &&
  a.peerEpoch === b.peerEpoch;

/** A looking server takes a voter's vote into account. */
export const processVote = (config: Config, self: Looking, from: Sid, n: Notification): Step => {
  if (!isVoter(config, n.leader)) return ignore('lookingProcessLookingVote', self, 'a vote for no voter');
  return n.state === 'LOOKING'
    ? lookingProcessLookingVote(config, self, from, n)
    : lookingProcessDecidedVote(config, self, from, n);
};

/** A notification, whatever this server is doing. ZooKeeper: WorkerReceiver. */
export const processNotification = (config: Config, self: Server, from: Sid, n: Notification): Step => {
  if (!isVoter(config, from))
    return config.rules.answersLooking || self.state === 'LOOKING'
      ? done('answerObserver', self, [notify(self, from)])
      : ignore('answerObserver', self, 'not answered');
  if (self.state === 'LOOKING')
    return (config.rules.receiveQueue > 0 ? receiveVote : processVote)(config, self, from, n);
  if (n.state !== 'LOOKING') return ignore('answerLooking', self, 'both have decided');
  if (!isVoter(config, self.sid)) return ignore('answerLooking', self, 'an observer has no vote to tell');
  if (!config.rules.answersLooking) return ignore('answerLooking', self, 'not answered');
  return done('answerLooking', self, [notify(self, from)]);
};
