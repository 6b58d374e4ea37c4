/** The Zab model, the searches that take long: every pinned preset, and the bounds of every defect without the defect. */
import { expect, test } from 'vitest';
import { check } from '../check.js';
import { defectBounds } from './bounds.js';
import { buildZab } from './model.js';
import { zabPresets } from './presets.js';

test.each(zabPresets.filter(({ pinned }) => pinned))('$name: $summary', async ({ config, pinned }) => {
  const { verdict, distinct, generated, depth } = await check(buildZab(config));
  expect({ verdict, distinct, generated, depth }).toEqual({ verdict: 'verified', ...pinned });
});

/** Where the bounds allow no goal to be missed, so that only invariants count. */
const withoutGoals = (config: Parameters<typeof buildZab>[0]) => ({ ...buildZab(config), goals: [] });

test.each(Object.entries(defectBounds))('without %s its bounds verify', async (_, bounds) => {
  expect((await check(withoutGoals(bounds))).verdict).toBe('verified');
});

/** What a defect needs from the cold start: a write where none is under way yet, and for 4712 one to build upon. */
const coldBounds: Readonly<Record<string, object>> = { 'ZOOKEEPER-4712': { servers: 2, txns: 2 } };

test.each(
  Object.keys(defectBounds).filter((name) => name.startsWith('ZOOKEEPER') && name !== 'ZOOKEEPER-4925'),
)('%s is found from the cold start as well', async (name) => {
  const bounds = { ...defectBounds[name], start: 'cold', txns: 1, ...coldBounds[name], defect: [name] };
  expect((await check(withoutGoals(bounds))).verdict).toBe('violated');
});
