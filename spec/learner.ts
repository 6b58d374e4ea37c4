/**
 * A server that follows or observes: it tells the leader its epoch (discovery), takes over the leader's history
 * (synchronization), then takes part in broadcast. ZooKeeper: Learner, Follower, Observer; paper: the follower's half
 * of the three phases. Followers and observers differ in one message: PROPOSAL and COMMIT to the one are INFORM to
 * the other.
 */
import { match } from 'ts-pattern';
import type { Config } from './config.js';
import { isVoter } from './config.js';
import type { DiskOperation } from './disk.js';
import { abandon } from './election.js';
import {
  after,
  append,
  type History,
  joined,
  lastZxid,
  positionOf,
  trim,
  truncate,
  type Txn,
} from './history.js';
import type {
  ACK,
  COMMIT,
  DIFF,
  INFORM,
  LEADERINFO,
  NEWLEADER,
  PROPOSAL,
  SNAP,
  ToLearner,
  TRUNC,
} from './messages.js';
import {
  type BroadcastingLearner,
  type DiscoveringLearner,
  type Learner,
  learnerWith,
  type Looking,
  type SynchronizingLearner,
} from './server.js';
import {
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
import { makeZxid, NO_ZXID, type Sid, type Zxid } from './zxid.js';

/** `followerProcessX` or `observerProcessX`. */
const label = (self: Learner, what: string): string =>
  `${self.state === 'FOLLOWING' ? 'follower' : 'observer'}${what}`;

/** Turns to a leader, not yet connected. */
export const learn = (
  config: Config,
  self: Looking,
  leader: Sid,
): { readonly server: DiscoveringLearner; readonly effects: readonly Effect[] } => {
  const { sid, acceptedEpoch, currentEpoch, history, committed, vote } = self;
  const state = isVoter(config, sid) ? 'FOLLOWING' : 'OBSERVING';
  const server: DiscoveringLearner = {
    state,
    phase: 'DISCOVERY',
    awaits: 'connection',
    sid,
    acceptedEpoch,
    currentEpoch,
    history,
    committed,
    vote,
    leader,
    ...(self.committedLog && { committedLog: self.committedLog }),
  };
  return { server, effects: [] };
};

/** A message that a correct leader does not send now: leaves it. ZooKeeper: an exception in the learner's loop. */
const reject = (config: Config, self: Learner, handler: string, what: string): Step =>
  abandon(config, handler, self, [unexpected(what)]);

/** A learner, and what it asks for on the way. */
interface Part {
  readonly server: Learner;
  readonly effects: readonly Effect[];
}

const newLeaderAck = (epoch: number): ACK => ({ type: 'ACK', zxid: makeZxid(epoch, 0) });

// --- discovery

/** Paper, step f.1.1: tells the leader the newest epoch it has accepted. */
export const learnerConnected = (self: DiscoveringLearner): Step =>
  done(label(self, 'Connected'), { ...self, awaits: 'LEADERINFO' }, [
    send(self.leader, {
      type: self.state === 'FOLLOWING' ? 'FOLLOWERINFO' : 'OBSERVERINFO',
      acceptedEpoch: self.acceptedEpoch,
    }),
  ]);

/**
 * Paper, step f.1.2: accepts the new epoch, durably, before it says so; never an older one. An epoch accepted before
 * is not voted for again (-1), since the vote may have been another leader's.
 */
const processLEADERINFO = (config: Config, self: DiscoveringLearner, { epoch }: LEADERINFO): Step => {
  const handler = label(self, 'ProcessLEADERINFO');
  const verdict = config.rules.acceptEpoch(self.acceptedEpoch, epoch);
  if (verdict === 'refuse') return abandon(config, handler, self);
  const ackEpoch = verdict === 'adopt' ? self.currentEpoch : -1;
  return done(handler, { ...self, acceptedEpoch: epoch, awaits: 'flush', ackEpoch }, [
    persist({ write: 'acceptedEpoch', epoch }),
  ]);
};

const acceptedEpochFlushed = (self: DiscoveringLearner): Step => {
  const { ackEpoch, ...rest } = self;
  return done(label(self, 'AcceptedEpochFlushed'), { ...rest, awaits: 'sync' }, [
    send(self.leader, { type: 'ACKEPOCH', currentEpoch: ackEpoch!, lastZxid: lastZxid(self.history) }),
  ]);
};

// --- synchronization

const synchronizing = (
  config: Config,
  self: DiscoveringLearner,
  history: History,
  committed: Zxid,
  commitTo: Zxid,
): SynchronizingLearner => {
  const { ackEpoch: _, ...rest } = self;
  return {
    ...rest,
    phase: 'SYNCHRONIZATION',
    awaits: 'NEWLEADER',
    history,
    committed,
    commitTo,
    unacknowledged: [],
    deferred: [],
    ...(config.rules.forgetsSynchronization && { applied: lastZxid(history) }),
  };
};

/** TRUNC loads the database anew, SNAP replaces it; what DIFF will be made from goes with it. */
const reloaded = (self: DiscoveringLearner, committedLog: readonly Txn[]): DiscoveringLearner =>
  self.committedLog ? { ...self, committedLog } : self;

const processDIFF = (config: Config, self: DiscoveringLearner, { zxid }: DIFF): Step =>
  done(label(self, 'ProcessDIFF'), synchronizing(config, self, self.history, self.committed, zxid), [
    observe({ type: 'synchronized', by: 'DIFF' }),
  ]);

const processTRUNC = (config: Config, self: DiscoveringLearner, { zxid }: TRUNC): Step => {
  const handler = label(self, 'ProcessTRUNC');
  if (positionOf(self.history, zxid) < 0)
    return reject(config, self, handler, 'TRUNC to a transaction that is not in the log');
  const observed = observe({ type: 'synchronized', by: 'TRUNC' });
  if (!config.rules.truncates(self))
    return done(handler, synchronizing(config, self, self.history, self.committed, zxid), [observed]);
  const kept = truncate(self.history, zxid);
  const next = synchronizing(config, reloaded(self, kept.entries), kept, self.committed, zxid);
  return done(handler, next, [persist({ write: 'truncate', zxid }), observed]);
};

const processSNAP = (config: Config, self: DiscoveringLearner, { zxid, history }: SNAP): Step => {
  const handler = label(self, 'ProcessSNAP');
  const observed = observe({ type: 'synchronized', by: 'SNAP' });
  const entries = history.entries.filter((txn) => config.rules.takesSynchronized(self, txn.zxid));
  const snapshot = { ...history, entries };
  const taken = config.rules.restores(self, snapshot);
  // What it delivered so far is a part of the snapshot, and is replaced with it.
  const committed = positionOf(taken, self.committed) < 0 ? taken.floor : self.committed;
  const commitTo = taken === snapshot ? zxid : lastZxid(taken);
  return done(handler, synchronizing(config, reloaded(self, []), taken, committed, commitTo), [
    persist({ write: 'snapshot', history: taken }),
    observed,
  ]);
};

/** A transaction that it lacks: of the leader's initial history, or proposed since. */
const takeTxn = (
  config: Config,
  self: SynchronizingLearner,
  handler: string,
  txn: Txn,
  acknowledge: boolean,
): Step => {
  if (self.awaits === 'NEWLEADER' && !config.rules.takesSynchronized(self, txn.zxid))
    return ignore(handler, self, 'not taken');
  if (!config.rules.follows(lastZxid(self.history), txn.zxid))
    return reject(config, self, handler, 'PROPOSAL out of sequence');
  const behind = self.awaits !== 'NEWLEADER';
  const { logsSynchronization, knowsCommitsBehindNewLeader } = config.rules;
  const defers = logsSynchronization === 'at UPTODATE' || (logsSynchronization === 'at NEWLEADER' && !behind);
  const next: SynchronizingLearner = {
    ...self,
    history: append(self.history, txn),
    deferred: defers ? [...self.deferred, txn] : self.deferred,
    unacknowledged: acknowledge && behind ? [...self.unacknowledged, txn.zxid] : self.unacknowledged,
    ...(behind && !knowsCommitsBehindNewLeader && { behindNewLeader: (self.behindNewLeader ?? 0) + 1 }),
  };
  return done(handler, next, defers ? [] : [persist({ write: 'append', txn })]);
};

const synchronizingProcessCOMMIT = (config: Config, self: SynchronizingLearner, { zxid }: COMMIT): Step => {
  const handler = label(self, 'ProcessCOMMITInSync');
  if (!config.rules.takesSynchronized(self, zxid)) return ignore(handler, self, 'not taken');
  const behind = self.awaits !== 'NEWLEADER';
  if (behind && !config.rules.knowsCommitsBehindNewLeader && self.behindNewLeader === undefined)
    return reject(config, self, handler, 'COMMIT between NEWLEADER and UPTODATE');
  const position = positionOf(self.history, zxid);
  const known = positionOf(self.history, self.commitTo);
  if (position >= 0 && (known < 0 || position <= known))
    return ignore(handler, self, 'within what the synchronization commits');
  if (position < 0 || position !== known + 1)
    return reject(config, self, handler, 'COMMIT without its next proposal');
  return done(handler, { ...self, commitTo: zxid });
};

const synchronizingProcessINFORM = (config: Config, self: SynchronizingLearner, { txn }: INFORM): Step => {
  const step = takeTxn(config, self, label(self, 'ProcessINFORMInSync'), txn, false);
  return step.server.state === 'OBSERVING' &&
    step.server.phase === 'SYNCHRONIZATION' &&
    step.ignored === undefined
    ? { ...step, server: { ...step.server, commitTo: txn.zxid } }
    : step;
};

/**
 * Paper, step f.2.1: the leader's history is durable before its epoch is (one queue, the epoch last), and both are
 * before the ACK. A crash between the two must not leave a new epoch over an old history (ZOOKEEPER-4643, -4646).
 */
const processNEWLEADER = (config: Config, self: SynchronizingLearner, { epoch }: NEWLEADER): Step => {
  const handler = label(self, 'ProcessNEWLEADER');
  if (epoch !== self.acceptedEpoch)
    return reject(config, self, handler, 'NEWLEADER of an epoch never accepted');
  const later = config.rules.logsSynchronization === 'at UPTODATE';
  const writes = config.rules.newLeaderWrites(epoch, later ? [] : self.deferred);
  const gate = config.rules.newLeaderGate(writes);
  const next: SynchronizingLearner = {
    ...self,
    currentEpoch: epoch,
    awaits: 'flush',
    deferred: later ? self.deferred : [],
    ...(config.rules.racesWithFlush &&
      self.state === 'FOLLOWING' && { unacknowledged: self.deferred.map(({ zxid }) => zxid) }),
    ...(self.committedLog && { committedInSync: self.commitTo }),
  };
  const persists = writes.map(persist);
  if (gate === null) {
    const { server, effects } = newLeaderDurable(config, next);
    return done(handler, server, [...persists, ...effects]);
  }
  const lastWrite: SynchronizingLearner['lastWrite'] =
    gate.write === 'append' ? { write: 'append', zxid: gate.txn.zxid } : { write: 'currentEpoch' };
  return done(handler, { ...next, lastWrite }, persists);
};

/**
 * Acknowledges NEWLEADER, and behind it the proposals in front of it that are not committed yet: the leader counts on
 * this server for them, and would wait for ever if the others that have them died (ZOOKEEPER-4685 is the other order).
 */
const acknowledgeNewLeader = (config: Config, self: SynchronizingLearner): Part => {
  const pending = after(self.history, self.commitTo).filter(
    ({ zxid }) => !self.unacknowledged.includes(zxid),
  );
  const counted = self.state === 'FOLLOWING' && !config.rules.racesWithFlush ? pending : [];
  return {
    server: { ...self, awaits: 'UPTODATE' },
    effects: [
      send(self.leader, newLeaderAck(self.currentEpoch)),
      ...counted.map(({ zxid }) => send(self.leader, { type: 'ACK', zxid })),
    ],
  };
};

/** What NEWLEADER asked for is on disk, as far as anyone waits for it. */
const newLeaderDurable = (config: Config, self: SynchronizingLearner): Part => {
  const { lastWrite: _, ...rest } = self;
  return config.rules.racesWithFlush
    ? { server: { ...rest, awaits: 'turn' }, effects: [] }
    : acknowledgeNewLeader(config, rest);
};

const newLeaderFlushed = (config: Config, self: SynchronizingLearner): Step => {
  const { server, effects } = newLeaderDurable(config, self);
  return done(label(self, 'NewLeaderFlushed'), server, effects);
};

/** Paper, step f.2.2: the leader is established; what it had is committed. */
const processUPTODATE = (config: Config, self: SynchronizingLearner): Step => {
  const handler = label(self, 'ProcessUPTODATE');
  const { sid, state, leader, acceptedEpoch, currentEpoch, history, vote, unacknowledged } = self;
  const next: BroadcastingLearner = {
    state,
    phase: 'BROADCAST',
    sid,
    leader,
    acceptedEpoch,
    currentEpoch,
    history,
    committed: self.committed,
    vote: config.election === 'fle' ? { ...vote, peerEpoch: currentEpoch } : vote,
    unacknowledged,
    ...(self.committedLog && { committedLog: self.committedLog }),
  };
  const logged = self.deferred.map((txn) => persist({ write: 'append', txn }));
  const ack = send(leader, newLeaderAck(currentEpoch));
  if (config.rules.commitsApart)
    return done(handler, { ...next, committing: self.commitTo, owesUptodate: true }, logged);
  const { server, effects } = commit(config, next, self.commitTo, self.committedInSync);
  return done(handler, server, [...logged, ...effects, ack]);
};

/** The main thread comes to acknowledge NEWLEADER, or UPTODATE. Only in variants. */
export const learnerMainTurn = (config: Config, self: Learner): Step => {
  const handler = label(self, 'MainTurn');
  if (self.phase === 'SYNCHRONIZATION' && self.awaits === 'turn') {
    const { server, effects } = acknowledgeNewLeader(config, self);
    return done(handler, server, effects);
  }
  if (self.phase !== 'BROADCAST' || !self.owesUptodate) return impossible(self, 'Turn of the main thread');
  const { owesUptodate: _, ...rest } = self;
  const early = self.committing === undefined ? [] : [unexpected('an ACK of UPTODATE before the commit')];
  return done(handler, rest, [...early, send(self.leader, newLeaderAck(self.currentEpoch))]);
};

/** The committing thread comes to what it is to commit. Only in variants. */
export const learnerCommitTurn = (config: Config, self: Learner): Step => {
  if (self.phase !== 'BROADCAST' || self.committing === undefined)
    return impossible(self, 'Turn of the committing thread');
  const { committing, ...rest } = self;
  const { server, effects } = commit(config, rest, committing);
  return done(label(self, 'CommitTurn'), server, effects);
};

/** Whether a thread of its own has something to do. */
export const hasTurn = (self: Learner, of: 'main' | 'commit'): boolean => {
  if (of === 'commit') return self.phase === 'BROADCAST' && self.committing !== undefined;
  return self.phase === 'SYNCHRONIZATION'
    ? self.awaits === 'turn'
    : self.phase === 'BROADCAST' && self.owesUptodate === true;
};

// --- broadcast

/**
 * Delivers in order up to this zxid; answers the clients whose writes came in here.
 * @param unlisted where a variant keeps a list for DIFF: what is committed up to here does not join it (ZOOKEEPER-4925)
 */
const commit = (
  config: Config,
  self: BroadcastingLearner,
  zxid: Zxid,
  unlisted: Zxid = NO_ZXID,
): { readonly server: BroadcastingLearner; readonly effects: readonly Effect[] } => {
  const from = positionOf(self.history, self.committed);
  const to = positionOf(self.history, zxid);
  if (to <= from) return { server: self, effects: [] };
  const delivered = self.history.entries.slice(Math.max(0, from), to);
  const effects = deliveries(delivered, self.sid);
  const history = trim(self.history, zxid, config.window);
  const server = learnerWith(self, { history, committed: zxid });
  if (self.committedLog === undefined) return { server, effects };
  const listed = delivered.filter((txn) => txn.zxid > unlisted);
  return { server: { ...server, committedLog: joined(self.committedLog, listed) }, effects };
};

/** Paper, step f.3.2: logs the proposal; acknowledges it when it is durable. */
const processPROPOSAL = (config: Config, self: BroadcastingLearner, { txn }: PROPOSAL): Step => {
  const handler = label(self, 'ProcessPROPOSAL');
  if (!config.rules.follows(lastZxid(self.history), txn.zxid))
    return reject(config, self, handler, 'PROPOSAL out of sequence');
  const eager = config.rules.acknowledgesUnflushed;
  const appended = learnerWith(self, {
    history: append(self.history, txn),
    unacknowledged: eager ? self.unacknowledged : [...self.unacknowledged, txn.zxid],
  });
  const { server, effects } = config.rules.deliversProposals
    ? commit(config, appended, txn.zxid)
    : { server: appended, effects: [] };
  const ack: readonly Effect[] = eager ? [send(self.leader, { type: 'ACK', zxid: txn.zxid })] : [];
  return done(handler, server, [persist({ write: 'append', txn }), ...ack, ...effects]);
};

/** Paper, step f.3.3: delivers the next proposal. */
const processCOMMIT = (config: Config, self: BroadcastingLearner, { zxid }: COMMIT): Step => {
  const handler = label(self, 'ProcessCOMMIT');
  const next = self.history.entries[Math.max(0, positionOf(self.history, self.committing ?? self.committed))];
  if (config.rules.deliversProposals && next?.zxid !== zxid)
    return ignore(handler, self, 'delivered already');
  if (next?.zxid !== zxid) return reject(config, self, handler, 'COMMIT without its next proposal');
  if (config.rules.commitsApart) return done(handler, { ...self, committing: zxid });
  const { server, effects } = commit(config, self, zxid);
  return done(handler, server, effects);
};

const processINFORM = (config: Config, self: BroadcastingLearner, { txn }: INFORM): Step => {
  const handler = label(self, 'ProcessINFORM');
  if (!config.rules.follows(lastZxid(self.history), txn.zxid))
    return reject(config, self, handler, 'INFORM out of sequence');
  const { server, effects } = commit(
    config,
    learnerWith(self, { history: append(self.history, txn) }),
    txn.zxid,
  );
  return done(handler, server, [persist({ write: 'append', txn }), ...effects]);
};

/** ZooKeeper: Follower.processPacket answers; Learner.syncWithLeader, before it, knows no PING. */
const processPING = (config: Config, self: Learner): Step =>
  self.phase !== 'BROADCAST' && !config.rules.answersPingInSync
    ? ignore(label(self, 'ProcessPING'), self, 'not answered before it is up to date')
    : done(label(self, 'ProcessPING'), self, [send(self.leader, { type: 'PING' })]);

// --- what every learner sees

const illegal = (config: Config, self: Learner, message: ToLearner): Step =>
  reject(config, self, label(self, `Process${message.type}`), `${message.type} in ${self.phase}`);

const discoveringReceives = (config: Config, self: DiscoveringLearner, message: ToLearner): Step =>
  match(message)
    .with({ type: 'LEADERINFO' }, (m) =>
      self.awaits === 'LEADERINFO' ? processLEADERINFO(config, self, m) : illegal(config, self, m),
    )
    .with({ type: 'DIFF' }, (m) =>
      self.awaits === 'sync' ? processDIFF(config, self, m) : illegal(config, self, m),
    )
    .with({ type: 'TRUNC' }, (m) =>
      self.awaits === 'sync' ? processTRUNC(config, self, m) : illegal(config, self, m),
    )
    .with({ type: 'SNAP' }, (m) =>
      self.awaits === 'sync' ? processSNAP(config, self, m) : illegal(config, self, m),
    )
    .with({ type: 'PING' }, () => processPING(config, self))
    .with(
      { type: 'PROPOSAL' },
      { type: 'COMMIT' },
      { type: 'INFORM' },
      { type: 'NEWLEADER' },
      { type: 'UPTODATE' },
      (m) => illegal(config, self, m),
    )
    .exhaustive();

const synchronizingReceives = (config: Config, self: SynchronizingLearner, message: ToLearner): Step =>
  match(message)
    .with({ type: 'PROPOSAL' }, (m) =>
      takeTxn(config, self, label(self, 'ProcessPROPOSALInSync'), m.txn, true),
    )
    .with({ type: 'COMMIT' }, (m) => synchronizingProcessCOMMIT(config, self, m))
    .with({ type: 'INFORM' }, (m) =>
      self.state === 'OBSERVING' ? synchronizingProcessINFORM(config, self, m) : illegal(config, self, m),
    )
    .with({ type: 'NEWLEADER' }, (m) =>
      self.awaits === 'NEWLEADER' ? processNEWLEADER(config, self, m) : illegal(config, self, m),
    )
    .with({ type: 'UPTODATE' }, (m) =>
      self.awaits === 'UPTODATE' ? processUPTODATE(config, self) : illegal(config, self, m),
    )
    .with({ type: 'PING' }, () => processPING(config, self))
    .with({ type: 'LEADERINFO' }, { type: 'DIFF' }, { type: 'TRUNC' }, { type: 'SNAP' }, (m) =>
      illegal(config, self, m),
    )
    .exhaustive();

const broadcastingReceives = (config: Config, self: BroadcastingLearner, message: ToLearner): Step => {
  switch (message.type) {
    case 'PROPOSAL':
      return self.state === 'FOLLOWING'
        ? processPROPOSAL(config, self, message)
        : illegal(config, self, message);
    case 'COMMIT':
      return self.state === 'FOLLOWING'
        ? processCOMMIT(config, self, message)
        : illegal(config, self, message);
    case 'INFORM':
      return self.state === 'OBSERVING'
        ? processINFORM(config, self, message)
        : illegal(config, self, message);
    case 'PING':
      return processPING(config, self);
    case 'LEADERINFO':
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'NEWLEADER':
    case 'UPTODATE':
      return illegal(config, self, message);
  }
};

export const learnerReceives = (config: Config, self: Learner, message: ToLearner): Step => {
  switch (self.phase) {
    case 'BROADCAST':
      return broadcastingReceives(config, self, message);
    case 'SYNCHRONIZATION':
      return synchronizingReceives(config, self, message);
    case 'DISCOVERY':
      return discoveringReceives(config, self, message);
  }
};

/** A write is durable: whatever waited for it goes out now. One that an earlier role asked for is no one's any more. */
export const learnerFlushed = (config: Config, self: Learner, operation: DiskOperation): Step => {
  if (self.phase === 'DISCOVERY') {
    return self.awaits === 'flush' &&
      operation.write === 'acceptedEpoch' &&
      operation.epoch === self.acceptedEpoch
      ? acceptedEpochFlushed(self)
      : ignore(label(self, 'Flushed'), self, 'nothing waits for it');
  }
  if (self.phase === 'SYNCHRONIZATION' && self.awaits === 'flush') {
    const { lastWrite } = self;
    const isLast =
      lastWrite?.write === 'append'
        ? operation.write === 'append' && operation.txn.zxid === lastWrite.zxid
        : operation.write === 'currentEpoch' && operation.epoch === self.currentEpoch;
    if (isLast) return newLeaderFlushed(config, self);
  }
  if (operation.write === 'append' && operation.txn.zxid === self.unacknowledged[0]) {
    const unacknowledged = self.unacknowledged.slice(1);
    return done(
      label(self, 'ProposalFlushed'),
      self.phase === 'BROADCAST' ? learnerWith(self, { unacknowledged }) : { ...self, unacknowledged },
      [send(self.leader, { type: 'ACK', zxid: operation.txn.zxid })],
    );
  }
  return ignore(label(self, 'Flushed'), self, 'nothing waits for it');
};

/** A client's write: to the leader with it. ZooKeeper: FollowerRequestProcessor, ObserverRequestProcessor. */
export const learnerRequest = (self: Learner, payload: number | string): Step =>
  self.phase === 'BROADCAST'
    ? done(label(self, 'ForwardsREQUEST'), self, [
        send(self.leader, { type: 'REQUEST', request: { payload, origin: self.sid } }),
      ])
    : impossible(self, 'Request');

/** The link is gone, or the leader was silent for too long: looks again. */
export const learnerClosed = (config: Config, self: Learner): Step =>
  abandon(config, label(self, 'Closed'), self);

export const learnerTimeout = (config: Config, self: Learner): Step =>
  abandon(config, label(self, 'Timeout'), self);
