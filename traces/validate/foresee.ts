/** Looks through a log before it is judged, for what it goes on to show of each server. */
import type { Notification } from '../../spec/messages.js';
import { counterOf, epochOf, makeZxid, type Sid, type Zxid } from '../../spec/zxid.js';
import type { Hidden, LogEvent, LogEventOf, LogHeader } from '../format/log.js';
import { linkChannel } from '../judge/candidate.js';
import type { ForeseenOutput, Foresight } from '../judge/foresight.js';
import { type ConnectionName, Inbox } from '../judge/inbox.js';
import { fits, UNSEEN_PAYLOAD } from '../judge/match.js';

/** The newest transaction that a server says to have, in a line of its own. */
const claimed = (event: LogEvent): readonly Zxid[] => {
  if (event.event === 'notify') {
    const { leader, zxid } = event.notification;
    return leader === event.server && zxid !== undefined ? [zxid] : [];
  }
  if (event.event === 'send')
    return event.message.type === 'ACKEPOCH' && event.message.lastZxid !== undefined
      ? [event.message.lastZxid]
      : [];
  if (event.event === 'state') return [event.disk?.lastZxid ?? 0, ...(event.disk?.zxids ?? [])];
  return event.event === 'boot' ? (event.disk?.log ?? []).map(({ zxid }) => zxid) : [];
};

/** By server, what the log goes on to show of it. */
export const foresightOf = (
  header: LogHeader,
  hidden: readonly Hidden[],
  events: readonly LogEvent[],
): ReadonlyMap<Sid, Foresight> => {
  const seers = new Map<Sid, Seer>();
  for (const [i, event] of events.entries()) {
    if (!seers.has(event.server)) seers.set(event.server, new Seer(header, hidden));
    seers.get(event.server)!.see(event, i);
  }
  return new Map([...seers].map(([sid, seer]) => [sid, seer.foresight()]));
};

/** Looks through the lines of one server. */
class Seer {
  readonly #inbox = new Inbox();
  readonly #outputs = new Map<string, ForeseenOutput[]>();
  readonly #writes = new Map<Zxid, number | string>();
  readonly #newest = new Map<number, Zxid>();
  readonly #told = new Map<Sid, { readonly source: number; readonly notification: object }[]>();
  readonly #boots: number[] = [];
  /** Outputs on links, and whatever else the rest of a life may have to explain. */
  readonly #shown: number[] = [];
  readonly #others: number[] = [];
  #seesCommitted = false;
  #isWhole = true;

  constructor(
    readonly header: LogHeader,
    readonly hidden: readonly Hidden[],
  ) {}

  see(event: LogEvent, source: number): void {
    for (const zxid of claimed(event))
      this.#newest.set(epochOf(zxid), Math.max(zxid, this.#newest.get(epochOf(zxid)) ?? 0));
    const isUntold = !this.header.records.includes('connections');
    if (event.event === 'state' && event.state?.committed !== undefined) this.#seesCommitted = true;
    if (!this.#isOfLink(event)) this.#others.push(source);
    switch (event.event) {
      case 'boot':
        this.#boots.push(source);
        break;
      case 'quiet':
        this.#isWhole = false;
        break;
      case 'notify': {
        const { to, notification } = event;
        const known = this.#told.get(to);
        if (known) known.push({ source, notification });
        else this.#told.set(to, [{ source, notification }]);
        break;
      }
      case 'connected':
      case 'accepted':
        this.#inbox.open(
          event.peer,
          event.connection,
          event.event === 'connected' ? 'Connected' : 'Accepted',
          0,
        );
        break;
      case 'receive':
        if (isUntold && begins(event.message)) this.#inbox.open(event.from, undefined, 'Accepted', 0);
        else if (!this.#inbox.find(event.from, event.connection))
          this.#inbox.open(event.from, event.connection, null, 0);
        break;
      case 'send': {
        if (isUntold && begins(event.message)) this.#inbox.open(event.to, undefined, 'Connected', 0);
        this.#seeSend(event, source);
        break;
      }
      case 'close':
        this.#push(event.peer, event.connection, { source, output: { type: 'close' } });
    }
  }

  /** An output on a link, or an input that a proxy hands over and that leads to no link. */
  #isOfLink({ event }: LogEvent): boolean {
    const { vantage, records } = this.header;
    if (event === 'boot' || event === 'crash') return true;
    if (!records.includes('connections')) return false;
    if (event === 'send' || event === 'close') return true;
    return vantage === 'network' && ['receive', 'notified', 'reconnected', 'closed'].includes(event);
  }

  #seeSend({ to, connection, message }: LogEventOf<'send'>, source: number): void {
    if (message.type === 'PROPOSAL' || message.type === 'INFORM') {
      const { zxid, payload } = message.txn ?? {};
      if (zxid !== undefined && !this.#writes.has(zxid)) this.#writes.set(zxid, payload ?? UNSEEN_PAYLOAD);
    }
    const leads = this.#inbox.find(to, connection)?.opens?.as === 'Accepted';
    if (message.type === 'PING' && leads && this.hidden.includes('tick')) return;
    this.#push(to, connection, { source, output: { type: 'send', message: message as never } });
  }

  #push(peer: Sid, name: ConnectionName | undefined, output: ForeseenOutput): void {
    const index = this.#inbox.find(peer, name)?.index;
    if (index === undefined) return;
    this.#shown.push(output.source as number);
    const channel = linkChannel(peer, index);
    const known = this.#outputs.get(channel);
    if (known) known.push(output);
    else this.#outputs.set(channel, [output]);
  }

  /** Of writes that it is said to have, and never proposed to anyone, only the number is known. */
  foresight(): Foresight {
    const writes = new Map(this.#writes);
    for (const [epoch, newest] of this.#newest)
      for (let counter = 1; counter <= counterOf(newest); counter++) {
        const zxid = makeZxid(epoch, counter);
        if (!writes.has(zxid)) writes.set(zxid, UNSEEN_PAYLOAD);
      }
    return {
      outputs: this.#outputs,
      writes,
      seesCommitted: this.#seesCommitted,
      isWhole: this.#isWhole,
      tells: (at, where, to, notification) =>
        !this.#isWhole || this.#tells((at as number) + (where === 'behind' ? 1 : 0), to, notification),
      left: (from) => (this.#isWhole ? this.#left(from as number) : null),
    };
  }

  #endOfLife(from: number): number {
    return this.#boots[firstBehind(this.#boots, (boot) => boot > from)] ?? Number.POSITIVE_INFINITY;
  }

  #left(from: number): number | null {
    const end = this.#endOfLife(from);
    const count = (sources: readonly number[]): number =>
      firstBehind(sources, (one) => one >= end) - firstBehind(sources, (one) => one >= from);
    return count(this.#others) > 0 ? null : count(this.#shown);
  }

  /** Looks at the next ones only, so that each line costs no more in a longer log. */
  #tells(from: number, to: Sid, notification: Notification): boolean {
    const told = this.#told.get(to) ?? [];
    const end = this.#endOfLife(from);
    const first = firstBehind(told, ({ source }) => source >= from);
    for (let i = first; i < told.length && told[i]!.source < end; i++)
      if (i === first + MOST_TOLD || fits(told[i]!.notification, notification)) return true;
    return false;
  }
}

/** How many notifications are looked at; the ones behind may be of any kind. */
const MOST_TOLD = 50;

/** Where the items of which something holds begin, in a list that they end. */
const firstBehind = <T>(list: readonly T[], holds: (item: T) => boolean): number => {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(list[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
};

const begins = ({ type }: { readonly type: string }): boolean =>
  type === 'FOLLOWERINFO' || type === 'OBSERVERINFO';
