/** A test as a log of what was seen (docs/log-format.md), so that `zab validate` can say the same of it another time. */
import { type Log, type LogEvent, logHeader, type TIMERS } from '../format/log.js';
import type { Seen } from './candidates.js';
import type { Hello, WireDisk } from './protocol.js';
import type { Setup } from './trial.js';
import type { Exchange } from './watched.js';
import { fromWire } from './wire.js';

const outputLine = (server: number, seen: Seen): LogEvent => {
  switch (seen.type) {
    case 'notify':
      return { event: 'notify', server, to: seen.to, notification: seen.notification };
    case 'send':
      return { event: 'send', server, to: seen.to, message: seen.message as never };
    case 'close':
      return { event: 'close', server, peer: seen.peer };
    case 'deliver':
    case 'answer':
      return { event: seen.type, server, txn: seen.txn };
  }
};

const inputLines = (server: number, input: Exchange['input']): readonly LogEvent[] => {
  switch (input.type) {
    case 'reset':
      return [{ event: 'boot', server, disk: fromWire<WireDisk>(input.disk) as never }];
    case 'Boot':
      return [{ event: 'boot', server }];
    case 'Crash':
      return [{ event: 'crash', server }];
    case 'Receive':
      return [{ event: 'receive', server, from: input.from, message: input.message as never }];
    case 'Notified':
      return [{ event: 'notified', server, from: input.from, notification: input.notification }];
    case 'Connected':
      return [{ event: 'connected', server, peer: input.peer }];
    case 'Accepted':
      return [{ event: 'accepted', server, peer: input.peer }];
    case 'Closed':
      return [{ event: 'closed', server, peer: input.peer }];
    case 'Request':
      return [{ event: 'request', server, payload: input.request.payload }];
    case 'Flush':
    case 'Wait':
      return [];
    default:
      return [{ event: 'timer', server, timer: input.type satisfies (typeof TIMERS)[number] }];
  }
};

const stateLine = (server: number, observed: Exchange['observed']): LogEvent => {
  const { history, disk, ...state } = observed as Record<string, any>;
  return {
    event: 'state',
    server,
    state: { ...state, ...(history && { history: { floor: 0, entries: history } }) },
    ...(disk && {
      disk: {
        acceptedEpoch: disk.acceptedEpoch,
        currentEpoch: disk.currentEpoch,
        zxids: disk.log.map(({ zxid }: { readonly zxid: number }) => zxid),
      },
    }),
  };
};

/** A server that was just told that a link is gone need not close it. */
const isNews = (input: Exchange['input'], seen: Seen): boolean =>
  !(input.type === 'Closed' && seen.type === 'close' && seen.peer === input.peer);

export const logOf = (
  { voters, observers, hold }: Setup,
  { adapter, version, observes }: Hello,
  exchanges: readonly Exchange[],
): Log => {
  const told = (['deliver', 'answer'] as const).filter((one) => observes.includes(one));
  const header = logHeader.parse({
    format: 'zab-log',
    version: 1,
    generator: `zab conform, of ${adapter} ${version}`,
    voters,
    observers,
    window: 1_000_000,
    order: 'total',
    vantage: 'server',
    records: ['election', 'links', 'connections', 'closes', 'lifecycle', 'request', 'timer', ...told],
    hidden: ['flush', 'finalizeWait'],
  });
  const isTold = ({ type }: Seen): boolean =>
    (type !== 'deliver' && type !== 'answer') || observes.includes(type);
  // With writes held there is no telling when the disk is at rest.
  const quiet = (server: number): readonly LogEvent[] => (hold ? [] : [{ event: 'quiet', server }]);
  const events = exchanges.flatMap(({ sid, input, out, observed }): readonly LogEvent[] => [
    ...inputLines(sid, input),
    ...out.filter((seen) => isNews(input, seen) && isTold(seen)).map((seen) => outputLine(sid, seen)),
    ...quiet(sid),
    stateLine(sid, observed),
  ]);
  return { header, events };
};
