/** The reducer driven for real, in one process and simulated time: seeded runs under every fault, each reproducible. */
import { expect, test } from 'vitest';
import { rulesOf } from '../spec/variants.js';
import { zabRules } from '../spec/rules.js';
import { judgeRecording, readRecording } from '../traces/validate/recording.js';
import type { Hooks } from './hooks.js';
import { type RunOptions, type RunReport, run } from './simulated/run.js';
import { headerLine, stepLine } from './trace/recorder.js';

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

test('every recorded step of every life is the reducer’s own', () => {
  const config = { voters: [1, 2, 3], observers: [], election: 'fle', window: 5, rules: zabRules } as const;
  const recordings: object[][] = [];
  const hooks = (sid: number): Hooks => {
    const lines: object[] = [];
    recordings.push(lines);
    return {
      booted: (stored) => lines.push(headerLine(config, sid, stored)),
      stepped: (before, event, taken) => lines.push(stepLine(lines.length, before, event, taken)),
    };
  };
  for (let seed = 1; seed <= 4; seed++) run({ seed, hooks });
  expect(recordings.length).toBeGreaterThan(20);
  for (const lines of recordings) {
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    const { steps, mismatch } = judgeRecording(readRecording(text, true));
    expect([steps, mismatch]).toEqual([lines.length - 1, null]);
  }
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
