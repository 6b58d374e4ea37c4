/** The grains against each other where that takes more than a few seconds; see refinement.test.ts. */
import { expect, test } from 'vitest';
import type { Model } from '../model.js';
import { initialState, named } from '../plain.js';
import { buildZab, modelFrom } from './model.js';
import { type ZabOptions, zabSchema } from './options.js';
import { boundariesOf, missing } from './refinement.js';
import { idleStatesOf, Numbers } from './refinement-persistence.js';
import { coarse, oracleFor, oracleSteps } from './refinement-steps.js';
import { walk } from './refinement-walk.js';
import { initialBudgets } from './slots.js';

test('three servers and a crash: all that Fast Leader Election brings to the discovery boundary', async () => {
  const fle = await boundariesOf(buildZab({ txns: 0, election: 'fle' }));
  // Of a hundred outcomes, two need somebody to give up in silence, which under the oracle is a spurious time-out.
  expect(missing(fle, await boundariesOf(buildZab({ txns: 0, elections: 3 })))).toHaveLength(2);
  expect(missing(fle, await boundariesOf(buildZab({ txns: 0, elections: 3, timeouts: 1 })))).toEqual([]);
  expect(fle.size).toBe(100);
});

/** The oracle from the very state, votes apart, that another model starts with. */
const established = (fine: Model, given: Partial<ZabOptions>): Model => {
  const options = zabSchema.parse({ ...fine.config, election: 'oracle', ...given });
  const start = coarse(named(fine, initialState(fine)));
  const { nextTxn } = start.budgets as { nextTxn: number };
  return modelFrom(options, { ...start, budgets: { ...initialBudgets(options), nextTxn } });
};

test('one who gives up in silence, the oracle has only as a spurious time-out', async () => {
  // A crash in an established ensemble leaves servers that wait for each other; votes run dry, and a leader gives up.
  const fine = buildZab({ start: 'established', txns: 0, election: 'fle' });
  const fle = await boundariesOf(fine);
  const outcomes = (given: Partial<ZabOptions>) => boundariesOf(established(fine, given));
  expect(missing(fle, await outcomes({ elections: 3 }))).toMatchObject([
    { leader: 2, epoch: 3, learners: [1] },
  ]);
  expect(missing(fle, await outcomes({ elections: 2, timeouts: 1 }))).toEqual([]);
  expect(fle.size).toBe(19);
});

test('three servers and a spurious time-out', async () => {
  const quiet = { crashes: 0, txns: 0 };
  const fle = await boundariesOf(buildZab({ ...quiet, timeouts: 1, election: 'fle' }));
  expect(missing(fle, await boundariesOf(buildZab({ ...quiet, timeouts: 2, elections: 3 })))).toEqual([]);
  expect(fle.size).toBe(106);
});

const ensembles: readonly Partial<ZabOptions>[] = [
  { servers: 5, losses: 2, duplicates: 1, partitions: 1, cuts: 1, electionQueue: 2 },
  { servers: 5, persistence: 'async' },
  { servers: 3, observers: 1, partitions: 1 },
];

test.each(ensembles)('sixty walks: the oracle has every step (%o)', (given) => {
  const options = zabSchema.parse({ txns: 3, crashes: 2, timeouts: 2, election: 'fle', ...given });
  const [fine, oracle] = [buildZab(options), oracleFor(options)];
  let decided = 0;
  for (let seed = 1; seed <= 60; seed++)
    walk(fine, { seed, steps: 400, faults: 0.05 }, (before, step) => {
      const steps = oracleSteps(oracle, fine, before, step.state);
      expect(steps, `seed ${seed}: ${JSON.stringify(step.outcome.action)}`).not.toBeNull();
      if (steps?.includes('lookingElectedLeader')) decided++;
    });
  expect(decided).toBeGreaterThan(60);
});

test('the default preset: each of 243,524 states of sync is one of async', async () => {
  const numbers = new Numbers();
  const sync = await idleStatesOf(buildZab({}), numbers);
  const async = await idleStatesOf(buildZab({ persistence: 'async' }), numbers);
  const lost = [...sync.idle].filter((state) => !async.idle.has(state));
  expect(lost).toEqual([]);
  expect([sync.idle.size, async.idle.size, async.distinct]).toEqual([243_524, 314_507, 939_095]);
});
