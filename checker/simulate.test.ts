/** Walks against the plain model: what they saw, what they made of it, and what they shrink it to. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { same } from './canonical.js';
import { Tables } from './engine/tables.js';
import { ModelError } from './errors.js';
import { scalar } from './kinds.js';
import { type Action, type Goal, group, type Invariant, type Model, property, put, read } from './model.js';
import { twoPhaseCommit } from './models/two-phase-commit.js';
import { enabled, execute, holds, initialState, type State } from './plain.js';
import { modelNamed } from './registry.js';
import { Walker } from './simulate/walker.js';
import { simulate } from './simulate.js';
import { randomModel } from './testing.js';
import { twin } from './twin.js';

const parameters = fc.record({
  model: fc.nat(1_000_000),
  slotCount: fc.integer({ min: 1, max: 5 }),
  groupCount: fc.integer({ min: 1, max: 6 }),
  rarity: fc.constantFrom(3, 20, 200),
  seed: fc.nat(),
});

/** The steps of a walk in the plain, and what is noteworthy after each so many of them. */
const retrace = (model: Model, trail: readonly number[]) => {
  const properties: readonly (Invariant | Goal)[] = [...model.invariants, ...model.goals];
  const seen: boolean[][] = [];
  let state = initialState(model);
  const see = (outcome: Parameters<typeof holds>[3]) =>
    seen.push(
      properties.map((one, index) => {
        if (one.on === 'action' && outcome === undefined) return false;
        return holds(model, one, state, outcome) === index >= model.invariants.length;
      }),
    );
  see(undefined);
  for (const number of trail) {
    const successor = enabled(model, state)[number]!;
    ({ state } = successor);
    see(successor.outcome);
  }
  return { seen, end: enabled(model, state).length === 0 };
};

test('a walk sees what the plain model shows along it, and ends where nothing is enabled', () => {
  fc.assert(
    fc.property(parameters, ({ model: number, slotCount, groupCount, rarity, seed }) => {
      const model = randomModel(number, slotCount, groupCount, rarity);
      const walker = new Walker(new Tables(model), seed, 12, true);
      const expected = new Map<number, number>();
      for (let walk = 1; walk <= 4; walk++) {
        const ended = walker.ended;
        walker.walk(walk);
        const { seen, end } = retrace(model, walker.trail);
        expect(walker.ended - ended).toBe(end ? 1 : 0);
        expect(end || walker.trail.length === 12).toBe(true);
        for (const [length, properties] of seen.entries())
          for (const [index, isSeen] of properties.entries())
            if (isSeen && !expected.has(index)) expected.set(index, 100 * walk + length);
      }
      const noticed = walker.noticed.flatMap((one) =>
        one ? [[one.property, 100 * one.walk + one.trail.length] as const] : [],
      );
      expect(new Map(noticed)).toEqual(expected);
    }),
    { numRuns: 100 },
  );
});

/** As far as they are enabled; whether the property breaks on the way. */
const breaksLeniently = (model: Model, broken: Invariant, path: readonly Action[]): boolean => {
  let state: State = initialState(model);
  return path.some((action) => {
    const next = enabled(model, state).find(({ outcome }) => same(outcome.action, action));
    if (next === undefined) return false;
    ({ state } = next);
    return !holds(model, broken, state, next.outcome);
  });
};

test('what is reported breaks at its end and not before, needs each of its actions, and is no shorter than possible', async () => {
  let reported = 0;
  await fc.assert(
    fc.asyncProperty(parameters, async ({ model: number, slotCount, groupCount, rarity, seed }) => {
      const model = randomModel(number, slotCount, groupCount, rarity);
      const { violations } = await simulate(model, { seed, walks: 3, depth: 30 });
      const [violation] = violations;
      if (violation === undefined) return;
      reported++;
      const { path, depth, foundAt } = violation;
      const broken = model.invariants.find(({ name }) => name === violation.property)!;
      expect(path).toHaveLength(depth);
      expect(depth).toBeLessThanOrEqual(foundAt);
      const ends = execute(model, path).map(({ state, outcome }) => holds(model, broken, state, outcome));
      expect(ends).toEqual(path.map((_, index) => index < depth - 1));
      for (const left of path.keys())
        expect(breaksLeniently(model, broken, path.toSpliced(left, 1))).toBe(false);
      const shortest = twin(model, { maxDepth: depth + 1 }).violations.map((one) => one.path.length);
      expect(Math.min(...shortest)).toBeLessThanOrEqual(depth);
    }),
    { numRuns: 60 },
  );
  expect(reported).toBeGreaterThan(10);
});

describe('a seed', () => {
  const options = { participants: 4, defect: 'commit-early' } as const;
  const timeless = async (seed: number, walks = 50) => {
    const {
      seconds: _s,
      modelSeconds: _m,
      ...rest
    } = await simulate(twoPhaseCommit.build(options), {
      seed,
      walks,
      keepGoing: true,
    });
    return rest;
  };

  test('gives the same result each time', async () => {
    expect(await timeless(1)).toEqual(await timeless(1));
  });

  test('gives other walks than another', async () => {
    expect((await timeless(1)).coverage).not.toEqual((await timeless(2)).coverage);
  });

  test('gives the same walks however many follow', async () => {
    const [few, many] = [await timeless(3, 20), await timeless(3, 40)];
    expect(many.violations).toEqual(few.violations);
  });

  test('pins this very walk of two-phase commit', async () => {
    const { verdict, steps, violations } = await simulate(twoPhaseCommit.build(options), {
      seed: 1,
      walks: 50,
    });
    expect({ verdict, steps, path: violations[0]?.path }).toMatchInlineSnapshot(`
      {
        "path": [
          {
            "name": "RMPrepare",
            "rm": 2,
          },
          {
            "name": "RMChooseToAbort",
            "rm": 1,
          },
          {
            "name": "RMPrepare",
            "rm": 4,
          },
          {
            "name": "RMPrepare",
            "rm": 3,
          },
          {
            "name": "TMRcvPrepared",
            "rm": 3,
          },
          {
            "name": "TMRcvPrepared",
            "rm": 4,
          },
          {
            "name": "TMRcvPrepared",
            "rm": 2,
          },
          {
            "name": "TMCommit",
          },
          {
            "name": "RMRcvCommitMsg",
            "rm": 4,
          },
        ],
        "steps": 1011,
        "verdict": "violated",
      }
    `);
  });
});

const line = (limit: number, faulty = false): Model => {
  const slot = { name: 'n', kind: scalar<number>('number'), initial: 0 };
  const at = (name: string, n: number) =>
    property({
      name,
      claim: `n is not ${n}.`,
      source: 'this test',
      reads: [read(slot)],
      holds: ([value]) => value !== n,
    });
  return {
    name: 'line',
    config: {},
    slots: [slot],
    groups: [
      group({
        name: 'count',
        urgency: 'progress',
        reads: [read(slot)],
        outcomes: ([n]) => {
          if (faulty && n === 5) throw new Error('five is too much');
          return n < limit ? [{ action: { name: 'count', to: n + 1 }, writes: [put(slot, n + 1)] }] : [];
        },
      }),
    ],
    invariants: [
      { on: 'terminal', ...at('NotSeven', 7) },
      { on: 'state', ...at('NotZero', -1) },
    ],
    goals: [],
    actions: ['count'],
  };
};

describe('what ends it', () => {
  test('walks and time that were asked for leave nothing violated, but verify nothing either', async () => {
    expect(await simulate(line(3), { seed: 1, walks: 5 })).toMatchObject({
      verdict: 'unviolated',
      stop: 'walks',
      walks: 5,
      steps: 15,
      ended: 5,
      transitions: { taken: 3, met: 3 },
      invariants: [{ holds: null }, { holds: null }],
    });
    expect(await simulate(line(3), { seed: 1, seconds: 0.2 })).toMatchObject({
      verdict: 'unviolated',
      stop: 'seconds',
    });
  });

  test('without a stop condition there are a thousand walks, and it is incomplete', async () => {
    const result = await simulate(line(3), { seed: 1 });
    expect(result).toMatchObject({ verdict: 'incomplete', stop: 'default', walks: 1000 });
  });

  test('Ctrl-C leaves it incomplete, whatever was asked for', async () => {
    const result = await simulate(line(3), { seed: 1, seconds: 60, interrupted: () => true });
    expect(result).toMatchObject({ verdict: 'incomplete', stop: 'interrupted' });
  });

  test('a walk is cut off at the depth', async () => {
    expect(await simulate(line(9), { seed: 1, walks: 2, depth: 4 })).toMatchObject({
      longest: 4,
      ended: 0,
      cutOff: 2,
    });
  });

  test('terminal states are asked for what only they must fulfil', async () => {
    const result = await simulate(line(7), { seed: 1, walks: 2 });
    expect(result).toMatchObject({ verdict: 'violated', stop: 'violation', walks: 1 });
    expect(result.violations).toMatchObject([
      { property: 'NotSeven', depth: 7, walk: 1, offending: { n: 7 } },
    ]);
    expect((await simulate(line(8), { seed: 1, walks: 2 })).verdict).toBe('unviolated');
  });

  test('a model that throws is reported with the path that led there', async () => {
    const error = await simulate(line(9, true), { seed: 1 }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ModelError);
    expect(error.message).toContain('five is too much');
    expect(error.path).toHaveLength(5);
  });
});

test('five servers: an acknowledgement that is not flushed is found, and shrunk to a quarter', {
  timeout: 30_000,
}, async () => {
  const zab = modelNamed('zab');
  const config = { servers: 5, crashes: 0, elections: 1, persistence: 'async', defect: ['ack-before-flush'] };
  const { violations } = await simulate(zab.build(config), { seed: 1 });
  expect(violations).toMatchObject([{ property: 'QuorumDurability' }]);
  expect(violations[0]!.depth).toBeLessThan(45);
});
