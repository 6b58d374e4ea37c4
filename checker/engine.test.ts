/** The engine against its dumb twin, on models that nobody would write. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agreeWithTwin, randomModel } from './testing.js';

const parameters = fc.record({
  seed: fc.nat(1_000_000),
  slotCount: fc.integer({ min: 1, max: 5 }),
  groupCount: fc.integer({ min: 1, max: 6 }),
  rarity: fc.constantFrom(3, 20, 100_000),
  keepGoing: fc.boolean(),
  exact: fc.boolean(),
  webAssembly: fc.boolean(),
});

test('the engine and the twin agree on random models', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(parameters, async ({ seed, slotCount, groupCount, rarity, ...options }) => {
      await agreeWithTwin(randomModel(seed, slotCount, groupCount, rarity), { maxDepth: 6, ...options });
    }),
    { numRuns: 150 },
  );
});

test('random models are worth comparing: some are large, some violated, some have terminal states', async () => {
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, seed) =>
      agreeWithTwin(randomModel(seed, 1 + (seed % 5), 6, 20), { maxDepth: 7, keepGoing: true }),
    ),
  );
  expect(results.some(({ distinct }) => distinct > 300)).toBe(true);
  expect(results.some(({ violations }) => violations.length > 1)).toBe(true);
  expect(results.some(({ terminal }) => terminal > 0)).toBe(true);
  expect(results.some(({ complete }) => complete)).toBe(true);
});
