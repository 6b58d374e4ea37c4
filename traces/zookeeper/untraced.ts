/**
 * Writes that left no trace on any wire. A leader that is cut off or dies may have logged a write that it told nobody of;
 * that shows only later, when it votes with a zxid that it never proposed. Such a write was asked for by a client, so the
 * log says that it was, where the leader is last heard of in that epoch. Its payload is the one under which anybody
 * proposes that zxid later, if somebody does.
 */
import { counterOf, epochOf, makeZxid, type Sid, type Zxid } from '../../spec/zxid.js';
import type { LogEvent } from '../format/log.js';

/** What a leader did in one epoch, so far. */
interface Reign {
  readonly epoch: number;
  proposed: number;
  /** Index behind the last message that it was seen to send. */
  end: number;
}

/** The zxid with which a server says that its own history ends. */
const claimed = (event: LogEvent): Zxid | null => {
  if (event.event === 'notify')
    return event.notification.state === 'LOOKING' && event.notification.leader === event.server
      ? (event.notification.zxid ?? null)
      : null;
  return event.event === 'send' && event.message.type === 'ACKEPOCH'
    ? (event.message.lastZxid ?? null)
    : null;
};

const payloads = (events: readonly LogEvent[]): ReadonlyMap<Zxid, string | number> => {
  const found = new Map<Zxid, string | number>();
  for (const event of events) {
    if (event.event !== 'send' || event.message.type !== 'PROPOSAL') continue;
    const { zxid, payload } = event.message.txn ?? {};
    if (zxid !== undefined && payload !== undefined) found.set(zxid, payload);
  }
  return found;
};

/** The log, with the writes that nobody but their leader can have known of. */
export const withUntraced = (events: readonly LogEvent[]): readonly LogEvent[] => {
  const reigns = new Map<Sid, Reign>();
  const inserted = new Map<number, LogEvent[]>();
  const named = payloads(events);
  const insert = ({ server, source }: LogEvent, reign: Reign, counter: number): void => {
    const payload = named.get(makeZxid(reign.epoch, counter)) ?? 'untraced';
    const event: LogEvent = { event: 'request', server, payload, ...(source && { source }) };
    inserted.set(reign.end, [...(inserted.get(reign.end) ?? []), event]);
  };
  for (const [index, event] of events.entries()) {
    if (event.event === 'send' && event.message.type === 'NEWLEADER') {
      const { epoch = 0 } = event.message;
      if (reigns.get(event.server)?.epoch !== epoch)
        reigns.set(event.server, { epoch, proposed: 0, end: index + 1 });
    }
    const reign = reigns.get(event.server);
    if (reign === undefined) continue;
    if (event.event === 'send' && event.message.type === 'PROPOSAL') {
      const { zxid = 0 } = event.message.txn ?? {};
      if (epochOf(zxid) === reign.epoch) reign.proposed = Math.max(reign.proposed, counterOf(zxid));
    }
    const zxid = claimed(event);
    if (zxid !== null && epochOf(zxid) === reign.epoch)
      for (; reign.proposed < counterOf(zxid); reign.proposed++) insert(event, reign, reign.proposed + 1);
    else if (event.event === 'send' && event.message.type !== 'FOLLOWERINFO') reign.end = index + 1;
  }
  return events.flatMap((event, i) => [...(inserted.get(i) ?? []), event]);
};
