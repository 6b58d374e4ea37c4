/**
 * The smallest edit that would make a log pass, tried for real: each is made, and the log judged again. One line dropped,
 * two neighbours of one server swapped, or one value changed; the first that is accepted, or else the one that gets
 * furthest.
 */
import type { Log, LogEvent } from '../format/log.js';
import { renderValue } from '../values.js';
import { type Validation, validate } from '../validate.js';

export interface Edit {
  readonly what: 'drop' | 'swap' | 'change';
  /** In words. */
  readonly text: string;
  /** Lines of the log that it touches, by index. */
  readonly events: readonly number[];
  /** Whether the server's lines are all explained then; else it only gets further. */
  readonly passes: boolean;
}

interface Trial extends Omit<Edit, 'passes'> {
  readonly log: readonly LogEvent[];
}

const FAR = 4;

/** Lines of the same server around one, nearest first. */
const around = (events: readonly LogEvent[], at: number): readonly number[] => {
  const mine = events.flatMap(({ server }, i) => (server === events[at]!.server ? [i] : []));
  const here = mine.indexOf(at);
  const near = mine.slice(Math.max(0, here - FAR), here + FAR + 1);
  return near.sort((a, b) => Math.abs(mine.indexOf(a) - here) - Math.abs(mine.indexOf(b) - here));
};

const setAt = (value: unknown, path: readonly string[], to: unknown): unknown => {
  const [key, ...rest] = path;
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.with(Number(key), setAt(value[Number(key)], rest, to));
  const record = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { ...record, [key]: setAt(record[key], rest, to) };
};

const partOf = (event: LogEvent): string => {
  if ('message' in event) return 'message';
  if ('notification' in event) return 'notification';
  if ('txn' in event) return 'txn';
  return event.event === 'state' ? 'state' : '';
};

const changes = (
  events: readonly LogEvent[],
  at: number,
  fields: readonly { readonly path: string; readonly expected?: unknown }[],
): readonly Trial[] => {
  const event = events[at]!;
  const known = fields.filter((field) => 'expected' in field && field.path !== '');
  if (known.length === 0) return [];
  const changed = known.reduce<unknown>((now, { path, expected }) => {
    const keys = path.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
    const top = keys[0] === 'disk' ? '' : partOf(event);
    return setAt(now, top === '' ? keys : [top, ...keys], expected);
  }, event);
  const text = `change ${known.map(({ path, expected }) => `${path} to ${renderValue(expected)}`).join(' and ')}`;
  return [{ what: 'change', text, events: [at], log: events.with(at, changed as LogEvent) }];
};

const trials = (
  events: readonly LogEvent[],
  at: number,
  fields: readonly { readonly path: string; readonly expected?: unknown }[],
): readonly Trial[] => {
  const near = around(events, at);
  const drop = (i: number): Trial => ({
    what: 'drop',
    text: i === at ? 'drop this line' : 'drop that line',
    events: [i],
    log: events.toSpliced(i, 1),
  });
  const swaps = near
    .filter((i) => i !== at)
    .map(
      (i): Trial => ({
        what: 'swap',
        text: 'swap these two lines',
        events: [Math.min(i, at), Math.max(i, at)],
        log: events.with(i, events[at]!).with(at, events[i]!),
      }),
    );
  return [...changes(events, at, fields), drop(at), ...swaps, ...near.filter((i) => i !== at).map(drop)];
};

/** Judging again costs as much as the first time, and a trial that loses its way is given up; soon, where it is dear. */
const patience = ({ header }: Log, { steps }: Validation): number =>
  header.records.includes('links') ? 2 * steps + 10_000 : 5_000;

export const smallestEdit = (log: Log, validation: Validation, sid: number): Edit | null => {
  const report = validation.servers.find((one) => one.sid === sid);
  if (report?.verdict.kind !== 'rejected') return null;
  const { source, fields } = report.verdict.why;
  let best: { readonly trial: Trial; readonly explained: number } | null = null;
  for (const trial of trials(log.events, source as number, fields)) {
    const judged = validate(
      { header: log.header, events: trial.log },
      { maxSteps: patience(log, validation), only: [sid] },
    );
    const again = judged.servers.find((one) => one.sid === sid);
    const { log: _, ...edit } = trial;
    // An ensemble is explained as a whole, or not.
    const isWhole = log.header.records.includes('links') || judged.verdict === 'accepted';
    if (again?.verdict.kind === 'explained' && isWhole) return { ...edit, passes: true };
    const explained = again?.explained ?? 0;
    if (explained > (best?.explained ?? report.explained + 1)) best = { trial, explained };
  }
  if (best === null) return null;
  const { log: _, ...edit } = best.trial;
  return { ...edit, passes: false };
};
