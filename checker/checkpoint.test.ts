/** A search that is interrupted and goes on in another one, against one that is not. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check } from './check.js';
import type { Shares } from './engine/shares.js';
import { lockFolder } from './lock.js';
import type { Model } from './model.js';
import { modelNamed } from './registry.js';
import type { CheckOptions } from './result.js';
import { found, randomModel, randomSymmetricModel, searches } from './testing.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zab-checkpoint-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Interrupts a search after so many blocks, again and again until it is through. */
const inPieces = async (model: Model, blocks: number, options: CheckOptions) => {
  const checkpoint = mkdtempSync(join(folder, 'run-'));
  for (let pieces = 1; ; pieces++) {
    let left = blocks;
    const result = await check(model, {
      ...options,
      ...(pieces === 1 ? { checkpoint } : { resume: checkpoint }),
      breathMs: 0,
      interrupted: () => left-- === 0,
    });
    if (result.bound !== 'interrupted') return { result: found(result), pieces };
  }
};

/** Segments of a few states make blocks of a few states. */
const inMemory: Shares = { fingerprints: 1e6, segments: 1e6, segmentCells: 64, linkBytes: 1e6 };
const tiny: Shares = { fingerprints: 50, segments: 1, segmentCells: 64, linkBytes: 0 };

const preset = (model: string, name: string): Model => {
  const definition = modelNamed(model);
  return definition.build(definition.presets.find((one) => one.name === name)!.config);
};

describe('what goes on from checkpoints ends as if nothing had been', () => {
  test('random models, in memory and spilled', { timeout: 120_000 }, async () => {
    let interruptions = 0;
    await fc.assert(
      fc.asyncProperty(
        searches(fc.constantFrom(inMemory, tiny)),
        fc.integer({ min: 3, max: 12 }),
        async ({ seed, slotCount, groupCount, rarity, keepGoing, shares }, blocks) => {
          const model = randomModel(seed, slotCount, groupCount, rarity);
          const options = { maxDepth: 7, keepGoing };
          const run = await inPieces(model, blocks, { ...options, shares });
          expect(run.result).toEqual(found(await check(model, options)));
          interruptions += run.pieces - 1;
        },
      ),
      { numRuns: 40 },
    );
    expect(interruptions).toBeGreaterThan(3);
  });

  test('symmetric ones', async () => {
    for (let seed = 0; seed < 4; seed++) {
      const model = randomSymmetricModel(seed, 3, 200);
      const options = { symmetry: true, maxDepth: 4, keepGoing: true };
      const { result } = await inPieces(model, 20, { ...options, shares: tiny });
      expect(result).toEqual(found(await check(model, options)));
    }
  });

  test('zab, tiny, and recovery asked for at the end', async () => {
    const model = preset('zab', 'tiny');
    const { result, pieces } = await inPieces(model, 60, { shares: tiny, recovery: true });
    expect(pieces).toBeGreaterThan(3);
    const { recovery: one, ...rest } = result;
    const { recovery: other, ...expected } = found(await check(model, { recovery: true }));
    expect(rest).toEqual(expected);
    expect({ ...one, seconds: 0 }).toEqual({ ...other, seconds: 0 });
  });

  test('a bound that is met ends with a checkpoint, from which a search with a wider one goes on', async () => {
    const model = preset('zab', 'tiny');
    const checkpoint = join(folder, 'new');
    const first = await check(model, { checkpoint, maxDepth: 9 });
    expect(first).toMatchObject({ bound: 'max-depth', depth: 9 });
    expect(await check(model, { resume: checkpoint, maxDepth: 9 })).toMatchObject({
      bound: 'max-depth',
      depth: 9,
    });
    expect(found(await check(model, { resume: checkpoint }))).toEqual(found(await check(model)));
  });
});

describe('a checkpoint is refused', () => {
  const model = preset('zab', 'tiny');
  const options = { specification: 'one' };
  const written = async (): Promise<string> => {
    const checkpoint = join(folder, 'written');
    await check(model, { ...options, checkpoint, maxDepth: 9 });
    return checkpoint;
  };
  const refusal = async (resume: string, other: Model = model, more: CheckOptions = {}): Promise<string> => {
    const error: unknown = await check(other, { ...options, ...more, resume }).catch((e: unknown) => e);
    expect((error as Error).name).toBe('InputError');
    return (error as Error).message;
  };

  test('where it is of another search', async () => {
    const at = await written();
    const { build } = modelNamed('zab');
    const { config } = modelNamed('zab').presets.find(({ name }) => name === 'tiny')!;
    expect(await refusal(at, build({ ...config, txns: 2 }))).toMatch(/config\.txns is 1 there, 2 here/);
    expect(await refusal(at, preset('two-phase-commit', 'participants-3'))).toMatch(/model is "zab" there/);
    expect(await refusal(at, { ...model, goals: [] })).toMatch(/properties is/);
    expect(await refusal(at, model, { specification: 'two' })).toMatch(/code of the specification/);
  });

  test('where one of the two searches is for orbits', async () => {
    const symmetric = randomSymmetricModel(1, 3, 100_000);
    for (const symmetry of [true, false]) {
      const checkpoint = join(folder, `symmetry ${symmetry}`);
      await check(symmetric, { ...options, checkpoint, maxDepth: 3, symmetry });
      expect(await refusal(checkpoint, symmetric, { symmetry: !symmetry })).toContain(
        `symmetry is ${symmetry} there, ${!symmetry} here`,
      );
    }
  });

  test('where there is none, or already one', async () => {
    expect(await refusal(join(folder, 'nowhere'))).toMatch(/nowhere holds no checkpoint/);
    const at = await written();
    await expect(check(model, { checkpoint: at })).rejects.toThrow(
      /holds a checkpoint; go on from it with --resume/,
    );
  });

  test('while another search writes there, and not after', async () => {
    const at = await written();
    const unlock = await lockFolder(at);
    expect(await refusal(at)).toMatch(/--resume: .*another search is writing its checkpoints there/);
    await unlock();
    expect((await check(model, { ...options, resume: at })).verdict).toBe('verified');
  });

  test('where another search has just begun one', async () => {
    const checkpoint = join(folder, 'begun');
    mkdirSync(checkpoint);
    const unlock = await lockFolder(checkpoint);
    await expect(check(model, { checkpoint })).rejects.toThrow(/--checkpoint: .*another search is writing/);
    await unlock();
    expect((await check(model, { checkpoint })).verdict).toBe('verified');
  });

  test('where a byte of it is damaged, or the end is missing', { timeout: 60_000 }, async () => {
    const at = await written();
    for (const name of readdirSync(at)) {
      const file = join(at, name);
      const whole = readFileSync(file);
      for (let i = 0; i < 12; i++) {
        const place = Math.floor((i * whole.length) / 12);
        const damaged = Buffer.from(whole);
        damaged[place]! ^= 0x10;
        writeFileSync(file, damaged);
        expect(await refusal(at)).toContain(file);
        writeFileSync(file, whole);
        truncateSync(file, place);
        expect(await refusal(at)).toContain(file);
        writeFileSync(file, whole);
      }
    }
    expect(found(await check(model, { ...options, resume: at }))).toEqual(found(await check(model)));
  });

  test('what an unfinished write left behind does no harm', async () => {
    const at = await written();
    const states = join(at, 'states.zab');
    const { size } = statSync(states);
    writeFileSync(states, 'half a block', { flag: 'a' });
    writeFileSync(join(at, 'checkpoint.zab.new'), 'half a checkpoint');
    expect(found(await check(model, { ...options, resume: at, maxDepth: 9 }))).toMatchObject({ depth: 9 });
    expect(statSync(states).size).toBe(size);
  });
});
