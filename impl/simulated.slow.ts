/** Thousands of simulated runs, and the planted defects that it takes many of them to notice. */
import { expect, test } from 'vitest';
import { rulesOf } from '../spec/variants.js';
import { type RunOptions, run } from './simulated/run.js';

const firstFailure = (from: number, count: number, options: Omit<RunOptions, 'seed'>) => {
  for (let seed = from; seed < from + count; seed++) {
    const { problems } = run({ seed, ...options });
    if (problems.length > 0) return { seed, problems };
  }
  return null;
};

test.each<[string, number, Omit<RunOptions, 'seed'>]>([
  ['three servers', 3_000, {}],
  ['three servers whose window holds all', 500, { window: 500 }],
  ['three servers whose window holds next to nothing', 500, { window: 1 }],
  ['five servers', 600, { voters: 5 }],
  ['three voters and two observers', 600, { observers: 2 }],
  ['long runs', 100, { faultyMs: 15_000 }],
])('%s, %i runs', (_, count, options) => {
  expect(firstFailure(1_000, count, options)).toBeNull();
});

test.each(['ack-before-flush', 'recovery-skips-first', 'zxid-of-another-epoch'])(
  '%s is noticed',
  (defect) => {
    expect(firstFailure(1, 1_000, { rules: rulesOf('zab', [defect]) })).not.toBeNull();
  },
);
