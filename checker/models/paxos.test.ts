import { describe, expect, test } from 'vitest';
import { check } from '../check.js';
import { twin } from '../twin.js';
import { paxos } from './paxos.js';

describe("finds exactly Stateright's states and deliveries", () => {
  test.each(paxos.presets.filter(({ suite }) => suite))('$name', async ({ config, pinned }) => {
    const result = await check(paxos.build(config));
    expect(result).toMatchObject({ verdict: 'verified', ...pinned });
    expect(Object.values(result.coverage).every((count) => count > 0)).toBe(true);
  });
});

test('agrees with the dumb explorer', async () => {
  const model = paxos.build({ clients: 1 });
  const { distinct, generated, levels, coverage } = await check(model);
  expect(twin(model)).toMatchObject({ distinct, generated, levels, coverage });
});

/** The path that Stateright's own test of this example expects. */
test('a client reads what it wrote after eight deliveries', async () => {
  const { goals } = await check(paxos.build({ clients: 2 }));
  expect(goals).toMatchObject([{ name: 'ValueRead', reached: true, depth: 8 }]);
});

describe('a planted defect breaks the invariant that it is planted for', () => {
  test.each(paxos.defects)('$name: $invariant', async ({ name, invariant, config }) => {
    const { violations } = await check(paxos.build({ ...config, defect: name }));
    expect(violations.map(({ property }) => property)).toEqual([invariant]);
  });

  test('what two servers decide differently, clients come to see', async () => {
    const { violations } = await check(paxos.build({ defect: 'promise-broken' }), { keepGoing: true });
    expect(violations.map(({ property, depth }) => [property, depth])).toEqual([
      ['Agreement', 10],
      ['Linearizable', 17],
    ]);
  });
});
