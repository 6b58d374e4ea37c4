import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from './check.js';
import { InputError } from './errors.js';
import type { Model, Slot } from './model.js';
import { twoPhaseCommit } from './models/two-phase-commit.js';
import { zabTla } from './models/zab-tla.js';
import { enabled, initialState, type State, stateKey } from './plain.js';
import type { CheckOptions, CheckResult } from './result.js';
import {
  equivariance,
  orbitKey,
  orders,
  type Permutation,
  permuted,
  type Symmetry,
  symmetryOf,
} from './symmetry.js';
import { choice, randomSymmetricModel } from './testing.js';
import { twin } from './twin.js';

/** What a search for orbits must have in common with one for states. */
const essence = ({ verdict, depth, violations, goals, invariants, complete }: CheckResult) => ({
  verdict,
  complete,
  depth,
  violations: violations.map((one) => [one.property, one.depth]),
  goals: goals.map((goal) => goal.depth),
  invariants: invariants.map(({ holds }) => holds),
});

const compare = async (model: Model, options: CheckOptions = {}) => {
  const plain = await check(model, options);
  const reduced = await check(model, { ...options, symmetry: true });
  expect(essence(reduced)).toEqual(essence(plain));
  if (plain.complete) {
    const { distinct, generated } = plain;
    expect(reduced.symmetry).toMatchObject({ distinct, generated });
  }
  return { plain, reduced };
};

/** States on a walk that is drawn from a seed. */
const walk = (model: Model, seed: number, steps: number): readonly State[] => {
  const states = [initialState(model)];
  for (let at = 0; at < steps; at++) {
    const successors = enabled(model, states[at]!);
    if (successors.length === 0) break;
    states.push(successors[choice(successors.length, seed, at)]!.state);
  }
  return states;
};

describe('the orbits of zab-tla together are the states that TLC counts', () => {
  test.each(zabTla.presets.filter(({ pinned }) => pinned && pinned.distinct < 200_000))(
    '$name',
    async ({ config, pinned }) => {
      const { distinct, symmetry, depth } = await check(zabTla.build(config), { symmetry: true });
      const { permutations, ...members } = symmetry!;
      expect({ ...members, depth }).toEqual({ of: 'servers', ...pinned });
      expect(distinct).toBeGreaterThan(pinned!.distinct / permutations);
      expect(distinct).toBeLessThan((1.1 * pinned!.distinct) / permutations);
    },
  );
});

describe('a planted defect of zab-tla is found at the same depth', () => {
  test.each(zabTla.defects)('$name', async ({ name, invariant, config }) => {
    const { reduced } = await compare(zabTla.build({ ...config, defect: name }));
    expect(reduced.violations.map(({ property }) => property)).toEqual([invariant]);
  });
});

test('what happens in a renamed state of zab-tla is what happens in the state, renamed', () => {
  fc.assert(
    fc.property(
      fc.nat(1_000_000),
      fc.record({
        servers: fc.integer({ min: 2, max: 4 }),
        txns: fc.integer({ min: 0, max: 2 }),
        timeouts: fc.integer({ min: 0, max: 2 }),
        restarts: fc.integer({ min: 0, max: 1 }),
      }),
      (seed, config) => {
        const model = zabTla.build(config);
        const symmetry = symmetryOf(model);
        for (const state of walk(model, seed, 60).filter((_, at) => at % 6 === 0)) {
          expect(equivariance(model, symmetry, state)).toBeNull();
          const some = symmetry.permutations[choice(symmetry.permutations.length, seed)]!;
          const image = permuted(model, some, state);
          expect(orbitKey(model, symmetry, image)).toEqual(orbitKey(model, symmetry, state));
        }
      },
    ),
    { numRuns: 12 },
  );
});

test('a search for orbits and the dumb explorer agree on random symmetric models', {
  timeout: 120_000,
}, async () => {
  let reducing = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(1_000_000),
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(30, 100_000),
      fc.boolean(),
      async (seed, processes, rarity, keepGoing) => {
        const model = randomSymmetricModel(seed, processes, rarity);
        const options = { maxDepth: processes === 3 ? 4 : 7, keepGoing };
        const expected = twin(model, options);
        const { reduced } = await compare(model, options);
        const { distinct, generated, symmetry } = reduced;
        const readable = await check(model, { ...options, symmetry: true, webAssembly: false });
        expect(essence(readable)).toEqual(essence(reduced));
        expect(readable).toMatchObject({ distinct, generated, symmetry });
        expect(reduced.goals.map(({ depth }) => depth)).toEqual(expected.goalDepths);
        expect(reduced).toMatchObject({ verdict: expected.verdict, depth: expected.depth });
        if (expected.complete)
          expect(symmetry).toMatchObject({ distinct: expected.distinct, generated: expected.generated });
        if (distinct < expected.distinct) reducing++;
      },
    ),
    { numRuns: 50 },
  );
  expect(reducing).toBeGreaterThan(15);
});

describe('what is no symmetry', () => {
  const slots = ['a', 'b', 'c'].map(
    (name): Slot<number> => ({ name, kind: { name: 'number', apply: (value) => value }, initial: 0 }),
  );
  const alike = slots.map((slot) => ({ ...slot, kind: slots[0]!.kind }));
  const order = (of: readonly Slot<any>[], to: readonly number[]): Permutation => ({
    slots: new Map(of.map((slot, at) => [slot, of[to[at]!]!])),
    rename: new Map(),
  });
  const model = (of: readonly Slot<any>[], permutations: readonly Permutation[]): Model => ({
    name: 'm',
    config: {},
    slots: of,
    groups: [],
    invariants: [],
    goals: [],
    actions: [],
    symmetry: { of: 'letters', permutations },
  });
  const refused = (of: readonly Slot<any>[], ...to: readonly (readonly number[])[]) =>
    expect(
      check(
        model(
          of,
          to.map((one) => order(of, one)),
        ),
        { symmetry: true },
      ),
    ).rejects;

  test('is refused', async () => {
    await refused(alike, [1, 0, 2], [0, 1, 2]).toThrow('the first permutation is not the identity');
    await refused(alike, [0, 1, 2], [0, 0, 2]).toThrow('permutation 1 puts two slots into one');
    await refused(slots, [0, 1, 2], [1, 0, 2]).toThrow('puts a where its kind does not belong');
    await refused(alike, [0, 1, 2], [1, 2, 0]).toThrow('make one that is missing');
    const all = orders([0, 1, 2]).map((to) => order(alike, to));
    expect(await check(model(alike, all), { symmetry: true })).toMatchObject({
      verdict: 'verified',
      distinct: 1,
    });
  });

  test('is seen in a model whose processes are not alike', () => {
    const honest = randomSymmetricModel(7, 2, 100_000);
    const [first] = honest.groups;
    const partial: Model = { ...honest, groups: honest.groups.filter((group) => group !== first) };
    const wrong = walk(partial, 1, 10).map((state) => equivariance(partial, symmetryOf(partial), state));
    expect(wrong.some((one) => one !== null)).toBe(true);
  });

  test('cannot be asked for', async () => {
    const none = twoPhaseCommit.build({});
    await expect(check(none, { symmetry: true })).rejects.toThrow(InputError);
    await expect(check(none, { symmetry: true })).rejects.toThrow('does not say what is interchangeable');
    await expect(check(zabTla.build({}), { symmetry: true, exact: true })).rejects.toThrow('no exact mode');
  });
});

test('orders', () => {
  expect(orders([1, 2, 3])).toHaveLength(6);
  expect(orders([1, 2, 3])[0]).toEqual([1, 2, 3]);
  expect(new Set(orders([1, 2, 3, 4]).map((order) => order.join())).size).toBe(24);
});

test('a renamed state is renamed back by the inverse', () => {
  const model = zabTla.build({ txns: 2, timeouts: 1 });
  const { permutations }: Symmetry = symmetryOf(model);
  for (const state of walk(model, 3, 30))
    for (const one of permutations)
      expect(
        permutations.some(
          (other) => stateKey(permuted(model, other, permuted(model, one, state))) === stateKey(state),
        ),
      ).toBe(true);
});
