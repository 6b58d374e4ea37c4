/** A search that has next to no memory against one that has all it needs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { check } from './check.js';
import type { Shares } from './engine/shares.js';
import type { Model } from './model.js';
import { twoPhaseCommit } from './models/two-phase-commit.js';
import { modelNamed } from './registry.js';
import type { CheckOptions } from './result.js';
import { found, randomModel, randomSymmetricModel, searches } from './testing.js';

const agree = async (model: Model, shares: Shares, options: CheckOptions = {}) => {
  const inMemory = await check(model, options);
  const spilled = await check(model, { ...options, shares });
  expect(inMemory.spilledBytes).toBe(0);
  expect(found(spilled)).toEqual(found(inMemory));
  return spilled;
};

const tiny: Shares = { fingerprints: 20, segments: 1, segmentCells: 32, linkBytes: 0 };

const preset = (model: string, name: string): Model => {
  const definition = modelNamed(model);
  return definition.build(definition.presets.find((one) => one.name === name)!.config);
};

test('random models', { timeout: 120_000 }, async () => {
  const shares = fc.record({
    fingerprints: fc.integer({ min: 1, max: 200 }),
    segments: fc.integer({ min: 1, max: 3 }),
    segmentCells: fc.integer({ min: 3, max: 200 }),
    linkBytes: fc.constant(0),
  });
  let spilled = 0;
  await fc.assert(
    fc.asyncProperty(
      searches(shares),
      async ({ seed, slotCount, groupCount, rarity, keepGoing, shares: few }) => {
        const model = randomModel(seed, slotCount, groupCount, rarity);
        const { spilledBytes } = await agree(model, few, { maxDepth: 8, keepGoing });
        if (spilledBytes > 0) spilled++;
      },
    ),
    { numRuns: 60 },
  );
  expect(spilled).toBeGreaterThan(0);
});

test('random models that are symmetric', async () => {
  for (let seed = 0; seed < 8; seed++) {
    const options = { symmetry: true, maxDepth: 5, keepGoing: seed % 2 === 0 };
    await agree(randomSymmetricModel(seed, 3, 200), { ...tiny, fingerprints: 100 }, options);
  }
});

describe('models with known counts', () => {
  test('two-phase commit, its links on disk too', async () => {
    const shares = { fingerprints: 30_000, segments: 2, segmentCells: 1 << 13, linkBytes: 0 };
    const result = await agree(preset('two-phase-commit', 'participants-7'), shares);
    expect(result).toMatchObject({ verdict: 'verified', distinct: 296_448 });
    const broken = twoPhaseCommit.build({ participants: 5, defect: 'commit-early' });
    expect(await agree(broken, tiny)).toMatchObject({ verdict: 'violated' });
  });

  test('zab, tiny: the whole of it in a handful of states', async () => {
    const result = await agree(preset('zab', 'tiny'), tiny);
    expect(result).toMatchObject({ verdict: 'verified', distinct: 2_425, generated: 5_143 });
  });

  test('zab, with a defect and with what can break further on', async () => {
    const { build } = modelNamed('zab');
    const shares = { fingerprints: 100, segments: 2, segmentCells: 200, linkBytes: 0 };
    const result = await agree(build({ defect: ['commit-without-quorum'] }), shares, {
      keepGoing: true,
      maxDepth: 14,
    });
    expect(result.violations.length).toBeGreaterThan(0);
  });
});

test('bounds end a search at the same place', async () => {
  const model = preset('two-phase-commit', 'participants-5');
  await agree(model, { ...tiny, fingerprints: 300 }, { maxStates: 4_000 });
  await agree(model, { ...tiny, fingerprints: 300 }, { maxDepth: 9 });
});
