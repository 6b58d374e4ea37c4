/** The Zab model: pinned counts, goals, planted defects, starts; and agreement with the dumb twin. */
import { expect, test } from 'vitest';
import { defects } from '../../spec/defects.js';
import type { Txn } from '../../spec/history.js';
import { makeZxid } from '../../spec/zxid.js';
import { check } from '../check.js';
import type { Model } from '../model.js';
import { argumentValue } from '../model.js';
import { enabled, execute, initialState, named } from '../plain.js';
import { defectBounds } from './bounds.js';
import { buildZab } from './model.js';
import { type ZabOptions, zabSchema } from './options.js';
import { zabPresets } from './presets.js';
import { reachStart, scriptModel } from './starts.js';
import { agreeOnDrawn } from './testing.js';

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

test('over a partition a follower gives up a leader that died before it, or behind it', async () => {
  const bounds = { election: 'atomic', start: 'established', txns: 0, partitions: 1 } as const;
  expect(await check(buildZab(bounds), { maxDepth: 12 })).toMatchObject({
    bound: 'max-depth',
    violations: [],
  });
});

test.each([
  { election: 'fle', rounds: 1, timeouts: 1, servers: 2 },
  { election: 'fle', rounds: 1, start: 'serving', partitions: 1, crashes: 0 },
  { election: 'fle', rounds: 1, start: 'rejoined', servers: 2, observers: 1, crashes: 0 },
] as const)('a bound of rounds leaves no goal that cannot be reached: %o', async (bounds) => {
  expect(await check(buildZab(bounds))).toMatchObject({ verdict: 'verified' });
});

test('where clients write to leaders alone nothing is forwarded, and no goal is missed for it', async () => {
  const bounds = { clients: 'leader', crashes: 0, elections: 1 } as const;
  const { verdict, distinct, coverage, goals } = await check(buildZab(bounds));
  expect({ verdict, distinct }).toEqual({ verdict: 'verified', distinct: 1483 });
  expect(Object.keys(coverage).filter((name) => name.endsWith('REQUEST'))).toEqual([]);
  expect(goals.find(({ name }) => name === 'ForwardedWriteCommits')).toMatchObject({ applicable: false });
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

test('ZOOKEEPER-4643 is found as it happened: a crash between the epoch and its history, and then an election', async () => {
  const name = 'ZOOKEEPER-4643';
  const { violations } = await check(buildZab({ ...defectBounds[name], defect: [name] }));
  const { path } = violations[0]!;
  const between = path.findIndex((action) => action.name === 'crash' && action['kept'] === 1);
  expect(path[between]).toMatchObject({ of: 2 });
  const victim = path[between]!['server'];
  expect(path.slice(between)).toContainEqual(expect.objectContaining({ name: 'elect', server: victim }));
  expect(path.at(-1)).toMatchObject({ name: 'followerFlushed', write: 'truncate' });
});

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

const reachable: readonly Partial<ZabOptions>[] = [
  ...grains.flatMap((election) => startNames.map((start) => ({ election, start }))),
  { election: 'oracle', start: 'diverged', observers: 1 },
];

test.each(reachable.flatMap((given) => [given, { ...given, persistence: 'async' as const }]))(
  'the start $start is reached by its path ($election $persistence)',
  (given) => {
    const chosen = options(given);
    const { path } = reachStart(chosen);
    const script = scriptModel(chosen);
    const reached = named(script, execute(script, path).at(-1)!.state);
    const model = buildZab(chosen);
    const { budgets: _, ...started } = named(model, initialState(model)) as Record<string, unknown>;
    expect(reached).toMatchObject(started);
  },
);

test('a start that is out of reach is refused by its name', () => {
  expect(() => buildZab({ start: 'diverged' })).toThrow(/the start diverged cannot be reached/);
  expect(() => buildZab({ start: 'rejoined', servers: 1 })).toThrow(/the start rejoined cannot be reached/);
  // One epoch after the other, none of them established: no state ever comes twice.
  expect(() =>
    buildZab({ start: 'rejoined', variant: 'zookeeper-3.8', election: 'oracle', persistence: 'sync' }),
  ).toThrow(/the start rejoined cannot be reached.*no rest/);
});

test('diverged: whoever has the lost proposal is cut back or given a snapshot, and catches up', async () => {
  const model = buildZab({ start: 'diverged', observers: 1, crashes: 0, elections: 1 });
  const held = makeZxid(1, 2);
  const state = named(model, initialState(model)) as Record<string, any>;
  const has = (sid: number) => state[`disk ${sid}`].log.some((txn: Txn) => txn.zxid === held);
  expect([1, 2, 3, 4].filter(has)).toEqual([1, 4]);
  expect(state.ghost.committed).not.toContainEqual(expect.objectContaining({ zxid: held }));
  const { verdict, coverage } = await check(model);
  expect(verdict).toBe('verified');
  for (const role of ['follower', 'observer'])
    for (const by of ['TRUNC', 'SNAP']) expect(coverage[`${role}Process${by}`]).toBeGreaterThan(0);
});

test('the engine and the dumb twin agree on small configurations, and on the beginnings of others', {
  timeout: 180_000,
}, async () => {
  await agreeOnDrawn(30, 200);
});
