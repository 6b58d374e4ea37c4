/**
 * A server that leads: it finds an epoch newer than any that a quorum has accepted (discovery), brings learners to its
 * own history (synchronization), then orders writes (broadcast). ZooKeeper: Leader, LearnerHandler; paper: the
 * leader's half of the three phases.
 */
import { type Draft, produce } from 'immer';
import { type Config, include } from './config.js';
import type { DiskOperation } from './disk.js';
import { abandon } from './election.js';
import { append, joined, lastZxid, positionOf, type Request, trim, type Txn } from './history.js';
import type { ACK, ACKEPOCH, FOLLOWERINFO, Message, ToLeader } from './messages.js';
import { outstandingFor, planSync } from './sync.js';
import {
  type BroadcastingLeader,
  type DiscoveringLeader,
  leaderWith,
  type Leading,
  type LearnerHandler,
  type Looking,
  type SynchronizingLeader,
} from './server.js';
import {
  close,
  deliveries,
  done,
  type Effect,
  ignore,
  impossible,
  observe,
  persist,
  send,
  type Step,
  unexpected,
} from './step.js';
import { counterOf, epochOf, isLastOfEpoch, makeZxid, type Sid, type Zxid } from './zxid.js';

/** A leader, and what it asks for on the way: the parts from which handlers put their steps together. */
interface Progress<L extends Leading = Leading> {
  readonly server: L;
  readonly effects: readonly Effect[];
}

const setLearner = <L extends Leading>(self: L, sid: Sid, learner: LearnerHandler): L =>
  produce(self, (draft: Draft<Leading>) => {
    draft.learners[sid] = learner;
  });

const dropLearner = <L extends Leading>(self: L, sid: Sid): L =>
  produce(self, (draft: Draft<Leading>) => {
    delete draft.learners[sid];
  });

const learnersIn = (self: Leading, ...stages: readonly LearnerHandler['stage'][]): readonly Sid[] => {
  const sids: Sid[] = [];
  for (const sid in self.learners) if (stages.includes(self.learners[sid]!.stage)) sids.push(Number(sid));
  return sids;
};

/** Those to whom proposals are forwarded. ZooKeeper: forwardingFollowers, observingLearners. */
const forwarding = (self: Leading): readonly Sid[] => learnersIn(self, 'syncing', 'synced', 'active');

const isFollower = (config: Config, sid: Sid): boolean => config.voters.includes(sid);

/** Closes the link to a learner that cannot be led. ZooKeeper: an exception in its LearnerHandler. */
const rejectLearner = (self: Leading, handler: string, from: Sid, what?: string): Step =>
  done(handler, dropLearner(self, from), [...(what === undefined ? [] : [unexpected(what)]), close(from)]);

// --- discovery

/** Starts to lead: waits for a quorum to tell the epochs that they have accepted. Paper, step l.1.1. */
export const lead = (config: Config, self: Looking): Progress => {
  const { sid, acceptedEpoch, currentEpoch, history, committed, vote } = self;
  const server: DiscoveringLeader = {
    state: 'LEADING',
    phase: 'DISCOVERY',
    sid,
    acceptedEpoch,
    currentEpoch,
    history: config.rules.leadsWith(history, committed),
    committed,
    vote,
    learners: {},
    discovery: { awaits: 'FOLLOWERINFO', connecting: [sid], epoch: acceptedEpoch + 1 },
    ...(self.committedLog && { committedLog: self.committedLog }),
  };
  return decideEpoch(config, server);
};

/** Once a quorum is connected, the epoch is decided, and made durable here before anyone hears of it. */
const decideEpoch = (config: Config, self: DiscoveringLeader): Progress<DiscoveringLeader> => {
  const { discovery } = self;
  if (discovery.awaits !== 'FOLLOWERINFO' || !config.rules.isQuorum(config, 'ACKEPOCH', discovery.connecting))
    return { server: self, effects: [] };
  const { epoch } = discovery;
  return {
    server: { ...self, acceptedEpoch: epoch, discovery: { awaits: 'flush' } },
    effects: [persist({ write: 'acceptedEpoch', epoch })],
  };
};

export const leaderAccepted = (self: Leading, peer: Sid): Step =>
  done('leaderAccepted', setLearner(self, peer, { stage: 'connected' }));

const leaderinfo = (self: Leading): Message => ({ type: 'LEADERINFO', epoch: self.acceptedEpoch });

/**
 * A learner tells the newest epoch that it has accepted; late ones learn the epoch at once. One that has accepted a later
 * epoch would refuse this one, look, be sent here again, and so on for as long as the leader has a quorum without it. The
 * leader may lose patience at any time; with this learner it does now, and some next epoch will do for all.
 */
const leaderProcessFOLLOWERINFO = (config: Config, self: Leading, from: Sid, m: FOLLOWERINFO): Step => {
  const handler = `leaderProcess${m.type}`;
  if (self.learners[from]?.stage !== 'connected')
    return rejectLearner(self, handler, from, `${m.type} again`);
  const isDecided = self.phase !== 'DISCOVERY' || self.discovery.awaits !== 'FOLLOWERINFO';
  if (isDecided && m.acceptedEpoch > self.acceptedEpoch && config.rules.yieldsToLaterEpoch)
    return abandon(config, handler, self);
  if (self.phase !== 'DISCOVERY' || self.discovery.awaits === 'ACKEPOCH')
    return done(handler, setLearner(self, from, { stage: 'informed' }), [send(from, leaderinfo(self))]);
  const waiting = setLearner(self, from, { stage: 'waiting' });
  if (self.discovery.awaits === 'flush') return done(handler, waiting);
  const { connecting, epoch } = self.discovery;
  const { server, effects } = decideEpoch(config, {
    ...waiting,
    discovery: {
      awaits: 'FOLLOWERINFO',
      connecting: config.rules.counts(config, from) ? include(connecting, from) : connecting,
      epoch: Math.max(epoch, m.acceptedEpoch + 1),
    },
  });
  return done(handler, server, effects);
};

/** Paper, step l.1.1, second half: NEWEPOCH to all that wait, and its own vote for it. */
const acceptedEpochFlushed = (config: Config, self: DiscoveringLeader): Step => {
  const waiting = learnersIn(self, 'waiting');
  const informed = waiting.reduce((s, sid) => setLearner(s, sid, { stage: 'informed' }), self);
  const { server, effects } = finishDiscovery(config, {
    ...informed,
    discovery: { awaits: 'ACKEPOCH', electing: [self.sid] },
  });
  return done('leaderAcceptedEpochFlushed', server, [
    ...waiting.map((sid) => send(sid, leaderinfo(self))),
    ...effects,
  ]);
};

/**
 * Paper, step l.1.2: a quorum accepted the epoch; none of it knows a more recent history. An epoch that the learner
 * had accepted before is no vote. ZooKeeper: Leader.waitForEpochAck.
 */
const leaderProcessACKEPOCH = (config: Config, self: Leading, from: Sid, m: ACKEPOCH): Step => {
  const handler = 'leaderProcessACKEPOCH';
  if (self.learners[from]?.stage !== 'informed')
    return rejectLearner(self, handler, from, 'ACKEPOCH out of turn');
  if (self.phase !== 'DISCOVERY') {
    const { server, effects } = startSync(config, self, from, m.lastZxid);
    return done(handler, server, effects);
  }
  if (self.discovery.awaits !== 'ACKEPOCH') return impossible(self, m);
  const counts = config.rules.countsAckEpoch(m);
  const own = { peerEpoch: self.currentEpoch, zxid: lastZxid(self.history) };
  if (
    counts &&
    config.rules.refusesAhead &&
    config.rules.compareHistories({ peerEpoch: m.currentEpoch, zxid: m.lastZxid }, own) > 0
  )
    return rejectLearner(self, handler, from);
  const { electing } = self.discovery;
  const { server, effects } = finishDiscovery(config, {
    ...setLearner(self, from, { stage: 'electing', lastZxid: m.lastZxid }),
    discovery: {
      awaits: 'ACKEPOCH',
      electing: counts && config.rules.counts(config, from) ? include(electing, from) : electing,
    },
  });
  return done(handler, server, effects);
};

/** With a quorum of ACKEPOCH its history is the epoch's initial history; all that wait are brought to it. */
const finishDiscovery = (config: Config, self: DiscoveringLeader): Progress => {
  const { discovery, ...rest } = self;
  if (discovery.awaits !== 'ACKEPOCH' || !config.rules.isQuorum(config, 'ACKEPOCH', discovery.electing))
    return { server: self, effects: [] };
  const start: SynchronizingLeader = {
    ...rest,
    phase: 'SYNCHRONIZATION',
    currentEpoch: self.acceptedEpoch,
    acknowledged: [],
  };
  return learnersIn(self, 'electing').reduce<Progress>(
    (progress, sid) => {
      const learner = self.learners[sid]!;
      const next = startSync(config, progress.server, sid, 'lastZxid' in learner ? learner.lastZxid : 0);
      return { server: next.server, effects: [...progress.effects, ...next.effects] };
    },
    {
      server: start,
      effects: [
        observe({ type: 'quorum', of: 'ACKEPOCH', sids: discovery.electing }),
        persist({ write: 'currentEpoch', epoch: self.acceptedEpoch }),
      ],
    },
  );
};

// --- synchronization

/** What it has applied: its initial history until a quorum has that, what is committed from then on. */
const processed = (self: Leading): Zxid =>
  self.phase === 'BROADCAST' ? self.committed : lastZxid(self.history);

/**
 * TRUNC cuts off proposals that are not committed yet, to propose them again. Until the follower has them back on its
 * disk it must not count as having them, although it acknowledged them before.
 */
const retract = <L extends Leading>(config: Config, self: L, sid: Sid): L =>
  produce(self, (draft: Draft<Leading>) => {
    if (draft.phase !== 'BROADCAST' || !config.rules.retractsAcknowledgements) return;
    for (const proposal of draft.outstanding)
      proposal.acknowledged = proposal.acknowledged.filter((other) => other !== sid);
  });

/** Sends what the learner lacks, then NEWLEADER; from here on proposals are forwarded to it. Paper, step l.2.1. */
const startSync = (
  config: Config,
  self: Leading,
  to: Sid,
  learnersLast: Zxid,
  read?: readonly Txn[] | null,
): Progress => {
  const point = processed(self);
  const plan = planSync(config, self.history, point, learnersLast, read, self.committedLog);
  if (plan === 'read')
    return {
      server: setLearner(self, to, { stage: 'reading', lastZxid: learnersLast }),
      effects: [{ type: 'readLog', peer: to, after: learnersLast }],
    };
  const messages: readonly Message[] = [
    plan.first,
    ...plan.behind.flatMap((txn): readonly Message[] => [
      { type: 'PROPOSAL', txn },
      { type: 'COMMIT', zxid: txn.zxid },
    ]),
    ...(isFollower(config, to) ? outstandingFor(config, self.history, point, plan.end) : []).map(
      (txn): Message => ({ type: 'PROPOSAL', txn }),
    ),
    { type: 'NEWLEADER', epoch: self.acceptedEpoch },
  ];
  return {
    server: setLearner(retract(config, self, to), to, { stage: 'syncing' }),
    effects: messages.map((message) => send(to, message)),
  };
};

export const leaderLogRead = (
  config: Config,
  self: Leading,
  peer: Sid,
  asked: Zxid,
  entries: readonly Txn[] | null,
): Step => {
  const handler = 'leaderLogRead';
  const learner = self.learners[peer];
  if (learner?.stage !== 'reading') return ignore(handler, self, 'the learner has gone');
  if (learner.lastZxid !== asked) return ignore(handler, self, 'the learner came back and is elsewhere');
  const { server, effects } = startSync(config, self, peer, asked, entries);
  return done(handler, server, effects);
};

const uptodate = (self: Leading, sid: Sid): Progress => ({
  server: setLearner(self, sid, { stage: 'active' }),
  effects: [send(sid, { type: 'UPTODATE' })],
});

/** An ACK of NEWLEADER: the learner has this history on its disk. */
const acknowledgeNewLeader = (config: Config, self: SynchronizingLeader, from: Sid): Progress =>
  establish(config, {
    ...self,
    acknowledged: config.rules.counts(config, from) ? include(self.acknowledged, from) : self.acknowledged,
  });

/** Paper, step l.2.2: with a quorum of them the leader is established, and its initial history is committed. */
const establish = (config: Config, self: SynchronizingLeader): Progress => {
  const { acknowledged, ...rest } = self;
  if (!acknowledged.includes(self.sid) || !config.rules.isQuorum(config, 'NEWLEADER', acknowledged))
    return { server: self, effects: [] };
  const epoch = self.currentEpoch;
  const established: BroadcastingLeader = {
    ...rest,
    phase: 'BROADCAST',
    history: config.rules.marksEpoch ? { ...self.history, mark: makeZxid(epoch, 0) } : self.history,
    vote: config.election === 'fle' ? { ...self.vote, peerEpoch: epoch } : self.vote,
    outstanding: [],
  };
  const { server, effects } = deliver(config, established, lastZxid(established.history));
  return learnersIn(self, 'synced').reduce<Progress>(
    (progress, sid) => {
      const next = uptodate(progress.server, sid);
      return { server: next.server, effects: [...progress.effects, ...next.effects] };
    },
    {
      server,
      effects: [
        observe({ type: 'quorum', of: 'NEWLEADER', sids: acknowledged }),
        observe({ type: 'established', epoch, leader: self.sid, history: self.history.entries }),
        ...effects,
      ],
    },
  );
};

// --- broadcast

/** Delivers in order up to this zxid; answers the clients whose writes came in here. */
const deliver = (config: Config, self: BroadcastingLeader, zxid: Zxid): Progress<BroadcastingLeader> => {
  const from = Math.max(0, positionOf(self.history, self.committed));
  const delivered = self.history.entries.slice(from, Math.max(from, positionOf(self.history, zxid)));
  const effects = deliveries(delivered, config.rules.answersProposals ? null : self.sid);
  const server = leaderWith(self, { history: trim(self.history, zxid, config.window), committed: zxid });
  if (self.committedLog === undefined) return { server, effects };
  return { server: { ...server, committedLog: joined(self.committedLog, delivered) }, effects };
};

/**
 * Paper, step l.3.1: numbers the write, logs it, proposes it to all followers. ZooKeeper: Leader.propose. A leader
 * whose epoch has no number left lets a new epoch begin (ZOOKEEPER-1277); the request is lost with it.
 */
const propose = (config: Config, handler: string, self: BroadcastingLeader, request: Request): Step => {
  if (isLastOfEpoch(lastZxid(self.history)) && epochOf(lastZxid(self.history)) === self.currentEpoch)
    return abandon(config, handler, self);
  const { payload, origin } = request;
  const zxid = config.rules.nextZxid(self.currentEpoch, lastZxid(self.history));
  const txn: Txn = { payload, origin, zxid };
  const server = leaderWith(self, {
    history: append(self.history, txn),
    outstanding: [...self.outstanding, { zxid, acknowledged: [] }],
  });
  const answer: readonly Effect[] =
    config.rules.answersProposals && txn.origin === self.sid ? [{ type: 'answer', txn }] : [];
  return done(handler, server, [
    observe({ type: 'broadcast', txn }),
    ...forwarding(self)
      .filter((sid) => isFollower(config, sid))
      .map((sid) => send(sid, { type: 'PROPOSAL', txn })),
    persist({ write: 'append', txn }),
    ...answer,
  ]);
};

export const leaderRequest = (config: Config, self: Leading, payload: number | string): Step =>
  self.phase === 'BROADCAST'
    ? propose(config, 'leaderProcessRequest', self, { payload, origin: self.sid })
    : impossible(self, 'Request');

/** Tells followers of the commit, and observers of the transaction. ZooKeeper: Leader.commit, Leader.inform. */
const announce = (config: Config, self: BroadcastingLeader, txn: Txn): readonly Effect[] =>
  forwarding(self).map((sid) =>
    send(sid, isFollower(config, sid) ? { type: 'COMMIT', zxid: txn.zxid } : { type: 'INFORM', txn }),
  );

/** Paper, step l.3.2: commits what a quorum has on disk, in order. ZooKeeper: Leader.tryToCommit. */
const commitInOrder = (config: Config, self: BroadcastingLeader): Progress<BroadcastingLeader> => {
  const first = self.outstanding[0];
  if (first === undefined || !config.rules.isQuorum(config, 'commit', first.acknowledged))
    return { server: self, effects: [] };
  const txn = self.history.entries[positionOf(self.history, first.zxid) - 1]!;
  const delivered = deliver(config, leaderWith(self, { outstanding: self.outstanding.slice(1) }), first.zxid);
  const further = commitInOrder(config, delivered.server);
  return {
    server: further.server,
    effects: [
      observe({ type: 'quorum', of: 'commit', sids: first.acknowledged }),
      ...announce(config, self, txn),
      ...delivered.effects,
      ...further.effects,
    ],
  };
};

/** Where an outstanding proposal stands, -1 if it is none. They have no gaps, but for what is no protocol any more. */
const proposalIndex = ({ outstanding }: BroadcastingLeader, zxid: Zxid): number => {
  const guess = outstanding.length === 0 ? 0 : zxid - outstanding[0]!.zxid;
  if (guess >= 0 && guess < outstanding.length && outstanding[guess]!.zxid === zxid) return guess;
  return outstanding.findIndex((proposal) => proposal.zxid === zxid);
};

const acknowledge = (config: Config, self: BroadcastingLeader, zxid: Zxid, from: Sid): Progress => {
  if (!config.rules.counts(config, from)) return { server: self, effects: [] };
  const at = proposalIndex(self, zxid);
  const proposal = self.outstanding[at];
  if (proposal === undefined) return { server: self, effects: [] };
  const outstanding = self.outstanding.slice();
  outstanding[at] = { zxid, acknowledged: include(proposal.acknowledged, from) };
  return commitInOrder(config, leaderWith(self, { outstanding }));
};

/** An ACK: of NEWLEADER first, then of UPTODATE (which says nothing new), then of transactions. */
const leaderProcessACK = (config: Config, self: Leading, from: Sid, { zxid }: ACK): Step => {
  const handler = 'leaderProcessACK';
  const stage = self.learners[from]?.stage;
  if (stage === 'syncing') {
    if (zxid !== makeZxid(self.acceptedEpoch, 0))
      return rejectLearner(self, handler, from, 'the first ACK after NEWLEADER is not for it');
    const synced = setLearner(self, from, { stage: 'synced' });
    const { server, effects } =
      synced.phase === 'BROADCAST'
        ? uptodate(synced, from)
        : synced.phase === 'SYNCHRONIZATION'
          ? acknowledgeNewLeader(config, synced, from)
          : impossible(self, 'ACK');
    return done('leaderProcessACKOfNEWLEADER', server, effects);
  }
  if (self.phase !== 'BROADCAST' || (stage !== 'active' && stage !== 'synced'))
    return rejectLearner(self, handler, from, 'ACK out of turn');
  if (counterOf(zxid) === 0) return ignore('leaderProcessACKOfUPTODATE', self, 'says nothing new');
  if (
    positionOf(self.history, zxid) <= positionOf(self.history, self.committed) ||
    zxid <= self.history.floor
  )
    return ignore(handler, self, 'committed already');
  const { server, effects } = acknowledge(config, self, zxid, from);
  return done(handler, server, effects);
};

const leaderProcessREQUEST = (config: Config, self: Leading, from: Sid, request: Request): Step =>
  self.phase === 'BROADCAST' && self.learners[from]?.stage === 'active'
    ? propose(config, 'leaderProcessREQUEST', self, request)
    : rejectLearner(self, 'leaderProcessREQUEST', from, 'REQUEST out of turn');

export const leaderReceives = (config: Config, self: Leading, from: Sid, message: ToLeader): Step => {
  switch (message.type) {
    case 'ACK':
      return leaderProcessACK(config, self, from, message);
    case 'REQUEST':
      return leaderProcessREQUEST(config, self, from, message.request);
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
      return leaderProcessFOLLOWERINFO(config, self, from, message);
    case 'ACKEPOCH':
      return leaderProcessACKEPOCH(config, self, from, message);
    case 'PING':
      return ignore('leaderProcessPING', self, 'a sign of life, for whoever keeps the time');
  }
};

/** A write of its own is durable: it counts as its own acknowledgement. ZooKeeper: AckRequestProcessor. */
export const leaderFlushed = (config: Config, self: Leading, operation: DiskOperation): Step => {
  const handler = 'leaderFlushed';
  if (
    self.phase === 'DISCOVERY' &&
    self.discovery.awaits === 'flush' &&
    operation.write === 'acceptedEpoch' &&
    operation.epoch === self.acceptedEpoch
  )
    return acceptedEpochFlushed(config, self);
  if (
    self.phase === 'SYNCHRONIZATION' &&
    operation.write === 'currentEpoch' &&
    operation.epoch === self.currentEpoch
  ) {
    const { server, effects } = acknowledgeNewLeader(config, self, self.sid);
    return done('leaderNewLeaderFlushed', server, effects);
  }
  if (
    self.phase === 'BROADCAST' &&
    operation.write === 'append' &&
    proposalIndex(self, operation.txn.zxid) >= 0
  ) {
    const { server, effects } = acknowledge(config, self, operation.txn.zxid, self.sid);
    return done('leaderProposalFlushed', server, effects);
  }
  return ignore(handler, self, 'nothing waits for it');
};

/** A learner has gone; what it acknowledged stays acknowledged. */
export const leaderClosed = (self: Leading, peer: Sid): Step => done('leaderClosed', dropLearner(self, peer));

/** No quorum came, or it is gone. ZooKeeper: initLimit, or a tick that finds too few synced followers. */
export const leaderTimeout = (config: Config, self: Leading): Step => abandon(config, 'leaderTimeout', self);

/** Half a tick has passed: tells every learner that it is alive. ZooKeeper: LearnerHandler.ping. */
export const leaderTick = (self: Leading): Step =>
  done(
    'leaderTick',
    self,
    forwarding(self).map((sid) => send(sid, { type: 'PING' })),
  );
