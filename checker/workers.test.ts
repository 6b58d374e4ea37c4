/**
 * The search on several threads against the search on one. Threads run compiled code, so the checker is compiled first,
 * beside the packages that it imports.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { check as Check } from './check.js';
import type { Search as SearchOf } from './engine/search.js';
import {
  apply,
  group,
  type Kind,
  type Model,
  type Outcome,
  property,
  put,
  read,
  type Slot,
  type View,
} from './model.js';
import { twoPhaseCommit } from './models/two-phase-commit.js';
import { zabTla } from './models/zab-tla.js';
import type { CheckOptions } from './result.js';

const root = fileURLToPath(new URL('..', import.meta.url));
let directory: string;
let check: typeof Check;
let Search: typeof SearchOf;

beforeAll(async () => {
  mkdirSync(join(root, 'node_modules/.cache'), { recursive: true });
  directory = mkdtempSync(join(root, 'node_modules/.cache/zab-workers-'));
  const config = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rootDir: root,
      outDir: directory,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: [join(root, 'checker/check.ts'), join(root, 'checker/engine/worker.ts')],
    include: [],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
  const compiled = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', directory],
    { encoding: 'utf8' },
  );
  expect(compiled.stdout).toBe('');
  cpSync(join(root, 'dist/checker/kernel'), join(directory, 'checker/kernel'), { recursive: true });
  ({ check } = await import(pathToFileURL(join(directory, 'checker/check.js')).href));
  ({ Search } = await import(pathToFileURL(join(directory, 'checker/engine/search.js')).href));
}, 60_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Everything of a result that must not depend on the number of threads. */
const stable = async (model: Model, workers: number, options: CheckOptions = {}) => {
  const { seconds, modelSeconds, statesPerSecond, memoryBytes, spilledBytes, ...rest } = await check(model, {
    workers,
    awaitWorkers: true,
    ...options,
  });
  return rest;
};

const agree = async (model: Model, keepGoing = false) => {
  const alone = await stable(model, 1, { keepGoing });
  for (const workers of [2, 3]) expect(await stable(model, workers, { keepGoing })).toEqual(alone);
  for (const workers of [1, 2])
    expect(await stable(model, workers, { keepGoing, webAssembly: false })).toEqual(alone);
  return alone;
};

const counter: Kind<number, number> = { name: 'counter', apply: (n, by) => n + by };
const isEven: View<number, boolean> = { name: 'even', of: (n) => n % 2 === 0 };
const half: View<number, number> = { name: 'half', of: (n) => Math.floor(n / 2) };
const claim = (name: string) => ({ name, claim: `${name}.`, source: 'this test' });

const WIDTH = 4;
const SIZE = 20;
type Extra = Partial<Pick<Model, 'invariants' | 'goals'>> & { readonly step?: (n: number) => void };

/** A grid in which every axis is climbed by values, by operations or through views, and now and then fallen down. */
const grid = (extra: (slots: readonly Slot<number, number>[]) => Extra = () => ({})): Model => {
  const slots = Array.from(
    { length: WIDTH },
    (_, i): Slot<number, number> => ({ name: `n${i}`, kind: counter, initial: 0 }),
  );
  const { step, ...properties } = extra(slots);
  const climb = (slot: Slot<number, number>, i: number) =>
    group({
      name: `climb ${i}`,
      urgency: 'progress',
      reads: [read(slot)],
      outcomes: ([n]): Outcome[] => {
        if (i === 0) step?.(n);
        if (n >= SIZE - 1) return [];
        const write = i % 2 === 0 ? put(slot, n + 1) : apply(slot, 1);
        return [{ action: { name: 'climb', axis: i, from: n }, writes: [write], observed: [n] }];
      },
    });
  const fall = (slot: Slot<number, number>, other: Slot<number, number>, i: number) =>
    group({
      name: `fall ${i}`,
      urgency: 'environment',
      when: [read(other, isEven)],
      reads: [read(slot, half)],
      outcomes: ([h]) =>
        h === 5 ? [{ action: { name: 'fall', axis: i }, writes: [apply(slot, -9), put(other, 3)] }] : [],
    });
  return {
    name: 'grid',
    config: {},
    slots,
    groups: [...slots.map(climb), ...slots.map((slot, i) => fall(slot, slots[(i + 1) % WIDTH]!, i))],
    invariants: [],
    goals: [],
    actions: ['climb', 'fall'],
    ...properties,
  };
};

describe('any number of threads finds the same', () => {
  test('in two-phase commit', async () => {
    const preset = twoPhaseCommit.presets.find(({ name }) => name === 'participants-7')!;
    expect(await agree(twoPhaseCommit.build(preset.config))).toMatchObject({
      verdict: 'verified',
      ...preset.pinned,
    });
    expect(await agree(twoPhaseCommit.build({ participants: 7, defect: 'commit-early' }))).toMatchObject({
      verdict: 'violated',
    });
  });

  test('in a grid', async () => {
    const result = await agree(grid());
    expect(result).toMatchObject({ distinct: SIZE ** WIDTH, complete: true });
    expect(result.coverage.fall).toBeGreaterThan(1000);
  });

  test('where orbits are searched for, in memory and with next to none', async () => {
    const preset = zabTla.presets.find(({ name }) => name === '3-2-0-0')!;
    const model = zabTla.build(preset.config);
    const alone = await stable(model, 1, { symmetry: true });
    const { permutations, ...members } = alone.symmetry!;
    expect({ ...members, depth: alone.depth }).toEqual({ of: 'servers', ...preset.pinned });
    const shares = { fingerprints: 2_000, segments: 2, segmentCells: 1 << 10, linkBytes: 0 };
    for (const workers of [2, 3])
      for (const options of [{ symmetry: true }, { symmetry: true, shares }])
        expect(await stable(model, workers, options)).toEqual(alone);
  });

  test('where properties break, of states, of actions and of terminal states', async () => {
    const model = grid((slots) => {
      const reads = slots.map((slot) => read(slot));
      return {
        invariants: [
          property({ ...claim('sum'), on: 'state', reads, holds: (n) => n.reduce((a, b) => a + b) !== 30 }),
          property({ ...claim('top'), on: 'terminal', reads, holds: () => false }),
          property({
            ...claim('product'),
            on: 'state',
            reads,
            holds: (n) => n.reduce((a, b) => a * b) !== 8 * 7 * 9 * 6,
          }),
          {
            ...claim('no fall of 2'),
            on: 'action',
            holds: ({ action }) => action.name !== 'fall' || action.axis !== 2,
          },
        ],
        goals: [
          property({
            ...claim('far'),
            on: 'state',
            reads,
            holds: (n) => n.every((m) => m > 8),
            needs: '',
            applicable: true,
          }),
          property({
            ...claim('never'),
            on: 'state',
            reads,
            holds: () => false,
            needs: '',
            applicable: true,
          }),
        ],
      };
    });
    const first = await agree(model);
    expect(first.violations).toHaveLength(1);
    const all = await agree(model, true);
    expect(all.violations.map(({ property }) => property)).toEqual([
      'no fall of 2',
      'sum',
      'product',
      'top',
      'never',
    ]);
  });
});

/** Of every state, in order: its parent and the action that led to it first. */
const linksOf = async (model: Model, workers: number) => {
  const search = new Search(model, { workers, awaitWorkers: true });
  await search.run();
  return Array.from({ length: search.distinct }, (_, state) => search.links.at(state));
};

test('every state is first reached in the same way, also from states that had to wait for the model', async () => {
  const model = grid();
  const slots = model.slots as readonly Slot<number, number>[];
  const isSeven: View<number, boolean> = { name: 'seven', of: (n) => n === 7 };
  // Nothing is known of it from one state to the next, so each state in which it is asked is put off.
  const wary = group({
    name: 'wary',
    urgency: 'progress',
    when: [read(slots[3]!, isSeven)],
    reads: slots.map((slot) => read(slot)),
    outcomes: () => [],
  });
  const waiting = { ...model, groups: [...model.groups, wary] };
  const alone = await linksOf(waiting, 1);
  for (const workers of [2, 3]) expect(await linksOf(waiting, workers)).toEqual(alone);
});

test('the frontier goes on behind a segment that was begun for nothing', async () => {
  const side: Kind<number, number> = { name: 'side', apply: (n, by) => n + by };
  const x: Slot<number, number> = { name: 'x', kind: counter, initial: 0 };
  const y: Slot<number, number> = { name: 'y', kind: counter, initial: 0 };
  const sides: Slot<number, number> = { name: 'side', kind: side, initial: 0 };
  const step = (name: string, reads: readonly Slot<number, number>[], outcomes: Outcomes) =>
    group({ name, urgency: 'progress', reads: reads.map((slot) => read(slot)), outcomes });
  type Outcomes = (n: readonly number[]) => Outcome[];
  const outcome = (name: string, n: number, ...writes: Outcome['writes']): Outcome => ({
    action: { name, n },
    writes,
    observed: [],
  });
  const times = (count: number, f: (i: number) => Outcome): Outcome[] =>
    Array.from({ length: count }, (_, i) => f(i));
  const mirror = new Map([[side, (n: number) => (n === 0 ? 0 : -n)]]);
  const model: Model = {
    name: 'mirror',
    config: {},
    slots: [x, y, sides],
    symmetry: {
      of: 'sides',
      permutations: [
        { slots: new Map(), rename: new Map() },
        { slots: new Map(), rename: mirror },
      ],
    },
    groups: [
      step('spread', [x, y], ([a, b]) =>
        a === 0 && b === 0 ? times(2000, (i) => outcome('spread', i, put(x, i + 1))) : [],
      ),
      // The second half comes to images of what the first came to, the very last with a component that is new.
      step('meet', [x], ([a]) =>
        a === 0
          ? []
          : times(10, (i) =>
              outcome(
                'meet',
                i,
                put(x, 0),
                put(y, 10 * (((a! - 1) % 1000) + 1) + i),
                put(sides, a === 2000 ? -1 : 1),
              ),
            ),
      ),
      step('leave', [sides], ([n]) => (n === 0 ? [] : [outcome('leave', 0, put(sides, 0))])),
    ],
    invariants: [],
    goals: [],
    actions: ['spread', 'meet', 'leave'],
  };
  const alone = await stable(model, 1, { symmetry: true });
  expect(alone.levels).toEqual([1, 2000, 10_000, 10_000]);
  expect(await stable(model, 2, { symmetry: true })).toEqual(alone);
}, 10_000);

test('so do threads that have next to no memory', async () => {
  const shares = { fingerprints: 30_000, segments: 2, segmentCells: 1 << 12, linkBytes: 0 };
  for (const model of [twoPhaseCommit.build({ participants: 7 }), grid()])
    expect(await stable(model, 2, { shares })).toEqual(await stable(model, 1));
});

test('threads go on from a checkpoint', async () => {
  const checkpoint = join(directory, 'checkpoint');
  const model = twoPhaseCommit.build({ participants: 8 });
  const first = await check(model, {
    checkpoint,
    workers: 2,
    awaitWorkers: true,
    breathMs: 0,
    maxSeconds: 0.3,
  });
  expect(first.bound).toBe('max-seconds');
  expect(await stable(model, 2, { resume: checkpoint })).toEqual(await stable(model, 1));
});

describe('what the model throws ends the run with the same path', () => {
  const caught = async (model: Model, workers: number) => {
    const error = await check(model, { workers, awaitWorkers: true }).catch((e: unknown) => e);
    expect((error as Error).name).toBe('ModelError');
    const { message, path } = error as Error & { path: unknown };
    return { message, path };
  };

  test.each([
    [
      'a group',
      () => ({
        step: (n: number) => {
          if (n === 11) throw new Error('eleven');
        },
      }),
    ],
    [
      'a property',
      (slots: readonly Slot<number, number>[]) => ({
        invariants: [
          property({
            ...claim('nervous'),
            on: 'state' as const,
            reads: slots.map((slot) => read(slot)),
            holds: ([a, b, c]) => {
              if (a === 9 && b === 8 && c === 7) throw new Error('eek');
              return true;
            },
          }),
        ],
      }),
    ],
  ])('%s', async (_, extra) => {
    const alone = await caught(grid(extra), 1);
    for (const workers of [2, 3]) expect(await caught(grid(extra), workers)).toEqual(alone);
  });
});

describe('so it does where threads share the block in which it is thrown', () => {
  const caught = (model: Model, workers: number) =>
    check(model, { workers, awaitWorkers: true }).catch(({ name, message, path }) => ({
      name,
      message,
      path,
    }));
  const nervous = ([a, b, c]: readonly number[]) => {
    if (a! + b! + c! === 24) throw new Error('eek');
    return true;
  };

  test.each([
    [
      'by a group',
      () => {
        const model = grid();
        const reads = (model.slots as readonly Slot<number, number>[]).map((slot) => read(slot));
        const outcomes = (n: readonly number[]) => (nervous(n) ? [] : []);
        const last = group({ name: 'nervous', urgency: 'progress', reads, outcomes });
        return { ...model, groups: [...model.groups, last] };
      },
    ],
    [
      'by a property of terminal states',
      () => {
        const isLow: View<number, boolean> = { name: 'low', of: (n) => n < 8 };
        const model = grid((slots) => ({
          invariants: [
            property({
              ...claim('nervous'),
              on: 'terminal',
              reads: slots.map((slot) => read(slot)),
              holds: nervous,
            }),
          ],
        }));
        const low = read(model.slots[3] as Slot<number, number>, isLow);
        const climbs = model.groups.filter(({ urgency }) => urgency === 'progress');
        return { ...model, groups: climbs.map((one) => ({ ...one, when: [...one.when, low] })) };
      },
    ],
  ])('%s', async (_, build) => {
    const alone = await caught(build(), 1);
    expect(alone).toMatchObject({ name: 'ModelError' });
    for (const workers of [2, 3]) expect(await caught(build(), workers)).toEqual(alone);
  });
});

test('what is not asked in breadth-first order does no harm, and nothing is counted twice', async () => {
  const x: Slot<number, number> = { name: 'x', kind: counter, initial: 0 };
  const y: Slot<number, number> = { name: 'y', kind: counter, initial: 0 };
  const WIDE = 150;
  const spread = (name: string, slot: Slot<number, number>, from: number): Outcome[] =>
    Array.from({ length: WIDE }, (_, i) => ({
      action: { name, n: from + i },
      writes: [put(slot, from + i)],
      observed: [],
    }));
  const model: Model = {
    name: 'terminal states',
    config: {},
    slots: [x, y],
    groups: [
      group({
        name: 'first',
        urgency: 'progress',
        reads: [read(x)],
        outcomes: ([a]) => (a === 0 ? spread('first', x, 1) : []),
      }),
      group({
        name: 'second',
        urgency: 'progress',
        reads: [read(x), read(y)],
        outcomes: ([a, b]) => (a === 0 || b !== 0 ? [] : spread('second', y, a * WIDE)),
      }),
    ],
    invariants: [
      property({
        ...claim('nervous'),
        on: 'terminal',
        reads: [read(y)],
        // Whoever goes ahead asks it behind where it is broken; then it throws.
        holds: ([n]) => {
          if (n > 6500) throw new Error('eek');
          return n !== 6400;
        },
      }),
    ],
    goals: [],
    actions: ['first', 'second'],
  };
  const alone = await stable(model, 1, { keepGoing: true });
  expect(alone).toMatchObject({ distinct: 1 + WIDE + WIDE ** 2, generated: 1 + WIDE + WIDE ** 2 });
  for (const workers of [2, 3]) expect(await stable(model, workers, { keepGoing: true })).toEqual(alone);
});

describe('a thread that fails ends the run with what it failed of', () => {
  let checkWith: typeof Check;
  let engine: string;

  beforeAll(async () => {
    const broken = join(directory, 'broken');
    for (const part of ['checker', 'package.json'])
      cpSync(join(directory, part), join(broken, part), { recursive: true });
    engine = join(broken, 'checker/engine');
    renameSync(join(engine, 'worker.js'), join(engine, 'sound.js'));
    ({ check: checkWith } = await import(pathToFileURL(join(broken, 'checker/check.js')).href));
  });

  test.each([
    ['obey', 1],
    ['obey', 2],
    ['obey', 3],
    ['obey', 7],
    ['obey', 8],
    ['goAhead', 2],
    ['goAhead', 20],
  ])('in %s, when it is called %i times', async (method, times) => {
    const code = `import { Hand } from './hand.js';
      const sound = Hand.prototype.${method};
      let times = 0;
      Hand.prototype.${method} = function (...args) {
        if (++times === ${times}) throw new Error('out of order');
        return sound.apply(this, args);
      };
      await import('./sound.js');`;
    writeFileSync(join(engine, 'worker.js'), code);
    const model = twoPhaseCommit.build({ participants: 8 });
    for (const workers of [2, 3])
      await expect(checkWith(model, { workers, awaitWorkers: true })).rejects.toThrow('out of order');
  });
});

test('bounds end a search on several threads', async () => {
  const model = twoPhaseCommit.build({ participants: 9 });
  expect(await check(model, { workers: 2, awaitWorkers: true, maxSeconds: 0.5 })).toMatchObject({
    bound: 'max-seconds',
  });
  const bounded = await check(model, { workers: 2, awaitWorkers: true, maxStates: 50_000 });
  expect(bounded).toMatchObject({ bound: 'max-states', verdict: 'incomplete' });
  expect(bounded.distinct).toBe((await check(model, { maxStates: 50_000 })).distinct);
});
