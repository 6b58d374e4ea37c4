/** The Zab model: pinned counts, goals, planted defects, starts; and agreement with the dumb twin. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defects } from '../../spec/defects.js';
import { check } from '../check.js';
import type { Model } from '../model.js';
import { argumentValue } from '../model.js';
import { enabled, execute, initialState, named } from '../plain.js';
import { twin } from '../twin.js';
import { defectBounds } from './bounds.js';
import { buildZab } from './model.js';
import { type ZabOptions, zabSchema } from './options.js';
import { zabPresets } from './presets.js';
import { reachStart, scriptModel } from './starts.js';

const options = (given: Partial<ZabOptions>): ZabOptions => zabSchema.parse(given);

const quick = zabPresets.filter(({ pinned }) => pinned && pinned.generated < 700_000);

test.each(quick)('$name: $summary', async ({ config, pinned }) => {
  const result = await check(buildZab(config));
  const { verdict, distinct, generated, depth } = result;
  expect({ verdict, distinct, generated, depth }).toEqual({ verdict: 'verified', ...pinned });
});

test('zookeeper-3.8-data-loss finds what its summary says, and with that fixed nothing', async () => {
  const { config, properties } = zabPresets.find(({ name }) => name === 'zookeeper-3.8-data-loss')!;
  const about = (given: Partial<ZabOptions>): Model => {
    const model = buildZab({ ...config, ...given });
    return {
      ...model,
      goals: [],
      invariants: model.invariants.filter(({ name }) => properties!.includes(name)),
    };
  };
  expect((await check(about({}))).violations[0]?.property).toBe('QuorumDurability');
  const fix = ['ack-outlives-truncation', 'forget-synchronization', 'ZOOKEEPER-4643', 'ZOOKEEPER-4646'];
  expect((await check(about({ fix }))).verdict).toBe('verified');
});

test('the presets of the suite can reach every goal between them', () => {
  const applicable = zabPresets
    .filter(({ suite }) => suite)
    .flatMap(({ config }) => buildZab(config).goals.filter((goal) => goal.applicable));
  const all = buildZab({}).goals.map(({ name }) => name);
  expect(new Set(applicable.map(({ name }) => name))).toEqual(new Set(all));
});

/** Names of the state invariants that do not hold in the last state of a path. */
const brokenAt = (model: Model, path: Parameters<typeof execute>[1]): readonly string[] => {
  const last = execute(model, path).at(-1)!;
  const base = model.invariants.filter(
    ({ name }) => !['Agreement', 'TotalOrder', 'PrimaryIntegrity'].includes(name),
  );
  return base
    .filter((invariant) => {
      if (invariant.on === 'action') return !invariant.holds(last.outcome);
      if (
        invariant.on === 'terminal' &&
        enabled(model, last.state).some(({ group }) => group.urgency !== 'environment')
      )
        return false;
      return !invariant.holds(
        invariant.reads.map((read) => argumentValue(read, last.state[model.slots.indexOf(read.slot)])),
      );
    })
    .map(({ name }) => name);
};

test.each(defects)('$name breaks $invariant, if planted for it nothing else', async ({ name, invariant }) => {
  const model = buildZab({ ...defectBounds[name], defect: [name] });
  const { verdict, violations } = await check(model);
  expect(verdict).toBe('violated');
  expect(violations[0]?.property).toBe(invariant);
  const broken = brokenAt(model, violations[0]!.path);
  // What real code got wrong may show in several ways at once.
  if (name.startsWith('ZOOKEEPER')) expect(broken).toContain(invariant);
  else expect(broken).toEqual([invariant]);
});

test.each(defects)(
  'without $name the same bounds show nothing, as far as is searched here',
  async ({ name }) => {
    const { violations, verdict } = await check(buildZab({ ...defectBounds[name] }), { maxStates: 50_000 });
    expect(violations).toEqual([]);
    expect(verdict).not.toBe('violated');
  },
);

test('every base invariant has a defect', () => {
  const planted = new Set(defects.map(({ invariant }) => invariant));
  const corollaries = new Set(['Agreement', 'TotalOrder', 'PrimaryIntegrity']);
  for (const { name } of buildZab({}).invariants)
    if (!corollaries.has(name)) expect(planted, name).toContain(name);
});

test('the same search twice gives the same counterexample', async () => {
  const search = () =>
    check(buildZab({ ...defectBounds['discard-uncommitted'], defect: ['discard-uncommitted'] }));
  const [one, two] = [await search(), await search()];
  expect(one.violations).toEqual(two.violations);
  expect([one.distinct, one.generated]).toEqual([two.distinct, two.generated]);
});

const grains = ['fle', 'oracle', 'atomic'] as const;
const startNames = ['serving', 'established', 'rejoined'] as const;

test.each(grains.flatMap((election) => startNames.map((start) => ({ election, start }))))(
  'the start $start is reached by its path ($election)',
  ({ election, start }) => {
    const chosen = options({ election, start });
    const { path } = reachStart(chosen);
    const script = scriptModel(chosen);
    const reached = named(script, execute(script, path).at(-1)!.state);
    const model = buildZab(chosen);
    const { budgets: _, ...started } = named(model, initialState(model)) as Record<string, unknown>;
    expect(reached).toMatchObject(started);
  },
);

/** Configurations small enough for the twin. */
const small = fc
  .record({
    servers: fc.constantFrom(1, 2),
    observers: fc.constantFrom(0, 1),
    txns: fc.constantFrom(0, 1),
    crashes: fc.constantFrom(0, 1),
    restarts: fc.constantFrom('free' as const, 0),
    timeouts: fc.constantFrom(0, 0, 1),
    cuts: fc.constantFrom(0, 0, 1),
    partitions: fc.constantFrom(0, 0, 1),
    losses: fc.constantFrom(0, 1),
    duplicates: fc.constantFrom(0, 1),
    elections: fc.constantFrom(1, 2),
    rounds: fc.constantFrom(2),
    election: fc.constantFrom('fle' as const, 'oracle' as const, 'atomic' as const),
    electionQueue: fc.constantFrom(1, 2),
    resend: fc.constantFrom('idle' as const, 'free' as const),
    persistence: fc.constantFrom('sync' as const, 'async' as const),
    start: fc.constantFrom('cold' as const, 'established' as const),
    defect: fc.constantFrom([], [], ...defects.map(({ name }) => [name])),
  })
  .filter(
    ({ servers, observers, election, crashes, cuts, partitions, timeouts }) =>
      servers + observers < 3 || (election !== 'fle' && crashes + cuts + partitions + timeouts < 2),
  );

test('the engine and the dumb twin agree on small configurations', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(small, async (given) => {
      const model = buildZab(given);
      const maxDepth = 14;
      const engine = await check(model, { maxDepth });
      const dumb = twin(model, { maxDepth });
      const { distinct, generated, depth, coverage, levels, terminal } = engine;
      expect({ distinct, generated, depth, coverage, levels, terminal }).toEqual({
        distinct: dumb.distinct,
        generated: dumb.generated,
        depth: dumb.depth,
        coverage: dumb.coverage,
        levels: dumb.levels,
        terminal: dumb.terminal,
      });
      // A goal that the engine misses is a violation with no path, and one of the model's own claims about itself.
      const broken = engine.violations.filter(({ property }) =>
        model.invariants.some(({ name }) => name === property),
      );
      expect(broken[0]?.path).toEqual(dumb.violations[0]?.path);
      if (given.defect.length === 0) expect(engine.violations).toEqual([]);
    }),
    { numRuns: 25 },
  );
});
