/** The Zab model, the searches that take long: every pinned preset, and the bounds of every defect without the defect. */
import { expect, test } from 'vitest';
import { check } from '../check.js';
import { coldBounds, defectBounds } from './bounds.js';
import { differences } from './differences.js';
import { buildZab } from './model.js';
import { zabPresets } from './presets.js';
import { agreeOnDrawn } from './testing.js';

test.each(zabPresets.filter(({ pinned }) => pinned))('$name: $summary', async ({ config, pinned }) => {
  const { verdict, distinct, generated, depth } = await check(buildZab(config));
  expect({ verdict, distinct, generated, depth }).toEqual({ verdict: 'verified', ...pinned });
});

/** Where the bounds allow no goal to be missed, so that only invariants count. */
const withoutGoals = (config: Parameters<typeof buildZab>[0]) => ({ ...buildZab(config), goals: [] });

test.each(Object.entries(defectBounds))('without %s its bounds verify', async (_, bounds) => {
  expect((await check(withoutGoals(bounds))).verdict).toBe('verified');
});

const longest = 'ZOOKEEPER-4643';
const others = Object.keys(defectBounds).filter((name) => name.startsWith('ZOOKEEPER') && name !== longest);

test.each(others)('%s is found from the cold start as well', async (name) => {
  const model = withoutGoals({ ...coldBounds(name), defect: [name] });
  expect((await check(model, { symmetry: true })).verdict).toBe('violated');
});

test(`${longest} takes 60 actions from there: a crash between the epoch and its history, and an election`, async () => {
  const bounds = coldBounds(longest);
  expect(bounds).toMatchObject({ start: 'cold', election: 'oracle' });
  const { distinct, violations } = await check(buildZab({ ...bounds, defect: [longest] }), {
    symmetry: true,
  });
  const { path, property } = violations[0]!;
  expect({ distinct, property, depth: path.length }).toEqual({
    distinct: 30_252_021,
    property: 'QuorumDurability',
    depth: 60,
  });
  const crash = path.find((action) => action.name === 'crash')!;
  expect(crash).toMatchObject({ kept: 1, of: 2 });
  expect(path.filter((action) => action.name === 'lookingElectedLeader').at(-1)).toMatchObject({
    server: crash['server'],
  });
  expect(path.at(-1)).toMatchObject({ name: 'followerFlushed', write: 'truncate' });
});

test(`without ${longest} the bounds from the cold start verify too`, async () => {
  const { verdict, symmetry } = await check(buildZab(coldBounds(longest)), { symmetry: true });
  expect({ verdict, distinct: symmetry?.distinct }).toEqual({ verdict: 'verified', distinct: 333_637_389 });
});

test('a follower that is locked out is why not all states of ZooKeeper are known to recover, and all of Zab are', async () => {
  const bounds = { start: 'serving', txns: 0, crashes: 0, timeouts: 3, elections: 1 } as const;
  const zab = await check(buildZab(bounds), { recovery: true });
  expect(zab.recovery).toMatchObject({ verdict: 'recovers', recovering: 20_345, undetermined: 0 });
  const { variant, fix } = differences.find(({ name }) => name === 'locked-out-follower')!.config;
  const other = await check(buildZab({ ...bounds, variant, fix }), { recovery: true });
  expect(other.recovery).toMatchObject({ verdict: 'undetermined', recovering: 20_521, undetermined: 216 });
});

test('the engine and the dumb twin agree on configurations of some thousand states', async () => {
  await agreeOnDrawn(60, 1_500);
});
