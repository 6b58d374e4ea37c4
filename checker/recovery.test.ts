/** Recovery: against the plain model, on models with a known trap, and on Zab. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from './check.js';
import { Search } from './engine/search.js';
import { InputError, ModelError } from './errors.js';
import { scalar } from './kinds.js';
import { argumentValue, type Group, group, type Model, put, read, type View } from './model.js';
import { enabled, execute, initialState, type State, stateKey } from './plain.js';
import type { Condition, Recovery } from './recovery/definition.js';
import { recoveryModel } from './recovery/prover.js';
import { Again } from './recovery/states.js';
import { recoveryOf } from './recovery.js';
import { modelNamed } from './registry.js';
import { randomModel } from './testing.js';

const searched = async (model: Model): Promise<Search> => {
  const search = new Search({ ...model, invariants: [], goals: [] }, {});
  await search.run();
  return search;
};

const explore = (model: Model, from: readonly State[]) => {
  const depths = new Map<string, number>();
  const states = new Map(from.map((state) => [stateKey(state), state]));
  const steps: (readonly [string, string])[] = [];
  for (const [key, state] of states) {
    depths.set(key, depths.get(key) ?? 0);
    for (const next of enabled(model, state)) {
      const to = stateKey(next.state);
      steps.push([key, to]);
      if (!states.has(to)) {
        states.set(to, next.state);
        depths.set(to, depths.get(key)! + 1);
      }
    }
  }
  return { states, steps, depths };
};

const leadingTo = (
  steps: readonly (readonly [string, string])[],
  targets: readonly string[],
): Set<string> => {
  const before = new Map<string, string[]>();
  for (const [from, to] of steps) before.set(to, [...(before.get(to) ?? []), from]);
  const found = new Set(targets);
  for (const key of found) for (const from of before.get(key) ?? []) found.add(from);
  return found;
};

/** Recovery, worked out from the whole graph of what can happen in it. */
const plainFates = (model: Model, recovery: Recovery) => {
  const reachable = explore(model, [initialState(model)]);
  const begun = (state: State): State =>
    model.slots.map((slot, index) => {
      const begin = recovery.begin.find((one) => one.slot === slot);
      return begin ? argumentValue(begin, state[index]) : state[index];
    });
  const starts = [...reachable.states].map(([key, state]) => [key, stateKey(begun(state))] as const);
  const graph = explore(recoveryModel(model, recovery), [...reachable.states.values()].map(begun));
  const where = ({ reads, holds }: Condition): readonly string[] =>
    [...graph.states]
      .filter(([, state]) =>
        holds(reads.map((one) => argumentValue(one, state[model.slots.indexOf(one.slot)]))),
      )
      .map(([key]) => key);
  const recovering = leadingTo(graph.steps, where(recovery.recovered));
  const open = leadingTo(graph.steps, where(recovery.exhausted));
  const trapped = starts.filter(([, start]) => !recovering.has(start) && !open.has(start));
  return {
    recovering: starts.filter(([, start]) => recovering.has(start)).length,
    trapped: trapped.length,
    undetermined: starts.filter(([, start]) => !recovering.has(start) && open.has(start)).length,
    depth: trapped.length === 0 ? null : Math.min(...trapped.map(([key]) => reachable.depths.get(key)!)),
    states: new Set(reachable.states.keys()),
  };
};

const parameters = fc.record({
  seed: fc.nat(1_000_000),
  slotCount: fc.integer({ min: 1, max: 3 }),
  groupCount: fc.integer({ min: 1, max: 6 }),
  left: fc.nat(3),
  rarity: fc.constantFrom(3, 20, 100),
});

const first: View<any, any> = { name: 'forgotten', of: (value) => (Array.isArray(value) ? [] : value) };

const randomRecovery = (model: Model, left: number): Recovery => {
  const conditions = model.goals
    .filter((goal) => goal.on === 'state')
    .map(({ claim, reads, holds }) => ({ claim, reads, holds }));
  const never: Condition = { claim: 'never', reads: [], holds: () => false };
  return {
    begin: [{ slot: model.slots[0]!, view: first }],
    groups: model.groups.filter((_, index) => index % 4 !== left).toReversed(),
    actions: model.actions,
    recovered: conditions[0] ?? never,
    exhausted: conditions[1] ?? never,
  };
};

test('random models: the fates of all states, and the shortest way into a trap, are those of the whole graph', async () => {
  const seen = { recovering: 0, trapped: 0, undetermined: 0 };
  const judged = fc.asyncProperty(parameters, async ({ seed, slotCount, groupCount, left, rarity }) => {
    const model = randomModel(seed, slotCount, groupCount, rarity);
    const recovery = randomRecovery(model, left);
    const { depth, states, ...expected } = plainFates(model, recovery);
    const search = await searched(model);
    const { trap, recovering, trapped, undetermined } = await recoveryOf({ ...model, recovery }, search);
    expect({ recovering, trapped, undetermined }).toEqual(expected);
    expect(trap?.depth ?? null).toBe(depth);
    if (trap)
      expect(states).toContain(stateKey(execute(model, trap.path).at(-1)?.state ?? initialState(model)));
    seen.recovering += recovering;
    seen.trapped += trapped;
    seen.undetermined += undetermined;
  });
  await fc.assert(judged, { numRuns: 60 });
  // Sixty of them by luck need not have every fate among them; these do.
  await fc.assert(judged, { numRuns: 60, seed: 1 });
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0);
});

test('the states of a finished search are made again, each once, by level', async () => {
  await fc.assert(
    fc.asyncProperty(parameters, async ({ seed, slotCount, groupCount, rarity }) => {
      const model = randomModel(seed, slotCount, groupCount, rarity);
      const search = await searched(model);
      const { states, depths } = explore(model, [initialState(model)]);
      const again = new Again(search);
      const found = new Map<string, number>();
      while (again.next()) {
        const components = [...again.state].map(
          (id, slot) => search.tables.components[slot]!.interned.values[id],
        );
        found.set(stateKey(components), again.depth);
      }
      expect(again.number).toBe(states.size);
      expect(found).toEqual(depths);
    }),
    { numRuns: 30 },
  );
});

/** Places and the ways between them: by fault, and in recovery, in the order of the schedule. */
const places = (
  faults: Readonly<Record<string, readonly string[]>>,
  ways: Readonly<Record<string, readonly string[]>>,
  exhausted = 'nowhere',
): Model => {
  const place = { name: 'place', kind: scalar<string>('place'), initial: 'well' };
  const going = (name: string, by: Readonly<Record<string, readonly string[]>>, urgency: Group['urgency']) =>
    group({
      name,
      urgency,
      reads: [read(place)],
      outcomes: ([at]) => (by[at] ?? []).map((to) => ({ action: { name, to }, writes: [put(place, to)] })),
    });
  const at = (where: string): Condition => ({
    claim: `one is ${where}.`,
    reads: [read(place)],
    holds: ([now]) => now === where,
  });
  const go = going('go', ways, 'progress');
  return {
    name: 'places',
    config: {},
    slots: [place],
    groups: [go, going('fail', faults, 'environment')],
    invariants: [],
    goals: [],
    actions: ['go', 'fail'],
    recovery: { begin: [], groups: [go], actions: ['go'], recovered: at('well'), exhausted: at(exhausted) },
  };
};

describe('verdicts', () => {
  test('a livelock of the schedule is no trap where something else leads out of it', async () => {
    const model = places({ well: ['a'] }, { a: ['b', 'c'], b: ['a'], c: ['well'] });
    const { verdict, recovery } = await check(model, { recovery: true });
    expect(verdict).toBe('verified');
    expect(recovery).toMatchObject({ verdict: 'recovers', recovering: 4, trapped: 0, searches: 1 });
  });

  test('a closed region is a trap, though something always happens in it', async () => {
    const model = places({ well: ['a'], a: ['p'], p: ['q'] }, { a: ['well'], p: ['q'], q: ['p'] });
    const { verdict, recovery, violations } = await check(model, { recovery: true });
    expect(verdict).toBe('violated');
    expect(recovery).toMatchObject({ verdict: 'trap', recovering: 2, trapped: 2, undetermined: 0 });
    expect(violations).toMatchObject([
      { property: 'Recovery', depth: 2, offending: { states: 2, actions: ['go'] } },
    ]);
    expect(violations[0]!.path).toEqual([
      { name: 'fail', to: 'a' },
      { name: 'fail', to: 'p' },
    ]);
  });

  test('what lies before a trap is none while there is another way', async () => {
    const { recovery } = await check(places({ well: ['a'] }, { a: ['p', 'well'], p: ['p'] }), {
      recovery: true,
    });
    expect(recovery).toMatchObject({ recovering: 2, trapped: 1 });
  });

  test('where a bound is in the way, nothing is said; beside it a trap is still seen', async () => {
    const model = places({ well: ['a', 'b'], b: ['p'] }, { a: ['end'], b: ['end', 'p'] }, 'end');
    const { verdict, recovery } = await check(model, { recovery: true });
    expect(recovery).toMatchObject({ verdict: 'trap', recovering: 1, trapped: 1, undetermined: 3 });
    expect(verdict).toBe('violated');
    const open = await check(places({ well: ['a'] }, { a: ['end'] }, 'end'), { recovery: true });
    expect(open).toMatchObject({ verdict: 'incomplete', complete: true, bound: null });
    expect(open.recovery).toMatchObject({ verdict: 'undetermined', bound: 'recovery', undetermined: 2 });
  });

  test('a search that grows too large leaves its states open', async () => {
    const ways = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}`, [`${i + 1}`]]));
    const model = places({ well: ['0'] }, ways);
    const search = await searched(model);
    const bounded = await recoveryOf(model, search, { mostStates: 10 });
    expect(bounded).toMatchObject({ verdict: 'trap', trapped: 1, undetermined: 50 });
    expect(await recoveryOf(model, search)).toMatchObject({ trapped: 51, undetermined: 0 });
  });

  test('nobody asks after a search that is not complete, or of a model that does not say', async () => {
    const model = places({ well: ['a'] }, { a: ['well'] });
    expect(await check(model, { recovery: true, maxDepth: 1 })).not.toHaveProperty('recovery');
    const { recovery: _, ...silent } = model;
    await expect(check(silent, { recovery: true })).rejects.toThrow(InputError);
  });

  test.each([
    [{ interrupted: () => true }, 'interrupted'],
    [{ maxSeconds: 0 }, 'max-seconds'],
  ] as const)('%o leaves the rest open', async (options, bound) => {
    const model = places({ well: ['a'], a: ['b'] }, { a: ['well'], b: ['well'] });
    expect(await recoveryOf(model, await searched(model), options)).toMatchObject({
      verdict: 'undetermined',
      bound,
      recovering: 1,
      undetermined: 2,
    });
  });

  test('a model that throws in recovery is reported with the path to where it began', async () => {
    const model = places({ well: ['a'] }, { a: ['well'] });
    const broken: Group = {
      ...model.recovery!.groups[0]!,
      outcomes: ([at]) => {
        if (at === 'a') throw new Error('no way');
        return [];
      },
    };
    const recovery = { ...model.recovery!, groups: [broken] };
    const error = await check({ ...model, recovery }, { recovery: true }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ModelError);
    expect(error.message).toMatch(/in recovery, group go: no way/);
    expect(error.path).toEqual([{ name: 'fail', to: 'a' }]);
  });
});

describe('Zab', () => {
  const zab = modelNamed('zab');
  const only = (config: Readonly<Record<string, unknown>>, ...properties: readonly string[]): Model => {
    const model = zab.build(config);
    return { ...model, invariants: model.invariants.filter(({ name }) => properties.includes(name)) };
  };

  test('recovers from every state of two servers, a crash and a write', async () => {
    const { verdict, recovery, distinct } = await check(zab.build({ servers: 2 }), { recovery: true });
    expect({ verdict, distinct }).toEqual({ verdict: 'verified', distinct: 2014 });
    expect(recovery).toMatchObject({ verdict: 'recovers', recovering: 2014, trapped: 0, undetermined: 0 });
  });

  test('recovers under Fast Leader Election', async () => {
    const model = zab.build({ servers: 2, election: 'fle', txns: 0 });
    expect((await check(model, { recovery: true })).recovery).toMatchObject({ verdict: 'recovers' });
  });

  test('is trapped where only servers without an uncommitted proposal may stand', async () => {
    const model = only({ servers: 2, variant: 'idle-candidates-uncommitted' }, 'SingleLeader');
    const { verdict, recovery, violations } = await check(model, { recovery: true });
    expect({ verdict, property: violations[0]?.property }).toEqual({
      verdict: 'violated',
      property: 'Recovery',
    });
    expect(recovery).toMatchObject({ verdict: 'trap', undetermined: 0 });
  });

  test('is trapped unseen by Progress, where the elections of the search are used up', async () => {
    const config = { servers: 2, variant: 'idle-candidates-uncommitted', elections: 1 };
    const { recovery, violations } = await check(only(config, 'Progress'), { recovery: true });
    expect(violations.map(({ property }) => property)).toEqual(['Recovery']);
    expect(recovery!.trapped).toBeGreaterThan(0);
  });
});
