import fc from 'fast-check';
import { expect, test } from 'vitest';
import { difference, same } from './difference.js';
import { renderDifference } from './values.js';

const json = fc.jsonValue({ maxDepth: 4 });
const rendered = (from: unknown, to: unknown) => difference(from, to, 'x').map(renderDifference);

test('there is a difference exactly where two values are not the same', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(difference(a, b).length === 0).toBe(same(a, b));
      expect(difference(a, structuredClone(a))).toEqual([]);
    }),
  );
});

test('the order of keys is no difference', () => {
  expect(same({ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 })).toBe(true);
});

test.each([
  [{ a: 1, b: 2 }, { a: 1, b: 3 }, ['x.b: 2 -> 3']],
  [{ a: 1 }, { b: 1 }, ['x.a - 1', 'x.b + 1']],
  [[1, 2], [1, 2, 3], ['x[2] + 3']],
  [[1, 2, 3], [2, 3], ['x[0] - 1']],
  [[{ a: 1 }, { a: 2 }], [{ a: 1 }, { a: 3 }], ['x[1].a: 2 -> 3']],
  [
    [1, 2],
    [2, 3, 4],
    ['x[0] - 1', 'x[1] - 2', 'x[0] + 2', 'x[1] + 3', 'x[2] + 4'],
  ],
  [null, { a: 1 }, ['x: null -> { a: 1 }']],
  [[], {}, ['x: [] -> {}']],
  [{ undefined: 1 }, {}, ['x.undefined - 1']],
])('%j to %j', (from, to, lines) => {
  expect(rendered(from, to)).toEqual(lines);
});
