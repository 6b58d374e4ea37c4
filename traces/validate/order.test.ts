/**
 * Logs without a total order: one file for each server, or lines of which only send before receive is kept. What real
 * servers did is accepted however their lines are mixed; orders that no run has are not.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Random } from '../../impl/simulated/random.js';
import { formatLog, type Log, type LogEvent, type LogHeader, logHeader, RECORDS } from '../format/log.js';
import { recorded } from '../judge/testing.js';
import { validate } from '../validate.js';
import { disorderIn } from './order.js';
import { readSubject } from './subject.js';

const folder = mkdtempSync(join(tmpdir(), 'zab-order-'));
afterAll(() => rmSync(folder, { recursive: true }));

const events = recorded({ seed: 4, faultyMs: 400 });

const headerFor = (order: LogHeader['order']): LogHeader =>
  logHeader.parse({ format: 'zab-log', version: 1, voters: [1, 2, 3], window: 5, records: RECORDS, order });

/** As `zab validate` reads it: a file for each server. */
const inFiles = (all: readonly LogEvent[]): Log => {
  const header = headerFor('per-server');
  const files = [3, 1, 2].map((sid) => {
    const file = join(folder, `server-${sid}.log.ndjson`);
    writeFileSync(file, formatLog({ header, events: all.filter(({ server }) => server === sid) }));
    return file;
  });
  const subject = readSubject(files);
  if (subject.kind !== 'log') throw new Error(`read as ${subject.kind}`);
  return subject.log;
};

const isReceive = ({ event }: LogEvent): boolean => event === 'receive' || event === 'notified';

/** Mixed anew: a line may come before one of another server, unless it is a receive and the other one is not. */
const mixed = (all: readonly LogEvent[], random: Random): readonly LogEvent[] => {
  const list = [...all];
  for (let round = 0; round < 6; round++)
    for (let i = 0; i + 1 < list.length; i++) {
      const [a, b] = [list[i]!, list[i + 1]!];
      if (a.server !== b.server && (!isReceive(b) || isReceive(a)) && random.chance(0.5))
        [list[i], list[i + 1]] = [b, a];
    }
  return list;
};

test('a file for each server: what real servers did is accepted', () => {
  const log = inFiles(events);
  expect(log.events).not.toEqual(events);
  expect(log.events).toHaveLength(events.length);
  expect(validate(log).verdict).toBe('accepted');
});

test.each([1, 2, 3])('causal order: accepted however the lines are mixed (seed %i)', (seed) => {
  const list = mixed(events, new Random(seed));
  expect(list).not.toEqual(events);
  expect(validate({ header: headerFor('causal'), events: list }).verdict).toBe('accepted');
});

/** The first message that is received at once: its send, and its receive. */
const firstPair = (): readonly [number, number] => {
  const receive = events.findIndex((event) => event.event === 'receive');
  const { server, from, message } = events[receive] as Extract<LogEvent, { event: 'receive' }>;
  const send = events.findIndex(
    (event) =>
      event.event === 'send' &&
      event.server === from &&
      event.to === server &&
      JSON.stringify(event.message) === JSON.stringify(message),
  );
  return [send, receive];
};

test('causal order: a message that stands before it was sent is not', () => {
  const [send, receive] = firstPair();
  const early = events.toSpliced(receive, 1).toSpliced(send, 0, events[receive]!);
  expect(disorderIn({ header: headerFor('causal'), events: early })?.reason).toBe(
    'it was received before it was sent',
  );
  // Where only the lines of each server are in order, nothing says which of the two came first.
  expect(disorderIn(inFiles(early))).toBeNull();
});

test('a file for each server: an answer that comes before its question runs in a circle with it', () => {
  // The learner tells its epoch, the leader answers; the learner's own lines say that the answer came first.
  const [send] = firstPair();
  const { server, to } = events[send] as Extract<LogEvent, { event: 'send' }>;
  const answer = events.findIndex(
    (event, i) => i > send && event.event === 'receive' && event.server === server && event.from === to,
  );
  const early = events.toSpliced(answer, 1).toSpliced(send, 0, events[answer]!);
  const log = inFiles(early);
  const disorder = disorderIn(log)!;
  expect(disorder.reason).toBe('these lines run in a circle: each came before the next');
  expect(new Set(disorder.events.map((at) => log.events[at]!.server))).toEqual(new Set([server, to]));
  expect(validate(log).verdict).toBe('rejected');
});
