import { describe, expect, test } from 'vitest';
import { captureLog } from '../capture.js';
import { playReal } from './conform.js';
import { whyNoZooKeeper } from './install.js';
import { differences, outcomeOf } from './outcome.js';
import { realScenarios } from './scenarios.js';

const missing = whyNoZooKeeper();
const PATIENCE_MS = 240_000;

/** Those that show most: an election, a rollback, a write that survives, and the two known defects. */
const played = ['cold-start', 'leader-crash-before-commit', 'ZOOKEEPER-4394', 'ZOOKEEPER-4643'];

describe.skipIf(missing !== null)(`real servers${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  test.for(realScenarios.filter(({ name }) => played.includes(name)))(
    '$name: $summary',
    { timeout: PATIENCE_MS },
    async (scenario) => {
      const { verdict, why, capture, broken } = await playReal(scenario);
      expect({ verdict, why }).toEqual({ verdict: 'passed', why: undefined });
      expect(broken.map(({ invariant }) => invariant)).toEqual(scenario.breaks ?? []);
      expect(captureLog(capture).events.length).toBeGreaterThan(50);
    },
  );
});

test('the ends of the crashes are read off the runs of the specification', () => {
  expect(outcomeOf('leader-crash-before-commit')).toEqual({
    leader: 2,
    epoch: 2,
    write: 'gone',
    client: 'CONNLOSS',
    rejoins: 'TRUNC',
  });
  const ends = realScenarios
    .filter(({ name }) => name.startsWith('leader-crash'))
    .map(({ name, expected }) => [name, ...Object.values(expected())].join(' '));
  expect(ends).toEqual([
    'leader-crash-before-commit 2 2 gone CONNLOSS TRUNC',
    'leader-crash-before-commit-then-write 2 2 gone CONNLOSS SNAP',
    'leader-crash-before-commit-survives 1 2 survives CONNLOSS DIFF',
    'leader-crash-after-commit 2 2 survives OK DIFF',
    'leader-crash-after-commit-one-follower 1 2 survives OK DIFF',
    'leader-crash-before-proposal 2 2 gone CONNLOSS DIFF',
  ]);
});

test('an end that is another is told field by field', () => {
  const expected = { leader: 2, epoch: 2, write: 'gone', client: 'CONNLOSS' } as const;
  expect(differences(expected, expected)).toEqual([]);
  expect(differences(expected, { ...expected, leader: 1, write: 'survives' })).toEqual([
    { what: 'leader', specification: '2', real: '1' },
    { what: 'write', specification: 'gone', real: 'survives' },
  ]);
});
