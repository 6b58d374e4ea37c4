import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scramble } from '../canonical.js';
import { Visited } from './visited.js';

test('knows what was added, one by one or in bulk, however it has grown', () => {
  const visited = new Visited(4);
  const count = 100_000;
  const lo = Int32Array.from({ length: count }, (_, i) => scramble(i));
  const hi = Int32Array.from({ length: count }, (_, i) => scramble(i + 12345));
  const won = new Uint8Array(count);
  visited.addAll(lo, hi, count, won);
  expect(won.every((one) => one === 1)).toBe(true);
  visited.addAll(lo, hi, count, won);
  expect(won.every((one) => one === 0)).toBe(true);
  expect(visited.size).toBe(count);
  expect(visited.has(lo[7]!, hi[7]!)).toBe(true);
  expect(visited.has(lo[7]!, hi[8]!)).toBe(false);
  expect(visited.add(lo[7]!, hi[7]!)).toBe(false);
  expect(visited.add(lo[7]!, hi[8]!)).toBe(true);
});

test('the first of two equal fingerprints in a bulk wins, and a zero is a fingerprint too', () => {
  const word = fc.constantFrom(0, 1, 2, -1, 1 << 31);
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word)), (pairs) => {
      const won = new Uint8Array(pairs.length);
      const lo = Int32Array.from(pairs, (pair) => pair[0]);
      const hi = Int32Array.from(pairs, (pair) => pair[1]);
      new Visited(4).addAll(lo, hi, pairs.length, won);
      const keys = pairs.map(([a, b]) => `${a || 1},${b}`);
      expect([...won]).toEqual(keys.map((key, i) => (keys.indexOf(key) === i ? 1 : 0)));
    }),
  );
});
