/** Models that nobody would write, drawn from a seed, for tests that compare two ways of looking at the same model. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { encode, hash64 } from './canonical.js';
import { check } from './check.js';
import type { Shares } from './engine/shares.js';
import type {
  Goal,
  Group,
  Invariant,
  Kind,
  Model,
  Outcome,
  Read,
  Slot,
  Urgency,
  View,
  Write,
} from './model.js';
import type { CheckOptions, CheckResult } from './result.js';
import { orders } from './symmetry.js';
import { twin } from './twin.js';

/** A deterministic choice among n, from a seed and whatever names the choice. */
export const choice = (n: number, ...name: readonly unknown[]): number => (hash64(encode(name)).lo >>> 0) % n;

const VALUES = 4;
const counter: Kind<number, number> = { name: 'counter', apply: (value, by) => (value + by) % VALUES };
const queue: Kind<readonly number[], number> = {
  name: 'queue',
  apply: (messages, operation) => (operation === 0 ? messages.slice(1) : [...messages, operation].slice(-2)),
};
const parity: View<number, number> = { name: 'parity', of: (value) => value % 2 };
const isSmall: View<number, boolean> = { name: 'isSmall', of: (value) => value < 2 };
const isEmpty: View<readonly number[], boolean> = {
  name: 'isEmpty',
  of: (messages) => messages.length === 0,
};
const head: View<readonly number[], number | null> = { name: 'head', of: (messages) => messages[0] ?? null };

const slotOf = (seed: number, index: number): Slot<any, any> =>
  choice(2, seed, 'kind', index) === 0
    ? { name: `counter${index}`, kind: counter, initial: 0 }
    : { name: `queue${index}`, kind: queue, initial: [] };

const readOf = (slots: readonly Slot<any, any>[], ...name: readonly unknown[]): Read<any> => {
  const slot = slots[choice(slots.length, ...name, 'slot')]!;
  if (choice(2, ...name, 'view') === 0) return { slot };
  return { slot, view: slot.kind === counter ? parity : head };
};

const readsOf = (slots: readonly Slot<any, any>[], most: number, ...name: readonly unknown[]): Read<any>[] =>
  Array.from({ length: choice(most + 1, ...name, 'reads') }, (_, i) => readOf(slots, ...name, i));

const writeOf = (slot: Slot<any, any>, ...name: readonly unknown[]): Write => {
  const value = choice(VALUES, ...name, 'value');
  if (choice(2, ...name, 'sort') === 0) return { slot, operation: value };
  return { slot, value: slot.kind === counter ? value : value === 0 ? [] : [value] };
};

const outcomeOf = (
  slots: readonly Slot<any, any>[],
  number: number,
  ...name: readonly unknown[]
): Outcome => ({
  action: { name: `action${choice(3, ...name, 'action')}`, group: name[1], number },
  writes: slots
    .filter((_, i) => choice(3, ...name, 'written', i) === 0)
    .map((slot) => writeOf(slot, ...name, slot.name)),
  observed: [choice(30, ...name, 'observed')],
});

const groupOf = (seed: number, slots: readonly Slot<any, any>[], index: number): Group => {
  const urgency = (['progress', 'progress', 'idle', 'environment'] as const)[
    choice(4, seed, 'urgency', index)
  ] as Urgency;
  const conditioned = slots[choice(slots.length, seed, 'condition', index)]!;
  return {
    name: `group${index}`,
    urgency,
    when:
      choice(2, seed, 'when', index) === 0
        ? []
        : [{ slot: conditioned, view: conditioned.kind === counter ? isSmall : isEmpty }],
    reads: readsOf(slots, 4, seed, 'group', index),
    outcomes: (values) =>
      Array.from({ length: choice(4, seed, index, values, 'outcomes') }, (_, number) =>
        outcomeOf(slots, number, seed, index, values, number),
      ),
  };
};

/** `rarity`: one in so many argument tuples breaks an invariant, or reaches a goal. */
const invariantOf = (
  seed: number,
  slots: readonly Slot<any, any>[],
  index: number,
  rarity: number,
): Invariant => {
  const claim = { name: `invariant${index}`, claim: 'random', source: 'none' };
  const on = (['state', 'state', 'action', 'terminal'] as const)[choice(4, seed, 'on', index)]!;
  const reads = readsOf(slots, 4, seed, 'invariant', index);
  const holds = (values: unknown): boolean => choice(rarity, seed, 'holds', index, values) !== 0;
  return on === 'action'
    ? { ...claim, on, holds: (outcome: Outcome) => holds([outcome.action.name, outcome.observed]) }
    : { ...claim, on, reads, holds };
};

const goalOf = (seed: number, slots: readonly Slot<any, any>[], index: number, rarity: number): Goal => {
  const invariant = invariantOf(seed + 1, slots, index, rarity);
  const common = {
    name: `goal${index}`,
    needs: 'luck',
    applicable: choice(2, seed, 'applicable', index) === 0,
  };
  return invariant.on === 'action'
    ? { ...invariant, ...common, holds: (outcome: Outcome) => !invariant.holds(outcome) }
    : { ...invariant, ...common, on: 'state', holds: (values) => !invariant.holds(values) };
};

/** Values of slots are bounded, so that there are finitely many states. `rarity`: see above. */
export const randomModel = (seed: number, slotCount: number, groupCount: number, rarity: number): Model => {
  const slots = Array.from({ length: slotCount }, (_, i) => slotOf(seed, i));
  return {
    name: 'random',
    config: { seed, slotCount, groupCount, rarity },
    slots,
    groups: Array.from({ length: groupCount }, (_, i) => groupOf(seed, slots, i)),
    invariants: Array.from({ length: 3 }, (_, i) => invariantOf(seed, slots, i, rarity)),
    goals: Array.from({ length: 2 }, (_, i) => goalOf(seed, slots, i, rarity)),
    actions: ['action0', 'action1', 'action2'],
  };
};

/**
 * Processes that are all alike: each has a counter, each pair a queue, and a scalar names one of them or none. What a
 * process does is drawn from what it sees and not from its number, so that the processes are interchangeable.
 */
export const randomSymmetricModel = (seed: number, processes: number, rarity: number): Model => {
  const sids = Array.from({ length: processes }, (_, i) => i);
  const state = sids.map((i): Slot<number, number> => ({ name: `state${i}`, kind: counter, initial: 0 }));
  const pairs = sids.flatMap((i) => sids.filter((j) => j !== i).map((j) => [i, j] as const));
  const queues = new Map(
    pairs.map(([i, j]): [string, Slot<readonly number[], number>] => [
      `${i}-${j}`,
      { name: `queue${i}-${j}`, kind: queue, initial: [] },
    ]),
  );
  const queueOf = (i: number, j: number) => queues.get(`${i}-${j}`)!;
  const owners: Kind<number | null, never> = {
    name: 'owner',
    apply: (value) => value,
  };
  const owner: Slot<number | null> = { name: 'owner', kind: owners, initial: null };
  const seenBy = (i: number): View<number | null, string> => ({
    name: `seen by ${i}`,
    of: (value) => (value === null ? 'nobody' : value === i ? 'me' : 'another'),
  });
  const views = sids.map(seenBy);

  const alone = (i: number): Group => ({
    name: `alone ${i}`,
    urgency: (['progress', 'idle', 'environment'] as const)[choice(3, seed, 'urgency of alone')]!,
    when: [],
    reads: [{ slot: state[i]! }, { slot: owner, view: views[i]! }],
    outcomes: (values) =>
      Array.from({ length: choice(3, seed, 'alone', values) }, (_, number) => ({
        action: { name: 'action0', of: i, number },
        writes: [
          { slot: state[i]!, value: choice(VALUES, seed, 'alone', values, number) },
          ...(choice(3, seed, 'takes', values, number) === 0 ? [{ slot: owner, value: i }] : []),
        ],
        observed: [choice(30, seed, 'seen alone', values, number)],
      })),
  });
  const together = ([i, j]: readonly [number, number]): Group => ({
    name: `together ${i}, ${j}`,
    urgency: 'progress',
    when: choice(2, seed, 'when') === 0 ? [] : [{ slot: state[j]!, view: isSmall }],
    reads: [{ slot: state[i]! }, { slot: queueOf(j, i), view: head }],
    outcomes: (values) =>
      Array.from({ length: choice(3, seed, 'together', values) }, (_, number) => ({
        action: { name: `action${1 + choice(2, seed, 'name', values, number)}`, of: [i, j], number },
        writes: [
          { slot: state[i]!, operation: choice(VALUES, seed, 'adds', values, number) },
          { slot: queueOf(i, j), operation: choice(VALUES, seed, 'sends', values, number) },
          { slot: queueOf(j, i), operation: 0 },
        ],
      })),
  });
  const sortedStates = (values: readonly any[]): readonly any[] => [...values.slice(1)].sort();
  const reads: Read<any>[] = [
    { slot: owner, view: { name: 'is null', of: (value: number | null) => value === null } },
    ...state.map((slot) => ({ slot })),
  ];
  const claim = { claim: 'random', source: 'none' };
  const rare = (name: string, values: readonly any[]): boolean =>
    choice(rarity, seed, name, values[0], sortedStates(values)) === 0;
  return {
    name: 'random and symmetric',
    config: { seed, processes, rarity },
    slots: [owner, ...state, ...queues.values()],
    groups: [...sids.map(alone), ...pairs.map(together)],
    invariants: [
      { ...claim, name: 'invariant', on: 'state', reads, holds: (values) => !rare('invariant', values) },
      { ...claim, name: 'at rest', on: 'terminal', reads, holds: (values) => !rare('at rest', values) },
      { ...claim, name: 'of actions', on: 'action', holds: ({ observed }) => observed?.[0] !== 0 },
    ],
    goals: [
      {
        ...claim,
        name: 'goal',
        needs: 'luck',
        applicable: choice(2, seed, 'applicable') === 0,
        on: 'state',
        reads,
        holds: (values) => rare('goal', values),
      },
    ],
    actions: ['action0', 'action1', 'action2'],
    symmetry: {
      of: 'processes',
      permutations: orders(sids).map((to) => ({
        slots: new Map<Slot<any, any>, Slot<any, any>>([
          ...sids.map((i) => [state[i]!, state[to[i]!]!] as const),
          ...pairs.map(([i, j]) => [queueOf(i, j), queueOf(to[i]!, to[j]!)] as const),
        ]),
        rename: new Map([[owners, (value: number | null) => (value === null ? null : to[value]!)]]),
      })),
    },
  };
};

/** What a search found, without what differs from run to run or with the place of its states. */
export const found = (result: CheckResult) => {
  const { seconds, modelSeconds, statesPerSecond, memoryBytes, spilledBytes, ...rest } = result;
  return rest;
};

/** Searches a model with the engine and with its dumb twin, and expects that they agree in all that both report. */
export const agreeWithTwin = async (
  model: Model,
  options: Pick<CheckOptions, 'maxDepth' | 'keepGoing' | 'exact' | 'webAssembly'>,
): Promise<CheckResult> => {
  const { goalDepths, violations, ...counts } = twin(model, options);
  const result = await check(model, options);
  expect(result).toMatchObject(counts);
  expect(result.goals.map(({ depth }) => depth)).toEqual(goalDepths);
  expect(result.violations.map(({ property, path }) => ({ property, path }))).toEqual(
    options.keepGoing ? violations : violations.slice(0, 1),
  );
  return result;
};

/** What a random model is made of, and how to search it. */
export const searches = (shares: fc.Arbitrary<Shares>) =>
  fc.record({
    seed: fc.nat(1_000_000),
    slotCount: fc.integer({ min: 3, max: 5 }),
    groupCount: fc.integer({ min: 3, max: 6 }),
    rarity: fc.constantFrom(20, 100_000),
    keepGoing: fc.boolean(),
    shares,
  });
