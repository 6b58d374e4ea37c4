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

test.each(Object.keys(defectBounds).filter((name) => name.startsWith('ZOOKEEPER')))(
  '%s is found from the cold start as well',
  async (name) => {
    expect((await check(withoutGoals({ ...coldBounds(name), defect: [name] }))).verdict).toBe('violated');
  },
);

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
