/** Sets of servers, against sets that are sorted. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { include } from './config.js';

test('a set stays ascending and has everyone once', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 }), (sids) => {
      const set = sids.reduce<readonly number[]>(include, []);
      expect(set).toEqual([...new Set(sids)].sort((a, b) => a - b));
    }),
  );
});

test('who is in it already leaves it as it is', () => {
  const set = [1, 3];
  expect(include(set, 3)).toBe(set);
});
