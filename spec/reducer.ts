/**
 * The protocol: what a server does on one event. Total, pure and deterministic; it sees nothing but the server's own
 * state. This one function is explored by the checker, re-executed by the trace tool and run by the server.
 * It is plain switches, complete by their types: patterns took a quarter of a server's step.
 */
import type { Config } from './config.js';
import type { Recovered } from './disk.js';
import {
  look,
  lookingElected,
  lookingFinalizeWait,
  lookingResend,
  newcomer,
  processNotification,
} from './election.js';
import {
  leaderAccepted,
  leaderClosed,
  leaderFlushed,
  leaderLogRead,
  leaderReceives,
  leaderRequest,
  leaderTick,
  leaderTimeout,
} from './leader.js';
import {
  learnerClosed,
  learnerCommitTurn,
  learnerConnected,
  learnerFlushed,
  learnerMainTurn,
  learnerReceives,
  learnerRequest,
  learnerTimeout,
} from './learner.js';
import type { ToLeader, ToLearner } from './messages.js';
import { lookingElectionTurn } from './receiver.js';
import type { Leading, Learner, Looking, Server } from './server.js';
import { done, type Event, ignore, impossible, type Step } from './step.js';
import { NO_ZXID, type Sid } from './zxid.js';

/** A server comes up, with what was on its disk. */
export const boot = (config: Config, sid: Sid, { acceptedEpoch, currentEpoch, history }: Recovered): Step => {
  const { looking, effects } = look(config, {
    sid,
    acceptedEpoch,
    currentEpoch,
    history: config.rules.recovered(history),
    committed: NO_ZXID,
    vote: newcomer,
    ...(config.rules.keepsCommittedLog && { committedLog: history.entries }),
  });
  return done('boot', looking, effects);
};

const lookingSees = (config: Config, self: Looking, event: Event): Step => {
  switch (event.type) {
    case 'Notified':
      return processNotification(config, self, event.from, event.notification);
    case 'FinalizeWait':
      return lookingFinalizeWait(config, self);
    case 'Resend':
      return lookingResend(config, self);
    case 'Elected':
      return lookingElected(config, self, event.leader);
    case 'Flushed':
      return ignore('lookingFlushed', self, 'an earlier role asked for it');
    case 'LogRead':
      return ignore('lookingLogRead', self, 'an earlier role asked for it');
    case 'Tick':
      return ignore('lookingTick', self, 'nobody to ping');
    case 'Turn':
      return event.of === 'election' ? lookingElectionTurn(config, self) : impossible(self, event);
    case 'Receive':
    case 'Connected':
    case 'Accepted':
    case 'Closed':
    case 'Timeout':
    case 'Request':
      return impossible(self, event);
  }
};

const learnerSees = (config: Config, self: Learner, event: Event): Step => {
  switch (event.type) {
    case 'Receive':
      return event.from === self.leader
        ? learnerReceives(config, self, event.message as ToLearner)
        : impossible(self, event);
    case 'Flushed':
      return learnerFlushed(config, self, event.operation);
    case 'Notified':
      return processNotification(config, self, event.from, event.notification);
    case 'Request':
      return learnerRequest(self, event.request.payload);
    case 'Connected':
      return self.phase === 'DISCOVERY' && self.awaits === 'connection'
        ? learnerConnected(self)
        : impossible(self, event);
    case 'Closed':
      return event.peer === self.leader ? learnerClosed(config, self) : impossible(self, event);
    case 'Timeout':
      return learnerTimeout(config, self);
    case 'Turn':
      if (event.of === 'main') return learnerMainTurn(config, self);
      return event.of === 'commit' ? learnerCommitTurn(config, self) : impossible(self, event);
    case 'Tick':
      return ignore('learnerTick', self, 'the leader pings');
    case 'LogRead':
      return ignore('learnerLogRead', self, 'an earlier role asked for it');
    case 'Accepted':
    case 'FinalizeWait':
    case 'Resend':
    case 'Elected':
      return impossible(self, event);
  }
};

const leaderSees = (config: Config, self: Leading, event: Event): Step => {
  switch (event.type) {
    case 'Receive':
      return leaderReceives(config, self, event.from, event.message as ToLeader);
    case 'Flushed':
      return leaderFlushed(config, self, event.operation);
    case 'Request':
      return leaderRequest(config, self, event.request.payload);
    case 'Notified':
      return processNotification(config, self, event.from, event.notification);
    case 'Accepted':
      return leaderAccepted(self, event.peer);
    case 'Closed':
      return leaderClosed(self, event.peer);
    case 'Timeout':
      return leaderTimeout(config, self);
    case 'Tick':
      return leaderTick(self);
    case 'LogRead':
      return leaderLogRead(config, self, event.peer, event.after, event.entries);
    case 'Connected':
    case 'FinalizeWait':
    case 'Resend':
    case 'Elected':
    case 'Turn':
      return impossible(self, event);
  }
};

/** @throws if the event cannot happen to a server in this state: the driver's mistake, never the peer's */
export const step = (config: Config, self: Server, event: Event): Step => {
  switch (self.state) {
    case 'FOLLOWING':
    case 'OBSERVING':
      return learnerSees(config, self, event);
    case 'LEADING':
      return leaderSees(config, self, event);
    case 'LOOKING':
      return lookingSees(config, self, event);
  }
};
