import { expect, test } from 'vitest';
import { check } from '../check.js';
import { zabTla } from './zab-tla.js';

test("3-2-1-0 finds exactly TLC's states and successors", async () => {
  const preset = zabTla.presets.find(({ name }) => name === '3-2-1-0')!;
  expect(await check(zabTla.build(preset.config))).toMatchObject({ verdict: 'verified', ...preset.pinned });
});

test('a timeout or a restart among three servers', async () => {
  const config = { servers: 3, txns: 1, timeouts: 1, restarts: 1, recorder: 'counts' };
  expect(await check(zabTla.build(config))).toMatchObject({
    verdict: 'verified',
    distinct: 318_494,
    generated: 612_028,
    depth: 40,
  });
});
