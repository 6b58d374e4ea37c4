/**
 * `zab validate`: is there a run of the specification that explains this log? Where all messages are recorded, every
 * server is judged on its own: what it was given is in the log, and what it says has to be what the reducer says.
 */
import type { Config } from '../spec/config.js';
import { rulesOf } from '../spec/variants.js';
import { counterOf, epochOf, makeZxid, type Sid, type Zxid } from '../spec/zxid.js';
import type { Message, Notification } from '../spec/messages.js';
import {
  HIDDEN,
  type Hidden,
  type Log,
  type LogEvent,
  type LogEventOf,
  type LogHeader,
} from './format/log.js';
import { linkChannel } from './judge/candidate.js';
import type { ForeseenOutput, Foresight } from './judge/foresight.js';
import { type ConnectionName, Inbox } from './judge/inbox.js';
import { UNSEEN_PAYLOAD } from './judge/match.js';
import { type Judge, judgeOf, type Verdict } from './judge/judge.js';

/** What may be guessed where the header does not say: all that is not recorded. */
export const hiddenOf = ({ hidden, records }: LogHeader): readonly Hidden[] => {
  if (hidden !== undefined) return hidden;
  const recorded: readonly Hidden[] = [
    ...(records.includes('timer') ? (['resend', 'finalizeWait', 'tick', 'timeout'] as const) : []),
    ...(records.includes('flush') ? (['flush'] as const) : []),
    ...(records.includes('request') ? (['request'] as const) : []),
    ...(records.includes('election') ? (['elected'] as const) : []),
  ];
  return HIDDEN.filter((one) => !recorded.includes(one));
};

export const configOf = ({
  voters,
  observers,
  window,
  variant,
  defects,
  fixes,
  records,
}: LogHeader): Config => ({
  voters,
  observers,
  election: records.includes('election') ? 'fle' : 'coarse',
  window,
  rules: rulesOf(variant, defects, fixes),
});

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

const tell = (judge: Judge, event: LogEvent, source: number): Verdict => {
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
const foresightOf = (
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

  constructor(
    readonly header: LogHeader,
    readonly hidden: readonly Hidden[],
  ) {}

  see(event: LogEvent, source: number): void {
    for (const zxid of claimed(event))
      this.#newest.set(epochOf(zxid), Math.max(zxid, this.#newest.get(epochOf(zxid)) ?? 0));
    const isUntold = !this.header.records.includes('connections');
    switch (event.event) {
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
    return { outputs: this.#outputs, writes };
  }
}

const begins = ({ type }: { readonly type: string }): boolean =>
  type === 'FOLLOWERINFO' || type === 'OBSERVERINFO';

export interface ServerReport {
  readonly sid: Sid;
  readonly verdict: Verdict;
  /** Lines of this server, and how many of them are explained. */
  readonly lines: number;
  readonly explained: number;
}

export interface Validation {
  readonly verdict: 'accepted' | 'rejected' | 'inconclusive';
  readonly servers: readonly ServerReport[];
  readonly steps: number;
}

export interface ValidateOptions {
  readonly maxSteps?: number | undefined;
}

export const validate = ({ header, events }: Log, { maxSteps }: ValidateOptions = {}): Validation => {
  const config = configOf(header);
  const hidden = hiddenOf(header);
  const foreseen = foresightOf(header, hidden, events);
  const judges = new Map<Sid, { judge: Judge; verdict: Verdict; lines: number; explained: number }>();
  for (const [i, event] of events.entries()) {
    let one = judges.get(event.server);
    if (one === undefined) {
      const judge = judgeOf({
        config,
        sid: event.server,
        vantage: header.vantage,
        records: header.records,
        hidden,
        foresight: foreseen.get(event.server),
        maxSteps,
      });
      one = { judge, verdict: { kind: 'explained' }, lines: 0, explained: 0 };
      judges.set(event.server, one);
      if (event.event !== 'boot') judge.given({ event: { type: 'Boot' } }, i);
    }
    one.lines++;
    if (one.verdict.kind !== 'explained') continue;
    one.verdict = tell(one.judge, event, i);
    if (one.verdict.kind === 'explained') one.explained++;
  }
  const servers = [...judges].map(([sid, { verdict, lines, explained }]) => ({
    sid,
    verdict,
    lines,
    explained,
  }));
  const kinds = servers.map(({ verdict }) => verdict.kind);
  const steps = [...judges.values()].reduce((sum, { judge }) => sum + judge.steps, 0);
  const verdict = kinds.includes('rejected')
    ? 'rejected'
    : kinds.includes('inconclusive')
      ? 'inconclusive'
      : 'accepted';
  return { verdict, servers, steps };
};
