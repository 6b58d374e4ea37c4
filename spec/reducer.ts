/**
 * The protocol: what a server does on one event. Total, pure and deterministic; it sees nothing but the server's own
 * state. This one function is explored by the checker, re-executed by the trace tool and run by the server.
 */
import { match } from 'ts-pattern';
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

const lookingSees = (config: Config, self: Looking, event: Event): Step =>
  match(event)
    .with({ type: 'Notified' }, (e) => processNotification(config, self, e.from, e.notification))
    .with({ type: 'FinalizeWait' }, () => lookingFinalizeWait(config, self))
    .with({ type: 'Resend' }, () => lookingResend(config, self))
    .with({ type: 'Elected' }, (e) => lookingElected(config, self, e.leader))
    .with({ type: 'Flushed' }, () => ignore('lookingFlushed', self, 'an earlier role asked for it'))
    .with({ type: 'LogRead' }, () => ignore('lookingLogRead', self, 'an earlier role asked for it'))
    .with({ type: 'Tick' }, () => ignore('lookingTick', self, 'nobody to ping'))
    .with({ type: 'Turn', of: 'election' }, () => lookingElectionTurn(config, self))
    .with(
      { type: 'Receive' },
      { type: 'Connected' },
      { type: 'Accepted' },
      { type: 'Closed' },
      { type: 'Timeout' },
      { type: 'Request' },
      { type: 'Turn' },
      (e) => impossible(self, e),
    )
    .exhaustive();

const learnerSees = (config: Config, self: Learner, event: Event): Step =>
  match(event)
    .with({ type: 'Receive' }, (e) =>
      e.from === self.leader ? learnerReceives(config, self, e.message as ToLearner) : impossible(self, e),
    )
    .with({ type: 'Flushed' }, (e) => learnerFlushed(config, self, e.operation))
    .with({ type: 'Notified' }, (e) => processNotification(config, self, e.from, e.notification))
    .with({ type: 'Request' }, (e) => learnerRequest(self, e.request.payload))
    .with({ type: 'Connected' }, (e) =>
      self.phase === 'DISCOVERY' && self.awaits === 'connection'
        ? learnerConnected(self)
        : impossible(self, e),
    )
    .with({ type: 'Closed' }, (e) =>
      e.peer === self.leader ? learnerClosed(config, self) : impossible(self, e),
    )
    .with({ type: 'Timeout' }, () => learnerTimeout(config, self))
    .with({ type: 'Turn', of: 'main' }, () => learnerMainTurn(config, self))
    .with({ type: 'Turn', of: 'commit' }, () => learnerCommitTurn(config, self))
    .with({ type: 'Tick' }, () => ignore('learnerTick', self, 'the leader pings'))
    .with({ type: 'LogRead' }, () => ignore('learnerLogRead', self, 'an earlier role asked for it'))
    .with(
      { type: 'Accepted' },
      { type: 'FinalizeWait' },
      { type: 'Resend' },
      { type: 'Elected' },
      { type: 'Turn' },
      (e) => impossible(self, e),
    )
    .exhaustive();

const leaderSees = (config: Config, self: Leading, event: Event): Step =>
  match(event)
    .with({ type: 'Receive' }, (e) => leaderReceives(config, self, e.from, e.message as ToLeader))
    .with({ type: 'Flushed' }, (e) => leaderFlushed(config, self, e.operation))
    .with({ type: 'Request' }, (e) => leaderRequest(config, self, e.request.payload))
    .with({ type: 'Notified' }, (e) => processNotification(config, self, e.from, e.notification))
    .with({ type: 'Accepted' }, (e) => leaderAccepted(self, e.peer))
    .with({ type: 'Closed' }, (e) => leaderClosed(self, e.peer))
    .with({ type: 'Timeout' }, () => leaderTimeout(config, self))
    .with({ type: 'Tick' }, () => leaderTick(self))
    .with({ type: 'LogRead' }, (e) => leaderLogRead(config, self, e.peer, e.after, e.entries))
    .with(
      { type: 'Connected' },
      { type: 'FinalizeWait' },
      { type: 'Resend' },
      { type: 'Elected' },
      { type: 'Turn' },
      (e) => impossible(self, e),
    )
    .exhaustive();

/** @throws if the event cannot happen to a server in this state: the driver's mistake, never the peer's */
export const step = (config: Config, self: Server, event: Event): Step =>
  match(self)
    .with({ state: 'FOLLOWING' }, { state: 'OBSERVING' }, (s) => learnerSees(config, s, event))
    .with({ state: 'LEADING' }, (s) => leaderSees(config, s, event))
    .with({ state: 'LOOKING' }, (s) => lookingSees(config, s, event))
    .exhaustive();
