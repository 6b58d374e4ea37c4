import { describe, expect, test } from 'vitest';
import { check } from '../check.js';
import type { Model } from '../model.js';
import { twin } from '../twin.js';
import { zabTla } from './zab-tla.js';

const broken = async (model: Model): Promise<readonly string[]> => {
  const { invariants } = await check(model, { keepGoing: true });
  return invariants.flatMap(({ name, holds }) => (holds === false ? [name] : []));
};

describe("finds exactly TLC's states and successors", () => {
  test.each(zabTla.presets.filter(({ pinned }) => pinned && pinned.distinct < 200_000))(
    '$name',
    async ({ config, pinned }) => {
      expect(await check(zabTla.build(config))).toMatchObject({ verdict: 'verified', ...pinned });
    },
  );
});

test('agrees with the dumb explorer', async () => {
  const model = zabTla.build({ servers: 3, txns: 1, timeouts: 0, restarts: 0 });
  const { distinct, generated, levels, coverage } = await check(model);
  expect(twin(model)).toMatchObject({ distinct, generated, levels, coverage });
});

test('a restart spends a timeout as well', async () => {
  const none = await check(zabTla.build({ servers: 2, txns: 1, timeouts: 0, restarts: 1 }));
  expect(none.coverage.Restart).toBe(0);
  const one = await check(zabTla.build({ servers: 2, txns: 1, timeouts: 1, restarts: 1 }));
  expect(one).toMatchObject({ verdict: 'verified' });
  expect(one.coverage.Restart).toBeGreaterThan(0);
});

test('nothing is ever filtered out as nonexistent', async () => {
  const { coverage } = await check(zabTla.build({ servers: 2, txns: 2, timeouts: 2 }));
  const never = Object.keys(coverage).filter((name) => coverage[name] === 0);
  expect(never).toEqual(['Restart', 'FilterNonexistentMessage']);
});

describe('a planted defect breaks the invariant that it is planted for', () => {
  test.each(zabTla.defects)('$name: $invariant', async ({ name, invariant, config }) => {
    const { violations } = await check(zabTla.build({ ...config, defect: name }));
    expect(violations.map(({ property }) => property)).toEqual([invariant]);
  });

  test('together they break every invariant, but the one that cannot fail as published', async () => {
    const found = new Set<string>();
    for (const { name, config } of zabTla.defects.filter(({ name }) => name !== 'own-history'))
      for (const invariant of await broken(zabTla.build({ ...config, defect: name }))) found.add(invariant);
    const all = zabTla.build({}).invariants.map(({ name }) => name);
    expect(all.filter((name) => !found.has(name))).toEqual(['LocalPrimaryOrder']);
  });
});
