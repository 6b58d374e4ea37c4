/** From a line of a log to what a judge is told. */
import type { Message, Notification } from '../../spec/messages.js';
import type { LogEvent } from '../format/log.js';
import type { Judge, Verdict } from '../judge/judge.js';

/** An input has to be whole: what the log leaves open is filled with what says nothing. */
const completeTxn = (txn: { zxid?: number; payload?: number | string; origin?: number } = {}) => ({
  payload: 0,
  origin: 0,
  zxid: 0,
  ...txn,
});

const completeMessage = (message: Extract<LogEvent, { event: 'receive' }>['message']): Message => {
  switch (message.type) {
    case 'SNAP': {
      const zxid = message.zxid ?? 0;
      return { type: 'SNAP', zxid, history: (message.history as never) ?? { floor: zxid, entries: [] } };
    }
    case 'PROPOSAL':
    case 'INFORM':
      return { type: message.type, txn: completeTxn(message.txn as never) };
    case 'REQUEST':
      return { type: 'REQUEST', request: { payload: 0, origin: 0, ...message.request } as never };
    default:
      return message as Message;
  }
};

const completeNotification = (notification: Extract<LogEvent, { event: 'notified' }>['notification']) =>
  ({ leader: 0, zxid: 0, peerEpoch: 0, electionEpoch: 0, state: 'LOOKING', ...notification }) as Notification;

export const tell = (judge: Judge, event: LogEvent, source: number): Verdict => {
  switch (event.event) {
    case 'boot':
      return judge.given({ event: { type: 'Boot', disk: event.disk as never } }, source);
    case 'crash':
      return judge.given({ event: { type: 'Crash' } }, source);
    case 'connected':
      return judge.given(
        { event: { type: 'Connected', peer: event.peer }, connection: event.connection },
        source,
      );
    case 'accepted':
      return judge.given(
        { event: { type: 'Accepted', peer: event.peer }, connection: event.connection },
        source,
      );
    case 'closed':
      return judge.given(
        { event: { type: 'Closed', peer: event.peer }, connection: event.connection },
        source,
      );
    case 'close':
      return judge.saw({ type: 'close', peer: event.peer, connection: event.connection }, source);
    case 'receive':
      return judge.given(
        {
          event: { type: 'Receive', from: event.from, message: completeMessage(event.message) },
          connection: event.connection,
        },
        source,
      );
    case 'send':
      return judge.saw(
        { type: 'send', to: event.to, message: event.message as never, connection: event.connection },
        source,
      );
    case 'notified':
      return judge.given(
        {
          event: {
            type: 'Notified',
            from: event.from,
            notification: completeNotification(event.notification),
          },
        },
        source,
      );
    case 'notify':
      return judge.saw({ type: 'notify', to: event.to, notification: event.notification as never }, source);
    case 'reconnected':
      return judge.given({ event: { type: 'Reconnected', peer: event.peer } }, source);
    case 'request':
      return judge.given(
        { event: { type: 'Request', request: { payload: event.payload, origin: event.server } } },
        source,
      );
    case 'answer':
    case 'deliver':
      return judge.saw({ type: event.event, txn: event.txn as never }, source);
    case 'flushed':
      return judge.given({ event: { type: 'Flushed', operation: event.operation as never } }, source);
    case 'timer':
      return judge.given({ event: { type: event.timer } }, source);
    case 'state':
      return judge.observed({ state: event.state, disk: event.disk }, source);
    case 'quiet':
      return judge.quiet(source);
  }
};
