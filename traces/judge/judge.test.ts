/** What real servers wrote of themselves is explained, line by line; what they never did is not. */
import { expect, test } from 'vitest';
import type { Hooks } from '../../impl/hooks.js';
import { type RunOptions, run } from '../../impl/simulated/run.js';
import { type Log, type LogEvent, logHeader, RECORDS } from '../format/log.js';
import { validate } from '../validate.js';
import { linesOfStep } from './steps.js';

/** Servers that run for real in simulated time, under every fault, each writing all that it sees and does. */
const record = (options: RunOptions): Log => {
  const events: LogEvent[] = [];
  const up = new Set<number>();
  const hooks = (sid: number): Hooks => {
    let stored: Parameters<NonNullable<Hooks['booted']>>[0];
    return {
      booted: (found) => {
        if (up.has(sid)) events.push({ event: 'crash', server: sid });
        up.add(sid);
        stored = found;
      },
      stepped: (before, event, taken) =>
        events.push(...linesOfStep(event, taken, before === null ? stored : undefined)),
    };
  };
  const { voters = 3, observers = 0, window = 5 } = options;
  run({ ...options, hooks });
  const header = logHeader.parse({
    format: 'zab-log',
    version: 1,
    voters: Array.from({ length: voters }, (_, i) => i + 1),
    observers: Array.from({ length: observers }, (_, i) => voters + i + 1),
    window,
    records: RECORDS,
  });
  return { header, events };
};

test.each([
  { seed: 1 },
  { seed: 4 },
  { seed: 9, faultyMs: 1_000 },
  { seed: 2, observers: 2 },
  { seed: 3, voters: 5 },
])('all that real servers wrote is explained: %o', (options) => {
  const { verdict, servers } = validate(record({ faultyMs: 600, ...options }));
  expect(servers.filter(({ verdict: { kind } }) => kind !== 'explained')).toEqual([]);
  expect(verdict).toBe('accepted');
});

test('a message that was changed is refused, field by field', () => {
  const { header, events } = record({ seed: 1, faultyMs: 300 });
  const at = events.findIndex((line) => line.event === 'send' && line.message.type === 'ACKEPOCH');
  const line = events[at] as Extract<LogEvent, { event: 'send' }>;
  const changed = { ...line, message: { ...line.message, currentEpoch: 7 } } as LogEvent;
  const { verdict, servers } = validate({ header, events: events.with(at, changed) });
  expect(verdict).toBe('rejected');
  const why = servers.flatMap(({ verdict: one }) => (one.kind === 'rejected' ? [one.why] : []));
  expect(why).toMatchObject([{ source: at, fields: [{ path: 'currentEpoch', expected: 0, found: 7 }] }]);
});
