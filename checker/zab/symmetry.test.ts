import { describe, expect, test } from 'vitest';
import { check } from '../check.js';
import { InputError } from '../errors.js';
import { zab } from './index.js';

const pinned = (names: readonly string[]) => zab.presets.filter(({ name }) => names.includes(name));

describe('the orbits of a preset together are its states', () => {
  test.each(pinned(['tiny', 'observer']))('$name', async ({ config, pinned: counts }) => {
    const { verdict, symmetry, depth } = await check(zab.build(config), { symmetry: true });
    const { distinct, generated } = symmetry!;
    expect({ verdict, distinct, generated, depth }).toEqual({ verdict: 'verified', ...counts });
  });
});

test('where sids decide there is no symmetry', async () => {
  for (const election of ['fle', 'atomic'])
    await expect(check(zab.build({ election }), { symmetry: true })).rejects.toThrow(InputError);
});
