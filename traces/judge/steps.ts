/** From a step of the reducer to lines of a log: what a server would write that records all it sees and does. */
import type { Recovered } from '../../spec/disk.js';
import type { Effect, Event, Step } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import type { LogEvent } from '../format/log.js';

const inputLine = (server: Sid, event: Event): LogEvent | null => {
  switch (event.type) {
    case 'Receive':
      return { event: 'receive', server, from: event.from, message: event.message } as LogEvent;
    case 'Notified':
      return { event: 'notified', server, from: event.from, notification: event.notification };
    case 'Connected':
      return { event: 'connected', server, peer: event.peer };
    case 'Accepted':
      return { event: 'accepted', server, peer: event.peer };
    case 'Closed':
      return { event: 'closed', server, peer: event.peer };
    case 'Request':
      return { event: 'request', server, payload: event.request.payload };
    case 'Flushed':
      return { event: 'flushed', server, operation: event.operation } as LogEvent;
    case 'Resend':
    case 'FinalizeWait':
    case 'Timeout':
    case 'Tick':
      return { event: 'timer', server, timer: event.type };
    case 'LogRead':
    case 'Turn':
    case 'Elected':
      return null;
  }
};

const outputLine = (server: Sid, effect: Effect): LogEvent | null => {
  switch (effect.type) {
    case 'send':
      return { event: 'send', server, to: effect.to, message: effect.message } as LogEvent;
    case 'notify':
      return { event: 'notify', server, to: effect.to, notification: effect.notification };
    case 'close':
      return { event: 'close', server, peer: effect.peer };
    case 'deliver':
    case 'answer':
      return { event: effect.type, server, txn: effect.txn };
    case 'persist':
    case 'readLog':
    case 'observe':
      return null;
  }
};

const present = <T>(value: T | null): value is T => value !== null;

/** The lines of one step, the input first; of a boot, with what was on the disk. */
export const linesOfStep = (
  event: Event | null,
  { server, effects }: Step,
  disk?: Recovered,
): readonly LogEvent[] => {
  const { sid } = server;
  const input: LogEvent | null =
    event !== null
      ? inputLine(sid, event)
      : {
          event: 'boot',
          server: sid,
          ...(disk && {
            disk: {
              acceptedEpoch: disk.acceptedEpoch,
              currentEpoch: disk.currentEpoch,
              snapshot: { floor: disk.history.floor, entries: [...disk.history.entries] },
            },
          }),
        };
  // A link that it was told to be gone is not closed once more.
  const gone = event?.type === 'Closed' ? event.peer : null;
  const outputs = effects.filter((effect) => effect.type !== 'close' || effect.peer !== gone);
  return [input, ...outputs.map((effect) => outputLine(sid, effect))].filter(present);
};
