import { describe, expect, test } from 'vitest';
import { check } from '../check.js';
import { twin } from '../twin.js';
import { abd } from './abd.js';

describe('small configurations', () => {
  test.each(abd.presets.filter(({ suite }) => suite))('$name', async ({ config, pinned }) => {
    const model = abd.build(config);
    const result = await check(model);
    expect(result).toMatchObject({ verdict: 'verified', ...pinned });
    expect(Object.values(result.coverage).every((count) => count > 0)).toBe(true);
    const { distinct, generated, levels, coverage } = result;
    expect(twin(model)).toMatchObject({ distinct, generated, levels, coverage });
  });
});

describe('a planted defect breaks the invariant that it is planted for', () => {
  test.each(abd.defects)('$name: $invariant', async ({ name, invariant, config }) => {
    const { violations } = await check(abd.build({ ...config, defect: name }));
    expect(violations.map(({ property }) => property)).toEqual([invariant]);
  });
});
