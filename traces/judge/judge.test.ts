/** What real servers wrote of themselves is explained, line by line; what they never did is not. */
import { expect, test } from 'vitest';
import type { RunOptions } from '../../impl/simulated/run.js';
import type { Config } from '../../spec/config.js';
import { EMPTY_DISK, recover } from '../../spec/disk.js';
import { boot, step } from '../../spec/reducer.js';
import type { Event } from '../../spec/step.js';
import { rulesOf } from '../../spec/variants.js';
import { type Log, type LogEvent, logHeader, RECORDS } from '../format/log.js';
import { validate } from '../validate.js';
import { linesOfStep } from './steps.js';
import { recorded } from './testing.js';

/** All that servers see and do, under every fault. */
const record = (options: RunOptions): Log => {
  const { voters = 3, observers = 0, window = 5 } = options;
  const header = logHeader.parse({
    format: 'zab-log',
    version: 1,
    voters: Array.from({ length: voters }, (_, i) => i + 1),
    observers: Array.from({ length: observers }, (_, i) => voters + i + 1),
    window,
    records: RECORDS,
  });
  return { header, events: recorded(options) };
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

/** Server 3 leads epoch 1 with server 2, and then server 1 comes, which has accepted epoch 2. */
const outOfDate = (yieldsToLaterEpoch: boolean): readonly LogEvent[] => {
  const rules = { ...rulesOf('zab'), yieldsToLaterEpoch };
  const config: Config = { voters: [1, 2, 3], observers: [], election: 'fle', window: 5, rules };
  const notification = { state: 'LOOKING', leader: 3, zxid: 0, electionEpoch: 1, peerEpoch: 0 } as const;
  const info = (from: number, acceptedEpoch: number): Event[] => [
    { type: 'Accepted', peer: from },
    { type: 'Receive', from, message: { type: 'FOLLOWERINFO', acceptedEpoch } },
  ];
  const seen: readonly Event[] = [
    { type: 'Notified', from: 2, notification },
    { type: 'FinalizeWait' },
    ...info(2, 0),
    { type: 'Flushed', operation: { write: 'acceptedEpoch', epoch: 1 } },
    ...info(1, 2),
  ];
  let taken = boot(config, 3, recover(EMPTY_DISK));
  const lines = [...linesOfStep(null, taken)];
  for (const event of seen) {
    taken = step(config, taken.server, event);
    lines.push(...linesOfStep(event, taken));
  }
  return lines;
};

test.each([{ vantage: 'server' }, { vantage: 'network' }])(
  'a leader may give up for a learner that has accepted a later epoch, or go on: $vantage',
  ({ vantage }) => {
    const header = logHeader.parse({ format: 'zab-log', version: 1, voters: [1, 2, 3], vantage });
    const [yielding, patient] = [outOfDate(true), outOfDate(false)];
    const last = { event: 'send', server: 3, to: 1, message: { type: 'LEADERINFO', epoch: 1 } } as const;
    expect(patient.at(-1)).toEqual(last);
    expect(yielding.at(-1)).toMatchObject({ event: 'notify', notification: { state: 'LOOKING' } });
    const verdictOf = (events: readonly LogEvent[]) =>
      validate({
        header: { ...header, hidden: ['flush', 'finalizeWait'] },
        events: events.filter(({ event }) => !['flushed', 'timer', 'close'].includes(event)),
      }).verdict;
    expect(verdictOf(yielding)).toBe('accepted');
    expect(verdictOf(patient)).toBe('accepted');
    expect(verdictOf([...yielding, last])).toBe('rejected');
  },
);
