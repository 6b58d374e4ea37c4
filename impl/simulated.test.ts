/** The reducer driven for real, in one process and simulated time: seeded runs under every fault, each reproducible. */
import { expect, test } from 'vitest';
import { rulesOf } from '../spec/variants.js';
import { type RunOptions, type RunReport, run } from './simulated/run.js';

const runs = (count: number, options: Omit<RunOptions, 'seed'>): readonly RunReport[] =>
  Array.from({ length: count }, (_, i) => run({ seed: i + 1, ...options }));

/** The seed is all that it takes to see it again. */
const failures = (reports: readonly RunReport[]) =>
  reports.filter(({ problems }) => problems.length > 0).map(({ seed, problems }) => ({ seed, problems }));

const taken = (reports: readonly RunReport[]): ReadonlySet<string> =>
  new Set(reports.flatMap(({ handlers }) => [...handlers.keys()]));

test('three servers lose nothing, whatever happens', () => {
  const reports = runs(40, {});
  expect(failures(reports)).toEqual([]);
  for (const handler of ['followerProcessSNAP', 'followerProcessTRUNC', 'leaderLogRead', 'leaderTimeout'])
    expect(taken(reports)).toContain(handler);
  expect(reports.reduce((sum, { answered }) => sum + answered, 0)).toBeGreaterThan(2_000);
});

test('five servers', () => {
  expect(failures(runs(12, { voters: 5 }))).toEqual([]);
});

test('three voters and two observers', () => {
  const reports = runs(15, { observers: 2 });
  expect(failures(reports)).toEqual([]);
  expect(taken(reports)).toContain('observerProcessINFORM');
});

test('one server on its own, and two of which none may fail', () => {
  expect(failures(runs(5, { voters: 1 }))).toEqual([]);
  expect(failures(runs(5, { voters: 2, observers: 1 }))).toEqual([]);
});

test('a seed says it all', () => {
  const [first, second] = [run({ seed: 7 }), run({ seed: 7 })];
  expect(second).toEqual(first);
  expect(run({ seed: 8 }).digest).not.toBe(first.digest);
});

/** A run that cannot fail proves nothing. */
test.each([
  'discard-uncommitted',
  'commit-without-quorum',
  'vote-without-zxid',
  'deliver-before-commit',
  'answer-before-commit',
  'forget-to-truncate',
  'forget-outstanding',
  'silent-when-decided',
])('%s is noticed', (defect) => {
  const rules = rulesOf('zab', [defect]);
  const noticed = Array.from({ length: 30 }, (_, i) => i + 1).some(
    (seed) => run({ seed, rules }).problems.length > 0,
  );
  expect(noticed).toBe(true);
});
