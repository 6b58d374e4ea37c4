import { describe, expect, test } from 'vitest';
import { check } from '../check.js';
import { zab } from './index.js';

const presets = zab.presets.filter(({ name }) => ['default', 'async', 'timeouts'].includes(name));

test.each(presets)('the orbits of $name together are its states', async ({ config, pinned }) => {
  const { verdict, symmetry, depth } = await check(zab.build(config), { symmetry: true });
  const { distinct, generated } = symmetry!;
  expect({ verdict, distinct, generated, depth }).toEqual({ verdict: 'verified', ...pinned });
});

describe('a planted defect is found at the same depth', () => {
  const coarse = zab.defects.filter(({ config }) => (config?.election ?? 'oracle') === 'oracle');
  test.each(coarse)('$name', async ({ name, config }) => {
    const model = zab.build({ ...config, defect: [name] });
    const [plain, reduced] = [await check(model), await check(model, { symmetry: true })];
    const found = ({ verdict, violations }: typeof plain) => [
      verdict,
      violations.map(({ property, depth }) => [property, depth]),
    ];
    expect(found(reduced)).toEqual(found(plain));
    expect(plain.verdict).toBe('violated');
  });
});
