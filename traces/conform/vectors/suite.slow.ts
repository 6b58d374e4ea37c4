/** The whole suite: the same bytes each time, passed by our own server, and how many planted defects each tier notices. */
import { expect, test } from 'vitest';
import { defects } from '../../../spec/defects.js';
import { rulesOf } from '../../../spec/variants.js';
import { inProcess } from '../hosts.js';
import { Reference } from '../reference.js';
import { suiteFiles } from './format.js';
import { killsOf } from './kills.js';
import { playSuite } from './play.js';
import { makeSuite } from './suite.js';

test('the suite', async () => {
  const suite = makeSuite();
  expect([...suiteFiles(makeSuite())]).toEqual([...suiteFiles(suite)]);
  const { tiers } = await playSuite(
    inProcess(() => new Reference('zab', rulesOf('zab'))),
    rulesOf('zab'),
    suite,
  );
  for (const { counts, tier } of tiers) expect(counts.passed).toBe(suite.tiers[tier].length);
  const [smoke, standard, never] = await killsOf(suite);
  expect(never!.survivors).toEqual([]);
  expect(smoke!.survivors.length).toBeLessThan(defects.length / 3);
  expect(standard!.survivors.length).toBeLessThanOrEqual(smoke!.survivors.length);
});
