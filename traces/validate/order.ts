/**
 * Whether the recorded messages hang together: what a server received was sent to it, in order, and no message was
 * received before it was sent. Where only the lines of each server are in order, those orders and the edges from send to
 * receive must not run in a circle. Without this, judging each server on its own would not be exact.
 */
import type { Log, LogEvent, LogEventOf } from '../format/log.js';

/** Something that no network does; the lines that it takes to see it, by their index in the log. */
export interface Disorder {
  readonly reason: string;
  readonly events: readonly number[];
}

type Sending = LogEventOf<'send'> | LogEventOf<'notify'>;
type Receiving = LogEventOf<'receive'> | LogEventOf<'notified'>;

const contentOf = (event: Sending | Receiving): unknown =>
  'message' in event ? event.message : event.notification;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether two partial records may be of the same thing. */
const agree = (a: unknown, b: unknown): boolean => {
  if (a === undefined || b === undefined || Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => agree(item, b[i]));
  return isRecord(a) && isRecord(b) && Object.keys(a).every((key) => agree(a[key], b[key]));
};

interface Lane {
  /** Whether what is lost is a tail only: a connection with a name. */
  readonly strict: boolean;
  readonly lossy: boolean;
  readonly sends: number[];
  readonly receives: number[];
}

/** The two ends of each channel; a channel that only one end recorded is not looked at. */
const lanesOf = ({ events, header }: Log): readonly Lane[] => {
  const lanes = new Map<string, Lane>();
  const recorded = new Set(events.map(({ server }) => server));
  const lane = (kind: 'link' | 'election', from: number, to: number, name?: string | number): Lane => {
    const key = JSON.stringify([kind, from, to, name]);
    const known = lanes.get(key);
    if (known) return known;
    const made = { strict: name !== undefined, lossy: kind === 'election', sends: [], receives: [] };
    lanes.set(key, made);
    return made;
  };
  const [links, election] = [header.records.includes('links'), header.records.includes('election')];
  events.forEach((event, i) => {
    const { server } = event;
    if (event.event === 'send' && links && recorded.has(event.to))
      lane('link', server, event.to, event.connection).sends.push(i);
    if (event.event === 'receive' && links && recorded.has(event.from))
      lane('link', event.from, server, event.connection).receives.push(i);
    if (event.event === 'notify' && election && recorded.has(event.to))
      lane('election', server, event.to).sends.push(i);
    if (event.event === 'notified' && election && recorded.has(event.from))
      lane('election', event.from, server).receives.push(i);
  });
  return [...lanes.values()];
};

/** For each receive the send that it may be of, the earliest one; or what is wrong. */
const pair = (events: readonly LogEvent[], lane: Lane, found: Map<number, number>): Disorder | null => {
  let next = 0;
  let last: number | null = null;
  for (const receive of lane.receives) {
    const content = contentOf(events[receive] as Receiving);
    const fits = (send: number): boolean => agree(contentOf(events[send] as Sending), content);
    // The same once more may be the same message: an election channel repeats.
    if (lane.lossy && last !== null && fits(last)) {
      found.set(receive, last);
      continue;
    }
    let at = next;
    if (!lane.strict) while (at < lane.sends.length && !fits(lane.sends[at]!)) at++;
    const send = lane.sends[at];
    if (send !== undefined && fits(send)) {
      next = at + 1;
      last = send;
      found.set(receive, send);
    } else if (send !== undefined && lane.strict)
      return { reason: 'what was received is not what was sent', events: [receive, send] };
    else return { reason: 'it was received, and nobody sent it', events: [receive] };
  }
  return null;
};

/** A circle in the union of the local orders and the edges from send to receive, if there is one. */
const circle = (
  events: readonly LogEvent[],
  sendOf: ReadonlyMap<number, number>,
): readonly number[] | null => {
  const previous = new Map<number, number>();
  const lastOf = new Map<number, number>();
  events.forEach(({ server }, i) => {
    const last = lastOf.get(server);
    if (last !== undefined) previous.set(i, last);
    lastOf.set(server, i);
  });
  const state = new Uint8Array(events.length);
  for (let root = 0; root < events.length; root++) {
    if (state[root] !== 0) continue;
    const path: number[] = [root];
    const tried: number[] = [0];
    state[root] = 1;
    while (path.length > 0) {
      const here = path.at(-1)!;
      const before = [previous.get(here), sendOf.get(here)].filter((one) => one !== undefined);
      const next = before[tried[tried.length - 1]!++];
      if (next === undefined) {
        state[here] = 2;
        path.pop();
        tried.pop();
      } else if (state[next] === 1) return path.slice(path.indexOf(next)).reverse();
      else if (state[next] === 0) {
        state[next] = 1;
        path.push(next);
        tried.push(0);
      }
    }
  }
  return null;
};

/** Lines that only lead from one message to the next are no news: of each server, the first and the last. */
const shorter = (events: readonly LogEvent[], all: readonly number[]): readonly number[] =>
  all.filter(
    (at, i) =>
      events[all[(i + all.length - 1) % all.length]!]!.server !== events[at]!.server ||
      events[all[(i + 1) % all.length]!]!.server !== events[at]!.server,
  );

/** What of the log no network could have done; null if nothing. */
export const disorderIn = (log: Log): Disorder | null => {
  const { events, header } = log;
  const sendOf = new Map<number, number>();
  for (const lane of lanesOf(log)) {
    const wrong = pair(events, lane, sendOf);
    if (wrong !== null) return wrong;
  }
  if (header.order !== 'per-server') {
    for (const [receive, send] of sendOf)
      if (send > receive) return { reason: 'it was received before it was sent', events: [receive, send] };
    return null;
  }
  const around = circle(events, sendOf);
  return (
    around && {
      reason: 'these lines run in a circle: each came before the next',
      events: shorter(events, around),
    }
  );
};
