import { expect, test } from 'vitest';
import { check } from '../check.js';
import { twoPhaseCommit } from './two-phase-commit.js';

/** Ten million states: the count at which linear keys lost some thousands of them. */
test('nine participants', async () => {
  const preset = twoPhaseCommit.presets.find(({ name }) => name === 'participants-9')!;
  expect(await check(twoPhaseCommit.build(preset.config))).toMatchObject({
    verdict: 'verified',
    ...preset.pinned,
  });
});
