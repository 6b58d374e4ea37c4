/**
 * Logs without messages: made by walking through the model and keeping some of what happened, they are accepted; damaged
 * so that no run of an ensemble explains them, they are not.
 */
import { expect, test } from 'vitest';
import { InputError } from '../../checker/errors.js';
import { initialState } from '../../checker/plain.js';
import { rulesOf } from '../../spec/variants.js';
import { Random } from '../../impl/simulated/random.js';
import { type Log, type LogEvent, type LogHeader, logHeader } from '../format/log.js';
import { linesOfStep } from '../judge/steps.js';
import { validate } from '../validate.js';
import { smallestEdit } from '../validate/repair.js';
import { diskIn, ensembleOf, type Move, movesBy, serverIn } from './model.js';

const KEPT = ['boot', 'crash', 'deliver', 'answer', 'request', 'connected', 'accepted', 'closed', 'flushed'];

interface Walk {
  readonly seed: number;
  readonly steps: number;
  readonly faults: number;
}

/** A run of three servers: mostly the protocol's own doing, now and then a write, a crash or a time-out. */
const walk = ({ seed, steps, faults }: Walk): readonly LogEvent[] => {
  const rules = rulesOf('zab');
  const config = { voters: [1, 2, 3], observers: [], election: 'coarse', window: 1e6, rules } as const;
  const ensemble = ensembleOf(config, new Map());
  const random = new Random(seed);
  const events: LogEvent[] = [];
  let state = initialState(ensemble.model);
  let writes = 0;
  const offered = (is: (name: string) => boolean, payload: string): readonly Move[] =>
    ensemble.model.groups
      .filter(({ name }) => is(name))
      .flatMap((group) => movesBy(ensemble, state, group, payload));
  const FAULTS = /^(?:crash|timeout|cut)/;
  const RARE = /^(?:request|restart|lead)/;
  for (let step = 0; step < steps; step++) {
    const usual = offered((name) => !FAULTS.test(name) && !RARE.test(name), '');
    const isCalm = usual.length === 0;
    const isLed = [1, 2, 3].some((sid) => serverIn(ensemble, state, sid)?.state === 'LEADING');
    const rare = (name: string): boolean => RARE.test(name) && !(isLed && name.startsWith('lead'));
    const moves = random.chance(faults)
      ? offered((name) => FAULTS.test(name), '')
      : isCalm || random.chance(0.1)
        ? offered(rare, `w${writes}`)
        : usual;
    const move = moves.length === 0 ? undefined : random.pick(moves);
    if (move === undefined) continue;
    if (move.group.name.startsWith('request')) writes++;
    if (move.group.name.startsWith('crash'))
      events.push({ event: 'crash', server: Number(move.group.name.split(' ')[1]) });
    for (const { event, taken, disk } of move.happenings)
      events.push(...linesOfStep(event, taken, disk).filter((line) => KEPT.includes(line.event)));
    state = move.state;
    if (random.chance(0.04)) {
      const sid = random.int(1, 3);
      const server = serverIn(ensemble, state, sid);
      const { acceptedEpoch, currentEpoch } = diskIn(ensemble, state, sid);
      events.push({
        event: 'state',
        server: sid,
        state: { state: server === null ? 'DOWN' : server.state },
        disk: { acceptedEpoch, currentEpoch },
      });
    }
  }
  return events;
};

const headerFor = (records: LogHeader['records'], more: Partial<LogHeader> = {}): LogHeader =>
  logHeader.parse({ format: 'zab-log', version: 1, voters: [1, 2, 3], records, ...more });

const RECORD: Readonly<Record<string, string>> = {
  boot: 'lifecycle',
  crash: 'lifecycle',
  request: 'request',
  flushed: 'flush',
  deliver: 'deliver',
  answer: 'answer',
  connected: 'connections',
  accepted: 'connections',
  closed: 'connections',
  state: 'lifecycle',
};

const seenOf = (
  events: readonly LogEvent[],
  records: LogHeader['records'],
  more: Partial<LogHeader> = {},
): Log => ({
  header: headerFor(records, more),
  events: events.filter(({ event }) => (records as readonly string[]).includes(RECORD[event]!)),
});

const WRITES = ['lifecycle', 'deliver', 'answer', 'request'] as const;
const MOST_STEPS = 30_000;

const verdictOf = (log: Log): string => validate(log, { maxSteps: MOST_STEPS }).verdict;

test.each([
  { seed: 2, order: 'total', records: [...WRITES] },
  { seed: 3, order: 'per-server', records: [...WRITES] },
  { seed: 6, order: 'total', records: [...WRITES, 'connections', 'flush'], faults: 0.01 },
  { seed: 7, order: 'per-server', records: [...WRITES], faults: 0.01 },
  { seed: 7, order: 'total', records: ['lifecycle', 'deliver'], faults: 0.01 },
] satisfies readonly {
  seed: number;
  order: LogHeader['order'];
  records: LogHeader['records'];
  faults?: number;
}[])(
  'what an ensemble did is accepted, whatever of it was written down: %o',
  ({ seed, order, records, faults = 0 }) => {
    const log = seenOf(walk({ seed, steps: 120, faults }), records, { order });
    expect(log.events.length).toBeGreaterThan(15);
    expect(verdictOf(log)).toBe('accepted');
  },
  60_000,
);

/** Two servers: 2 leads, 1 is asked for a write, both deliver it; then 1 dies and comes back. */
const plain: readonly LogEvent[] = [
  { event: 'state', server: 2, state: { state: 'LEADING' } },
  { event: 'request', server: 1, payload: 'a' },
  { event: 'deliver', server: 2, txn: { zxid: 2 ** 32 + 1, payload: 'a' } },
  { event: 'deliver', server: 1, txn: { zxid: 2 ** 32 + 1, payload: 'a' } },
  { event: 'answer', server: 1, txn: { payload: 'a' } },
  { event: 'crash', server: 1 },
  { event: 'boot', server: 1, disk: { acceptedEpoch: 1, currentEpoch: 1 } },
];
const logOf = (events: readonly LogEvent[], more: Partial<LogHeader> = {}): Log => ({
  header: headerFor([...WRITES], { voters: [1, 2], guesses: 2, ...more }),
  events,
});

const damages: Readonly<Record<string, readonly LogEvent[]>> = {
  'a write that nobody asked for': plain.toSpliced(1, 1),
  'another payload at the other server': plain.with(3, {
    event: 'deliver',
    server: 1,
    txn: { zxid: 2 ** 32 + 1, payload: 'b' },
  }),
  'a number of an epoch that nobody led': plain.with(2, {
    event: 'deliver',
    server: 2,
    txn: { zxid: 7 * 2 ** 32 + 1, payload: 'a' },
  }),
  'a write that is delivered before it is asked for': [plain[0]!, plain[2]!, plain[1]!, ...plain.slice(3)],
  'a disk that forgot its epoch': plain.with(6, { event: 'boot', server: 1, disk: { currentEpoch: 0 } }),
};

test('with guesses declared, a damaged log is rejected and says where and why', () => {
  expect(verdictOf(logOf(plain))).toBe('accepted');
  for (const [damage, events] of Object.entries(damages))
    expect({ damage, verdict: verdictOf(logOf(events)) }).toEqual({ damage, verdict: 'rejected' });
  const log = logOf(damages['another payload at the other server']!);
  const validation = validate(log, { maxSteps: MOST_STEPS });
  expect(validation.prefix).toBe(3);
  const blocked = validation.servers.flatMap(({ sid, verdict }) =>
    verdict.kind === 'rejected' ? [{ sid, why: verdict.why }] : [],
  );
  expect(blocked).toMatchObject([
    { sid: 1, why: { source: 3, fields: [{ path: 'payload', expected: 'a', found: 'b' }] } },
  ]);
  expect(blocked[0]!.why.steps.at(-1)).toMatchObject({ handler: 'server 1: followerProcessCOMMIT' });
  expect(smallestEdit(log, validation, 1)).toMatchObject({
    text: 'change payload to a',
    events: [3],
    passes: true,
  });
}, 60_000);

test('a bound that is hit, or guesses without end, leave it open', () => {
  expect(verdictOf(logOf(damages['a write that nobody asked for']!, { guesses: undefined }))).toBe(
    'inconclusive',
  );
  expect(validate(logOf(plain), { maxSteps: 10 }).verdict).toBe('inconclusive');
});

test.each([
  [{ vantage: 'network' }, /a log from the network has the messages/],
  [{ records: ['election', 'lifecycle'] }, /record all, or leave them all out/],
  [{ records: ['lifecycle', 'request', 'answer'] }, /lines of deliver, and its header does not say/],
] satisfies readonly (readonly [Partial<LogHeader>, RegExp])[])(
  'what makes no sense is refused: %o',
  (more, message) => {
    expect(() => validate(logOf(plain, more))).toThrow(message);
    expect(() => validate(logOf(plain, more))).toThrow(InputError);
  },
);
