/**
 * How sharp the judge is on a log that it accepts: the log is damaged in many ways, one at a time, and judged again. What
 * survives is not a defect of the judge as long as the specification allows it; the reason is named.
 */
import type { Log, LogEvent } from '../format/log.js';
import { eventText } from './report.js';
import { type Validation, validate } from '../validate.js';

export type DamageKind = 'drop' | 'duplicate' | 'swap' | 'alter';

export interface Survivor {
  readonly kind: DamageKind;
  /** The line that was damaged, by its index. */
  readonly event: number;
  readonly text: string;
  /** Which field was altered, and to what. */
  readonly detail: string | null;
  readonly why: string;
}

export interface SelfTest {
  readonly damages: Readonly<
    Record<DamageKind, { readonly tried: number; readonly rejected: number; readonly inconclusive: number }>
  >;
  readonly survivors: readonly Survivor[];
  /** All that could be tried; with a limit, some are left out, evenly. */
  readonly possible: number;
}

interface Damage {
  readonly kind: DamageKind;
  readonly event: number;
  readonly detail: string | null;
  readonly events: () => readonly LogEvent[];
}

const altered = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1;
  if (value === 'LOOKING') return 'LEADING';
  if (value === 'FOLLOWING' || value === 'LEADING' || value === 'OBSERVING') return 'LOOKING';
  return typeof value === 'string' ? `${value}~` : value;
};

/** Types are not values: a line with another type is another line. */
const fixed = new Set([
  'event',
  'server',
  'source',
  'note',
  'type',
  'write',
  'connection',
  'timer',
  'from',
  'to',
  'peer',
]);

const alterations = (
  value: unknown,
  path: string,
): readonly { readonly path: string; readonly value: unknown }[] => {
  if (Array.isArray(value))
    return value.flatMap((item, i) =>
      alterations(item, `${path}[${i}]`).map((one) => ({ path: one.path, value: value.with(i, one.value) })),
    );
  if (typeof value !== 'object' || value === null) {
    const other = altered(value);
    return other === value ? [] : [{ path, value: other }];
  }
  return Object.entries(value).flatMap(([key, item]) =>
    fixed.has(key)
      ? []
      : alterations(item, path === '' ? key : `${path}.${key}`).map((one) => ({
          path: one.path,
          value: { ...value, [key]: one.value },
        })),
  );
};

const nextOf = (events: readonly LogEvent[], at: number): number | undefined => {
  const next = events.findIndex(({ server }, i) => i > at && server === events[at]!.server);
  return next < 0 ? undefined : next;
};

const damagesAt = (events: readonly LogEvent[], at: number): readonly Damage[] => {
  const event = events[at]!;
  const next = nextOf(events, at);
  const plain = (kind: DamageKind, made: () => readonly LogEvent[]): Damage => ({
    kind,
    event: at,
    detail: null,
    events: made,
  });
  return [
    plain('drop', () => events.toSpliced(at, 1)),
    plain('duplicate', () => events.toSpliced(at, 0, event)),
    ...(next === undefined ? [] : [plain('swap', () => events.with(at, events[next]!).with(next, event))]),
    ...alterations(event, '').map(
      ({ path, value }): Damage => ({
        kind: 'alter',
        event: at,
        detail: path,
        events: () => events.with(at, value as LogEvent),
      }),
    ),
  ];
};

const isInput = ({ event }: LogEvent): boolean =>
  ['connected', 'accepted', 'closed', 'receive', 'notified', 'reconnected', 'request', 'timer'].includes(
    event,
  );

/** Why the specification allows a log with this damage. */
const reasonFor = ({ header, events }: Log, { kind, event, detail }: Damage): string => {
  const line = events[event]!;
  const network = header.vantage === 'network';
  if (kind === 'swap') {
    const next = events[nextOf(events, event)!]!;
    if (isInput(line) && isInput(next))
      return 'the two inputs come by different channels, or have the same effect in either order';
    if (isInput(line) !== isInput(next)) return 'the output does not depend on the input';
    return 'the two outputs go to different peers, and nobody says which left first';
  }
  if (line.event === 'notify')
    return kind === 'drop'
      ? 'a notification may be overwritten by a newer one, or be on its way at the end'
      : 'a looking server may send its vote again; an altered one is on its way or was never whole';
  if (line.event === 'notified')
    return kind === 'alter'
      ? `the server does not depend on this ${detail}: the vote is known, is overwritten, or is answered the same`
      : 'an election channel may lose, and repeat; the vote is known already';
  if (line.event === 'send' && line.message.type === 'PING') return 'a leader pings when it likes';
  if (line.event === 'send' && kind === 'drop')
    return 'at the end of a connection any last outputs may be unsent';
  if (line.event === 'receive')
    return network
      ? 'handed over is not processed: it may lie unread, or say nothing new'
      : 'the server ignores it, or nothing that was seen depends on it';
  if (
    line.event === 'closed' ||
    line.event === 'connected' ||
    line.event === 'accepted' ||
    line.event === 'reconnected'
  )
    return 'nothing that was seen depends on this connection';
  if (line.event === 'timer') return 'the timer changes nothing here';
  if (line.event === 'deliver' || line.event === 'answer')
    return 'the last ones may be yet to come; what was delivered before may be repeated';
  if (line.event === 'state')
    return 'the server may have been so at this moment: a timeout, a flush or a message would explain it';
  if (line.event === 'boot') return 'what was on the disk shows nowhere in the rest of the log';
  return 'nothing that was seen depends on it';
};

/** At even distances, so that all of the log is touched. */
const sample = <T>(all: readonly T[], most: number): readonly T[] =>
  all.length <= most
    ? all
    : Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]!);

/**
 * @param accepted what came of the log itself
 * @param most how many damages to try
 */
export const selfTest = (log: Log, accepted: Validation, most: number): SelfTest => {
  const all = log.events.flatMap((_, at) => damagesAt(log.events, at));
  const counts: Record<DamageKind, { tried: number; rejected: number; inconclusive: number }> = {
    drop: { tried: 0, rejected: 0, inconclusive: 0 },
    duplicate: { tried: 0, rejected: 0, inconclusive: 0 },
    swap: { tried: 0, rejected: 0, inconclusive: 0 },
    alter: { tried: 0, rejected: 0, inconclusive: 0 },
  };
  const survivors: Survivor[] = [];
  const maxSteps = 20 * accepted.steps + 10_000;
  for (const damage of sample(all, most)) {
    const { kind, event, detail } = damage;
    const damaged: Log = { header: log.header, events: damage.events() };
    const only = [log.events[event]!.server];
    const { verdict } = validate(damaged, { maxSteps, only });
    counts[kind].tried++;
    if (verdict === 'rejected') counts[kind].rejected++;
    else if (verdict === 'inconclusive') counts[kind].inconclusive++;
    else
      survivors.push({
        kind,
        event,
        detail,
        text: eventText(log.events[event]!),
        why: reasonFor(log, damage),
      });
  }
  return { damages: counts, survivors, possible: all.length };
};
