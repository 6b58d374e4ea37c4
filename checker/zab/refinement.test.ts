/**
 * The grains of election and of persistence against each other, on ensembles small enough to exhaust in seconds and on
 * walks of larger ones; and that each comparison can fail. The larger spaces are in refinement.slow.ts.
 */
import { describe, expect, test } from 'vitest';
import type { Model } from '../model.js';
import { buildZab } from './model.js';
import { type ZabOptions, zabSchema } from './options.js';
import { boundariesOf, missing } from './refinement.js';
import { idleStatesOf, Numbers } from './refinement-persistence.js';
import { oracleFor, oracleSteps } from './refinement-steps.js';
import { walk } from './refinement-walk.js';

const quiet = { crashes: 0, txns: 0 };

const without = (model: Model, ...groups: readonly string[]): Model => ({
  ...model,
  groups: model.groups.filter(({ name }) => !groups.includes(name)),
});

describe('Fast Leader Election refines the oracle at the discovery boundary', () => {
  test('without a fault: every leader, learners and disks that it comes to are among the oracle’s', async () => {
    const fle = await boundariesOf(buildZab({ ...quiet, election: 'fle' }));
    const oracle = await boundariesOf(buildZab({ ...quiet, elections: 1 }));
    expect(missing(fle, oracle)).toEqual([]);
    expect([fle.size, oracle.size]).toEqual([4, 6]);
  });

  test('an oracle that elects no second server falls short of it', async () => {
    const fle = await boundariesOf(buildZab({ ...quiet, election: 'fle' }));
    const oracle = await boundariesOf(without(buildZab({ ...quiet, elections: 1 }), 'lead 2'));
    expect(missing(fle, oracle).map(({ leader }) => leader)).toEqual([2, 2]);
  });
});

const five: Partial<ZabOptions> = {
  servers: 5,
  txns: 3,
  crashes: 2,
  timeouts: 2,
  cuts: 1,
  partitions: 1,
  losses: 2,
  duplicates: 1,
  election: 'fle',
  electionQueue: 2,
};

/** How often each sequence of oracle actions stood for a step of the walks; `null` where nothing did. */
const explain = (fine: Model, oracle: Model, seeds: readonly number[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const seed of seeds)
    walk(fine, { seed, steps: 300, faults: 0.05 }, (before, step) => {
      const steps = oracleSteps(oracle, fine, before, step.state);
      const name = steps === null ? 'null' : steps.join(' ');
      counts[name] = (counts[name] ?? 0) + 1;
    });
  return counts;
};

describe('on five servers, every step of a walk is nothing, one or two steps of the oracle', () => {
  const options = zabSchema.parse(five);

  test('seeds 1 to 4', () => {
    const counts = explain(buildZab(options), oracleFor(options), [1, 2, 3, 4]);
    expect(counts.null).toBeUndefined();
    for (const name of ['', 'lookingElectedLeader', 'lookingElectedFollower followerConnected', 'crash'])
      expect(counts[name], name).toBeGreaterThan(0);
    // The boundary lies within what both have in common.
    expect(counts.followerProcessLEADERINFO).toBeGreaterThan(0);
  });

  test('an oracle under which nobody follows explains no connection', () => {
    const oracle = oracleFor(options);
    const follows = oracle.groups.filter(({ name }) => name.startsWith('follow ')).map(({ name }) => name);
    expect(explain(buildZab(options), without(oracle, ...follows), [1]).null).toBeGreaterThan(0);
  });

  test('a leader that commits without a quorum is not explained', () => {
    const defective = buildZab({ ...options, defect: ['commit-without-quorum'] });
    expect(explain(defective, oracleFor(options), [1, 2]).null).toBeGreaterThan(0);
  });
});

const persistence = async (given: Partial<ZabOptions>, sync: Partial<ZabOptions> = {}) => {
  const numbers = new Numbers();
  const coarseGrain = await idleStatesOf(buildZab({ ...given, ...sync, persistence: 'sync' }), numbers);
  const fineGrain = await idleStatesOf(buildZab({ ...given, persistence: 'async' }), numbers);
  const lost = [...coarseGrain.idle].filter((state) => !fineGrain.idle.has(state)).length;
  return {
    sync: coarseGrain.distinct,
    lost,
    ofAsyncAlone: fineGrain.idle.size - (coarseGrain.idle.size - lost),
  };
};

describe('what synchronous persistence reaches, asynchronous persistence reaches with idle disks', () => {
  test('three servers, a write', async () => {
    expect(await persistence({ crashes: 0, elections: 1 })).toEqual({
      sync: 2425,
      lost: 0,
      ofAsyncAlone: 24,
    });
  });

  test('two servers, a write, a crash', async () => {
    expect(await persistence({ servers: 2 })).toEqual({ sync: 2014, lost: 0, ofAsyncAlone: 396 });
  });

  test('and nothing else: without writes no flush can come late', async () => {
    expect(await persistence({ crashes: 0, elections: 1, txns: 0 })).toMatchObject({
      lost: 0,
      ofAsyncAlone: 0,
    });
  });

  test('states of another protocol are not found', async () => {
    const { lost } = await persistence({ servers: 2 }, { defect: ['commit-without-quorum'] });
    expect(lost).toBeGreaterThan(0);
  });
});
