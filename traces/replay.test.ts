import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { check } from '../checker/check.js';
import { InputError } from '../checker/errors.js';
import { fifo, scalar } from '../checker/kinds.js';
import {
  type Action,
  apply,
  group,
  type Invariant,
  type Model,
  property,
  put,
  read,
} from '../checker/model.js';
import { twoPhaseCommit } from '../checker/models/two-phase-commit.js';
import { formatTrace, parseTrace, type Trace, TraceFormatError } from './format.js';
import { modelOfTrace } from './model.js';
import { recordTrace } from './record.js';
import { type Mismatch, replay } from './replay.js';

/** A counter that is pushed into a queue: small enough to say what each step changes. */
const counter = { name: 'counter', kind: scalar<number>('counter'), initial: 0 };
const queue = { name: 'queue', kind: fifo<number>('queue'), initial: [] as readonly number[] };
const invariants: readonly Invariant[] = [
  {
    on: 'state',
    ...property({
      name: 'Small',
      claim: 'The counter stays below 3.',
      source: 'this test',
      reads: [read(counter)],
      holds: ([n]) => n < 3,
      explain: ([n]) => ({ counter: n }),
    }),
  },
  {
    on: 'terminal',
    ...property({
      name: 'EndsEmpty',
      claim: 'Nothing is queued at the end.',
      source: 'this test',
      reads: [read(queue)],
      holds: ([messages]) => messages.length === 0,
    }),
  },
  {
    on: 'action',
    name: 'NoPush',
    claim: 'Nothing is pushed.',
    source: 'this test',
    holds: (o) => o.action.name !== 'push',
  },
];
const model: Model = {
  name: 'counting',
  config: { most: 3 },
  slots: [counter, queue],
  groups: [
    group({
      name: 'count',
      urgency: 'progress',
      reads: [read(counter)],
      outcomes: ([n]) =>
        n >= 3 ? [] : [{ action: { name: 'count', to: n + 1 }, writes: [put(counter, n + 1)] }],
    }),
    group({
      name: 'push',
      urgency: 'environment',
      reads: [read(counter), read(queue)],
      outcomes: ([n, messages]) =>
        messages.length > 0 ? [] : [{ action: { name: 'push' }, writes: [apply(queue, { push: n })] }],
    }),
  ],
  invariants,
  goals: [],
  actions: ['count', 'push'],
};

const count = (to: number): Action => ({ name: 'count', to });
const claimed = (name: string, offending: unknown) => {
  const { claim } = invariants.find((invariant) => invariant.name === name)!;
  return { property: name, claim, offending };
};
const small = recordTrace(
  model,
  [count(1), { name: 'push' }, count(2), count(3)],
  claimed('Small', { counter: 3 }),
);

const mismatchOf = (trace: Trace): Mismatch => {
  const outcome = replay(model, trace);
  if (outcome.matches) throw new Error('matches');
  return outcome.mismatch;
};

describe('a trace of the model itself matches', () => {
  test('with a property of states', () => {
    expect(replay(model, small)).toEqual({ matches: true, steps: 4 });
    expect(small.steps[1]).toEqual({ step: 2, action: { name: 'push' }, changed: { queue: [1] } });
  });

  test('with a property of terminal states', () => {
    const path = [count(1), count(2), count(3), { name: 'push' }];
    expect(replay(model, recordTrace(model, path, claimed('EndsEmpty', { queue: [3] }))).matches).toBe(true);
  });

  test('with a property of actions', () => {
    expect(replay(model, recordTrace(model, [{ name: 'push' }], claimed('NoPush', []))).matches).toBe(true);
  });

  test('with no violation at all, and with no step', () => {
    expect(replay(model, recordTrace(model, [count(1)])).matches).toBe(true);
    expect(replay(model, recordTrace(model, [])).matches).toBe(true);
  });
});

describe('a trace that is not is refused at the exact step', () => {
  const steps = small.steps;
  const withStep = (n: number, change: object): Trace => ({
    ...small,
    steps: steps.map((step) => (step.step === n ? { ...step, ...change } : step)),
  });

  test('a wrong value', () => {
    expect(mismatchOf(withStep(3, { changed: { counter: 7 } }))).toEqual({
      step: 3,
      what: 'the step changes other things',
      fields: [{ path: 'counter', expected: 2, found: 7 }],
    });
  });

  test('a change left out, and one too many', () => {
    expect(mismatchOf(withStep(2, { changed: {} }))).toMatchObject({
      step: 2,
      fields: [{ path: 'queue[0]', expected: 1 }],
    });
    expect(mismatchOf(withStep(3, { changed: { counter: 2, queue: [1] } }))).toMatchObject({
      step: 3,
      fields: [{ path: 'queue', expected: 'unchanged', found: 'listed as changed' }],
    });
    expect(mismatchOf(withStep(3, { changed: { counter: 2, other: 1 } }))).toMatchObject({
      fields: [{ path: 'other', found: 1 }],
    });
  });

  test('an action that is not enabled, with those that are', () => {
    expect(mismatchOf(withStep(3, { action: { name: 'push' } }))).toMatchObject({
      step: 3,
      enabled: [count(2)],
    });
    expect(mismatchOf(withStep(1, { action: count(5) }))).toMatchObject({
      step: 1,
      enabled: [count(1), { name: 'push' }],
    });
  });

  test('a property that breaks too early, or not at all, or otherwise', () => {
    const early = recordTrace(
      model,
      [count(1), count(2), count(3), { name: 'push' }],
      claimed('Small', { counter: 3 }),
    );
    expect(mismatchOf(early)).toMatchObject({ step: 3, what: 'Small breaks before the end' });
    const late = recordTrace(model, [count(1), count(2)], claimed('Small', { counter: 2 }));
    expect(mismatchOf(late)).toMatchObject({ step: 2, what: 'Small still holds at the end' });
    const other = recordTrace(model, [count(1), count(2), count(3)], claimed('Small', { counter: 4 }));
    expect(mismatchOf(other)).toMatchObject({
      step: 3,
      fields: [{ path: 'counter', expected: 3, found: 4 }],
    });
  });

  test('another start, configuration, claim or property', () => {
    const { header } = small;
    const initial = { ...header.initial, counter: 1 };
    expect(mismatchOf({ ...small, header: { ...header, initial } })).toMatchObject({
      step: 0,
      fields: [{ path: 'counter' }],
    });
    expect(mismatchOf({ ...small, header: { ...header, config: { most: 4 } } })).toMatchObject({ step: 0 });
    const claim = { ...small.violation!, claim: 'It is round.' };
    expect(mismatchOf({ ...small, violation: claim })).toMatchObject({ step: 0, what: 'the claim differs' });
    const unknown = { ...small.violation!, property: 'Smal' };
    expect(mismatchOf({ ...small, violation: unknown }).what).toMatch(/no invariant named Smal/);
  });
});

type Outcome = 'matches' | 'mismatch' | 'malformed';

const outcomeOf = (text: string): Outcome => {
  try {
    const trace = parseTrace(text);
    return replay(modelOfTrace(trace), trace).matches ? 'matches' : 'mismatch';
  } catch (error) {
    if (error instanceof TraceFormatError || error instanceof InputError) return 'malformed';
    throw error;
  }
};

describe('tampering with a counterexample', () => {
  let text: string;
  beforeAll(async () => {
    const early = twoPhaseCommit.build(
      twoPhaseCommit.schema.parse({ participants: 3, defect: 'commit-early' }),
    );
    const [violation] = (await check(early)).violations;
    text = formatTrace(recordTrace(early, violation!.path, violation));
    expect(outcomeOf(text)).toBe('matches');
  });

  type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
  type Site = { readonly holder: Record<string, Json>; readonly key: string };

  /** Every place in a value: each field and each item, at any depth. */
  const sites = (value: Json): Site[] =>
    typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, item]) => [
          { holder: value as Record<string, Json>, key },
          ...sites(item),
        ]);

  const lineOf = (index: number): { lines: string[]; n: number; json: Json } => {
    const lines = text.trimEnd().split('\n');
    const n = index % lines.length;
    return { lines, n, json: JSON.parse(lines[n]!) };
  };

  test('one value altered anywhere is noticed', () => {
    const replacement = fc.oneof(
      fc.integer(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.constant([]),
      fc.constant({}),
    );
    fc.assert(
      fc.property(fc.nat(), fc.nat(), replacement, (line, place, by) => {
        const { lines, n, json } = lineOf(line);
        const all = sites(json);
        const { holder, key } = all[place % all.length]!;
        fc.pre(JSON.stringify(holder[key]) !== JSON.stringify(by));
        holder[key] = by as Json;
        lines[n] = JSON.stringify(json);
        expect(outcomeOf(lines.join('\n'))).not.toBe('matches');
      }),
      { numRuns: 1000 },
    );
  });

  test('one field added or removed anywhere is noticed', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.boolean(), (line, place, add) => {
        const { lines, n, json } = lineOf(line);
        const all = sites(json);
        const { holder, key } = all[place % all.length]!;
        if (add) holder.added = 1;
        else delete holder[key];
        lines[n] = JSON.stringify(json);
        expect(outcomeOf(lines.join('\n'))).not.toBe('matches');
      }),
      { numRuns: 500 },
    );
  });

  test('a line removed, doubled or moved is noticed', () => {
    const count = text.trimEnd().split('\n').length;
    for (let n = 0; n < count; n++) {
      const { lines } = lineOf(0);
      const [line] = lines.splice(n, 1);
      expect(outcomeOf(lines.join('\n'))).not.toBe('matches');
      for (let to = 0; to < count; to++) {
        if (to === n) continue;
        const moved = [...lines];
        moved.splice(to, 0, line!);
        expect(outcomeOf(moved.join('\n'))).not.toBe('matches');
      }
    }
  });

  test('the order of keys and the white space of JSON mean nothing', () => {
    const reversed = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, item]) => [key, reversed(item)]),
      );
    };
    const lines = text.trimEnd().split('\n');
    const respelled = lines.map((line) =>
      JSON.stringify(reversed(JSON.parse(line))).replaceAll(',"', ' , "'),
    );
    expect(outcomeOf(respelled.join('\n'))).toBe('matches');
  });
});

test('a trace of a model or a configuration that does not exist is no trace', () => {
  const header = { format: 'zab-trace', version: 1, model: 'no-such', config: {}, initial: {} } as const;
  expect(() => modelOfTrace({ header, steps: [] })).toThrow(/no-such.*two-phase-commit/);
  const model = 'two-phase-commit';
  expect(() =>
    modelOfTrace({ header: { ...header, model, config: { participants: 0 } }, steps: [] }),
  ).toThrow(/config\.participants: /);
});
