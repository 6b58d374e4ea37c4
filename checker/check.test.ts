import { describe, expect, test } from 'vitest';
import { hash64, mix } from './canonical.js';
import { check } from './check.js';
import { ModelError } from './errors.js';
import { scalar } from './kinds.js';
import { type Group, group, type Kind, type Model, property, put, read, type Slot } from './model.js';
import { twoPhaseCommit } from './models/two-phase-commit.js';
import { modelNamed } from './registry.js';

const number = scalar<number>('number');
const numberSlot = (name: string): Slot<number> => ({ name, kind: number, initial: 0 });

const claim = (name: string) => ({ name, claim: `${name}.`, source: 'this test' });

/** Counts up to `limit`. */
const counting = (slot: Slot<number>, limit: number, urgency: Group['urgency'] = 'progress'): Group =>
  group({
    name: `count ${slot.name}`,
    urgency,
    reads: [read(slot)],
    outcomes: ([n]) =>
      n < limit ? [{ action: { name: 'increment', slot: slot.name }, writes: [put(slot, n + 1)] }] : [],
  });

const modelWith = (parts: Partial<Model> & Pick<Model, 'slots' | 'groups'>): Model => ({
  name: 'test',
  config: {},
  invariants: [],
  goals: [],
  actions: ['increment'],
  ...parts,
});

const line = (limit: number, parts: Partial<Model> = {}): Model => {
  const slot = numberSlot('n');
  return modelWith({ slots: [slot], groups: [counting(slot, limit)], ...parts });
};

describe('bounds', () => {
  test('max-depth', async () => {
    const result = await check(line(10), { maxDepth: 4 });
    expect(result).toMatchObject({
      verdict: 'incomplete',
      bound: 'max-depth',
      complete: false,
      depth: 4,
      distinct: 5,
    });
  });

  test('max-depth at the diameter still ends incomplete, one more completes', async () => {
    expect(await check(line(10), { maxDepth: 10 })).toMatchObject({ bound: 'max-depth' });
    expect(await check(line(10), { maxDepth: 11 })).toMatchObject({ bound: null, complete: true, depth: 10 });
  });

  test('max-states stops at the end of a level', async () => {
    const result = await check(twoPhaseCommit.build({ participants: 3 }), { maxStates: 10 });
    expect(result).toMatchObject({
      verdict: 'incomplete',
      bound: 'max-states',
      levels: [1, 7, 21],
      distinct: 29,
    });
  });

  test.each([
    [{ maxSeconds: 0.01 }, 'max-seconds'],
    [{ maxMemory: 1 }, 'max-memory'],
    [{ interrupted: () => true }, 'interrupted'],
  ] as const)('%o', async (options, bound) => {
    const result = await check(twoPhaseCommit.build({ participants: 9 }), options);
    expect(result).toMatchObject({ verdict: 'incomplete', bound, complete: false });
    expect(result.distinct).toBeLessThan(1_000_000);
  });

  test('progress is reported', async () => {
    const seen: number[] = [];
    await check(twoPhaseCommit.build({ participants: 9 }), {
      maxSeconds: 0.3,
      onProgress: ({ distinct, generated, memoryBytes }) => {
        expect(generated).toBeGreaterThanOrEqual(distinct);
        expect(memoryBytes).toBeGreaterThan(0);
        seen.push(distinct);
      },
    });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

describe('properties', () => {
  const slot = numberSlot('n');
  const below = (name: string, limit: number) =>
    property({ ...claim(name), on: 'state', reads: [read(slot)], holds: ([n]) => n < limit });
  const build = (parts: Partial<Model>): Model =>
    modelWith({ slots: [slot], groups: [counting(slot, 5)], ...parts });

  test('the initial state is asked too, and of several the first in the model is reported', async () => {
    const result = await check(build({ invariants: [below('b', 9), below('c', 0), below('a', 0)] }));
    expect(result.violations).toMatchObject([{ property: 'c', depth: 0, path: [], offending: { n: 0 } }]);
    expect(result).toMatchObject({ distinct: 1, generated: 1, complete: false, verdict: 'violated' });
  });

  test('a goal that is not reached is a violation of a complete search, and of no other', async () => {
    const reach = (name: string, n: number, applicable = true) =>
      property({
        ...claim(name),
        on: 'state',
        reads: [read(slot)],
        holds: ([m]) => m === n,
        needs: 'x',
        applicable,
      });
    const model = build({ goals: [reach('five', 5), reach('six', 6), reach('seven', 7, false)] });
    const result = await check(model);
    expect(result.violations).toMatchObject([{ property: 'six', depth: 0, path: [] }]);
    expect(result.goals.map(({ reached, depth }) => [reached, depth])).toEqual([
      [true, 5],
      [false, null],
      [false, null],
    ]);
    expect(await check(model, { maxDepth: 2 })).toMatchObject({ verdict: 'incomplete', violations: [] });
  });

  test('terminal states are those in which only the environment can act', async () => {
    const other = numberSlot('m');
    const invariant = property({
      ...claim('both'),
      on: 'terminal',
      reads: [read(slot), read(other)],
      holds: ([n, m]) => n + m > 5,
    });
    const model = modelWith({
      slots: [slot, other],
      groups: [counting(slot, 5), counting(other, 1, 'environment')],
      invariants: [invariant],
    });
    const result = await check(model);
    expect(result).toMatchObject({ terminal: 1, verdict: 'violated' });
    expect(result.violations[0]).toMatchObject({ property: 'both', depth: 5, offending: { n: 5, m: 0 } });
  });

  test('idle groups wait until there is no progress', async () => {
    const timer = numberSlot('timer');
    const model = modelWith({
      slots: [slot, timer],
      groups: [counting(timer, 1, 'idle'), counting(slot, 2)],
    });
    expect(await check(model)).toMatchObject({ distinct: 4, generated: 4, depth: 3, terminal: 1 });
  });

  test('an action property counts where the successor is known, too', async () => {
    const loop: Group = group({
      name: 'loop',
      urgency: 'progress',
      reads: [read(slot)],
      outcomes: ([n]) => (n === 3 ? [{ action: { name: 'stay' }, writes: [], observed: ['stayed'] }] : []),
    });
    const result = await check(
      build({
        groups: [counting(slot, 5), loop],
        actions: ['increment', 'stay', 'never'],
        invariants: [{ ...claim('no stay'), on: 'action', holds: ({ action }) => action.name !== 'stay' }],
      }),
    );
    expect(result.violations).toMatchObject([{ property: 'no stay', depth: 4, offending: ['stayed'] }]);
    expect(result.violations[0]!.path.at(-1)).toEqual({ name: 'stay' });
    expect(result.coverage).toEqual({ increment: 4, stay: 1, never: 0 });
  });
});

describe('a model that breaks its contract ends the run with the path', () => {
  const slot = numberSlot('n');
  const failing = (outcomes: (n: number) => any): Model =>
    modelWith({
      slots: [slot],
      groups: [
        group({ name: 'fails', urgency: 'progress', reads: [read(slot)], outcomes: ([n]) => outcomes(n) }),
      ],
    });
  const step = (n: number, writes: readonly unknown[] = [put(slot, n + 1)]) => [
    { action: { name: 'increment', n }, writes },
  ];
  const caught = async (model: Model): Promise<ModelError> => {
    const error = await check(model).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ModelError);
    return error as ModelError;
  };

  test('by throwing', async () => {
    const error = await caught(
      failing((n) => {
        if (n === 2) throw new Error('two is too many');
        return step(n);
      }),
    );
    expect(error.message).toBe('group fails: two is too many');
    expect(error.path).toEqual([
      { name: 'increment', n: 0 },
      { name: 'increment', n: 1 },
    ]);
  });

  test('by a component that is not JSON', async () => {
    const error = await caught(failing((n) => step(n, [put(slot, n === 1 ? -0 : n + 1)])));
    expect(error.message).toBe(
      'an outcome of group fails: slot n is -0; components are JSON with safe integers',
    );
    expect(error.path).toHaveLength(1);
  });

  test('by writing a slot twice, or an action that it does not list', async () => {
    expect((await caught(failing((n) => step(n, [put(slot, 1), put(slot, 2)])))).message).toContain(
      'writes a slot twice',
    );
    expect((await caught(failing(() => [{ action: { name: 'jump' }, writes: [] }]))).message).toContain(
      'does not list',
    );
  });

  test('by a property or an operation that throws', async () => {
    const fussy: Kind<number, number> = {
      name: 'fussy',
      apply: (n, by) => {
        if (n + by > 3) throw new Error('too much');
        return n + by;
      },
    };
    const own: Slot<number, number> = { name: 'own', kind: fussy, initial: 0 };
    const adds = group({
      name: 'adds',
      urgency: 'progress',
      reads: [],
      outcomes: () => [{ action: { name: 'increment' }, writes: [{ slot: own, operation: 2 }] }],
    });
    const overdrawn = await caught(modelWith({ slots: [own], groups: [adds] }));
    expect(overdrawn.message).toBe('operation 2 of fussy: too much');
    expect(overdrawn.path).toHaveLength(1);
    const invariant = property({
      ...claim('nervous'),
      on: 'state',
      reads: [read(own)],
      holds: ([n]) => {
        if (n === 2) throw new Error('eek');
        return true;
      },
    });
    const nervous = await caught(modelWith({ slots: [own], groups: [adds], invariants: [invariant] }));
    expect(nervous.message).toBe('property nervous: eek');
    expect(nervous.path).toEqual([{ name: 'increment' }]);
  });

  test('by changing its argument', async () => {
    const list: Slot<number[]> = { name: 'list', kind: scalar('list'), initial: [] };
    const pushes = group({
      name: 'pushes',
      urgency: 'progress',
      reads: [read(list)],
      outcomes: ([numbers]) => [
        { action: { name: 'increment' }, writes: [put(list, [...numbers, numbers.push(1)])] },
      ],
    });
    expect((await caught(modelWith({ slots: [list], groups: [pushes] }))).message).toContain(
      'not extensible',
    );
  });

  test('by actions that are not unique in a state, where a counterexample needs them', async () => {
    const model = failing((n) => [
      { action: { name: 'increment' }, writes: [put(slot, n + 1)] },
      { action: { name: 'increment' }, writes: [put(slot, n + 2)] },
    ]);
    const invariant = property({
      ...claim('small'),
      on: 'state',
      reads: [read(slot)],
      holds: ([n]) => n < 3,
    });
    expect((await caught({ ...model, invariants: [invariant] })).message).toContain(
      'names two different successors',
    );
  });
});

describe('fingerprints', () => {
  const width = 4;
  const values = 28;
  const slots = Array.from({ length: width }, (_, i) => numberSlot(`n${i}`));
  const grid = modelWith({ slots, groups: slots.map((slot) => counting(slot, values - 1)) });

  test('every point of a grid is a state of its own', async () => {
    expect(await check(grid)).toMatchObject({
      distinct: values ** width,
      generated: 1 + width * (values - 1) * values ** (width - 1),
      depth: width * (values - 1),
    });
  });

  const distinct = (keys: readonly { readonly lo: number; readonly hi: number }[]): number => {
    const seen = new Set<string>();
    for (let state = 0; state < values ** width; state++) {
      let lo = 0;
      let hi = 0;
      for (let slot = 0; slot < width; slot++) {
        const key = keys[slot * values + (Math.floor(state / values ** slot) % values)]!;
        lo ^= key.lo;
        hi ^= key.hi;
      }
      seen.add(`${lo},${hi}`);
    }
    return seen.size;
  };

  /** Guards the guard: 64-bit keys from a linear generator span few dimensions, and the count comes out wrong. */
  test('with linear keys states of that grid would be lost', () => {
    let x = 12345;
    const xorshift = (): number => {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return x;
    };
    const linear = Array.from({ length: width * values }, () => ({ lo: xorshift(), hi: xorshift() }));
    expect(distinct(linear)).toBeLessThan(values ** width);
    const mixed = linear.map((_, i) => mix(Math.floor(i / values), hash64(String(i % values))));
    expect(distinct(mixed)).toBe(values ** width);
  });
});

test('a model is found by its name, or the names are listed', () => {
  expect(modelNamed('two-phase-commit')).toBe(twoPhaseCommit);
  expect(() => modelNamed('three-phase-commit')).toThrow(
    /no model three-phase-commit; there are .*two-phase-commit/,
  );
});
