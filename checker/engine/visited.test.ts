import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scramble } from '../canonical.js';
import { Visited, visitedMemory } from './visited.js';

test('knows what was added, one by one or in bulk, however it has grown', () => {
  const visited = new Visited(visitedMemory(4));
  const count = 200_000;
  const lo = Int32Array.from({ length: count }, (_, i) => scramble(i));
  const hi = Int32Array.from({ length: count }, (_, i) => scramble(i + 12345));
  const won = new Uint8Array(count);
  expect(visited.addAll(lo, hi, 0, count, won)).toBe(count);
  expect(won.every((one) => one === 1)).toBe(true);
  expect(visited.addAll(lo, hi, 0, count, won)).toBe(0);
  expect(won.every((one) => one === 0)).toBe(true);
  expect(visited.size).toBe(count);
  expect(visited.has(lo[7]!, hi[7]!)).toBe(true);
  expect(visited.has(lo[7]!, hi[8]!)).toBe(false);
  expect(visited.add(lo[7]!, hi[7]!)).toBe(false);
  expect(visited.add(lo[7]!, hi[8]!)).toBe(true);
});

test('fingerprints that crowd one partition and its last place are kept apart', () => {
  const visited = new Visited(visitedMemory(4));
  for (let i = 0; i < 2000; i++) expect(visited.add(-1 - (i % 50), i)).toBe(true);
  for (let i = 0; i < 2000; i++) expect(visited.add(-1 - (i % 50), i)).toBe(false);
  expect(visited.size).toBe(2000);
});

test('the first of two equal fingerprints in a bulk wins, and a zero is a fingerprint too', () => {
  const word = fc.constantFrom(0, 1, 2, -1, 1 << 31);
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word)), (pairs) => {
      const won = new Uint8Array(pairs.length);
      const lo = Int32Array.from(pairs, (pair) => pair[0]);
      const hi = Int32Array.from(pairs, (pair) => pair[1]);
      new Visited(visitedMemory(4)).addAll(lo, hi, 0, pairs.length, won);
      const keys = pairs.map(([a, b]) => `${a || 1},${b}`);
      expect([...won]).toEqual(keys.map((key, i) => (keys.indexOf(key) === i ? 1 : 0)));
    }),
  );
});
