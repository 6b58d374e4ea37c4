import { expect, test } from 'vitest';
import { check } from '../check.js';
import { twin } from '../twin.js';
import { twoPhaseCommit } from './two-phase-commit.js';

/** TLC's counts of the TLA+ specification; its depth counts states, ours actions. */
test.each(twoPhaseCommit.presets.filter(({ suite }) => suite))(
  '$name gives the published counts',
  async (preset) => {
    const result = await check(twoPhaseCommit.build(preset.config));
    expect(result).toMatchObject({ verdict: 'verified', complete: true, violations: [], ...preset.pinned });
  },
);

test('exactly, with no fingerprints', async () => {
  const { config, pinned } = twoPhaseCommit.presets.find(({ name }) => name === 'participants-5')!;
  const result = await check(twoPhaseCommit.build(config), { exact: true });
  expect(result).toMatchObject({ verdict: 'verified', collisionProbability: 0, ...pinned });
});

test('the twin counts the same', async () => {
  const model = twoPhaseCommit.build({ participants: 4 });
  const { goalDepths, ...expected } = twin(model);
  const result = await check(model);
  expect(result).toMatchObject(expected);
  expect(result.goals.map(({ depth }) => depth)).toEqual(goalDepths);
});

test('a commit that waits for one participant too few breaks TCConsistent', async () => {
  const result = await check(twoPhaseCommit.build({ participants: 3, defect: 'commit-early' }));
  expect(result.verdict).toBe('violated');
  expect(result.violations).toHaveLength(1);
  expect(result.violations[0]).toMatchObject({
    property: 'TCConsistent',
    depth: 7,
    path: [
      { name: 'RMChooseToAbort', rm: 1 },
      { name: 'RMPrepare', rm: 2 },
      { name: 'TMRcvPrepared', rm: 2 },
      { name: 'RMPrepare', rm: 3 },
      { name: 'TMRcvPrepared', rm: 3 },
      { name: 'TMCommit' },
      { name: 'RMRcvCommitMsg', rm: 2 },
    ],
    offending: { 'rm1.decision': 'aborted', 'rm2.decision': 'committed', 'rm3.decision': null },
  });
});

test('a configuration is checked', () => {
  expect(() => twoPhaseCommit.build({ participants: 0 })).toThrow();
  expect(() => twoPhaseCommit.build({ participants: 3, typo: 1 })).toThrow();
});
