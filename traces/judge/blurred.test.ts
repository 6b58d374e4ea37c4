/**
 * Property tests of the judge. Whatever real servers did in a simulated run is accepted, from any vantage and with lines
 * and fields hidden that may be hidden; what servers with a planted defect did, where it shows in their messages, is not.
 * A failure prints its seed.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from '../../impl/simulated/random.js';
import type { RunOptions } from '../../impl/simulated/run.js';
import { rulesOf } from '../../spec/variants.js';
import { type Log, type LogEvent, logHeader } from '../format/log.js';
import { validate } from '../validate.js';
import { recorded } from './testing.js';

const INPUTS = ['receive', 'notified', 'connected', 'accepted', 'closed'];
const OUTPUTS = ['send', 'notify'];
const KEPT = [...INPUTS, ...OUTPUTS, 'boot', 'crash'];

/** What a proxy in front of every server writes, if nothing takes any time. */
const seen = (options: RunOptions): readonly LogEvent[] =>
  recorded(options)
    .filter(({ event }) => KEPT.includes(event))
    .map((line) => (line.event === 'boot' ? { event: 'boot', server: line.server } : line));

const peerOf = (event: LogEvent): number =>
  'peer' in event ? event.peer : 'from' in event ? event.from : 'to' in event ? event.to : 0;
const laneOf = (event: LogEvent): string => `${event.event.startsWith('notif')} ${peerOf(event)}`;
const isOpening = ({ event }: LogEvent): boolean => ['connected', 'accepted', 'closed'].includes(event);

/** Whether a proxy may see b before a, though a came first: inputs are handed over early, outputs are seen late. */
const mayOvertake = (a: LogEvent, b: LogEvent): boolean => {
  const [aIn, bIn] = [INPUTS.includes(a.event), INPUTS.includes(b.event)];
  if ([a, b].some(({ event }) => event === 'boot' || event === 'crash')) return false;
  if ((isOpening(a) || isOpening(b)) && laneOf(a) === laneOf(b)) return false;
  if (aIn && !bIn) return false;
  return aIn !== bIn || laneOf(a) !== laneOf(b);
};

const blurred = (events: readonly LogEvent[], random: Random, rounds: number): readonly LogEvent[] => {
  const list = [...events];
  for (let round = 0; round < rounds; round++)
    for (let i = 0; i + 1 < list.length; i++)
      if (random.chance(0.5) && mayOvertake(list[i]!, list[i + 1]!))
        [list[i], list[i + 1]] = [list[i + 1]!, list[i]!];
  return list;
};

/** Leaves out fields of what was seen; what was handed over has to be whole. */
const hiding = (event: LogEvent, random: Random): LogEvent => {
  const thin = <T extends object>(fields: T, keep: readonly string[]): T =>
    Object.fromEntries(
      Object.entries(fields).filter(([key]) => keep.includes(key) || random.chance(0.6)),
    ) as T;
  if (event.event === 'notify') return { ...event, notification: thin(event.notification, []) };
  if (event.event !== 'send' || event.message.type === 'PROPOSAL' || event.message.type === 'INFORM')
    return event;
  return { ...event, message: thin(event.message, ['type']) };
};

/** Each server alone: its lines moved about, so the lines of two servers do not hang together any more. */
const verdictsOf = (events: readonly LogEvent[], options: Partial<RunOptions>, maxSteps?: number) => {
  const { voters = 3, observers = 0 } = options;
  const sids = Array.from({ length: voters + observers }, (_, i) => i + 1);
  const header = logHeader.parse({
    format: 'zab-log',
    version: 1,
    voters: sids.slice(0, voters),
    observers: sids.slice(voters),
    window: 5,
    vantage: 'network',
  });
  return sids.map((sid) => {
    const log: Log = { header, events: events.filter(({ server }) => server === sid) };
    return validate(log, { maxSteps }).verdict;
  });
};

const ensembles = fc.constantFrom({}, { observers: 1 }, { voters: 5 });

test('all that servers do is accepted, seen by a proxy, with any lag and with fields hidden', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 0, max: 3 }),
      ensembles,
      (seed, rounds, size) => {
        const random = new Random(seed);
        const events = blurred(seen({ seed, faultyMs: 120, ...size }), random, rounds);
        const thinned = events.map((event) => hiding(event, random));
        expect(verdictsOf(thinned, size)).not.toContain('rejected');
      },
    ),
    { numRuns: 8, seed: 20261126 },
  );
}, 60_000);

test.each([
  'commit-without-quorum',
  'vote-without-zxid',

  'forget-outstanding',
  'forget-to-truncate',
])(
  'what servers with %s do is rejected in some run',
  (defect) => {
    const rules = rulesOf('zab', [defect]);
    const isSeen = Array.from({ length: 12 }, (_, i) => i + 1).some((seed) =>
      verdictsOf(seen({ seed, faultyMs: 400, rules }), {}, 40_000).includes('rejected'),
    );
    expect(isSeen).toBe(true);
  },
  60_000,
);
