import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scramble } from '../canonical.js';
import { visitedMemory } from './half.js';
import { Visited } from './visited.js';

const inBoth = test.each([
  { loop: 'plain', webAssembly: false },
  { loop: 'WebAssembly', webAssembly: true },
]);

inBoth('$loop: knows what was added, one by one or in bulk, however it has grown', ({ webAssembly }) => {
  const visited = new Visited(visitedMemory(1, 4), webAssembly);
  const count = 200_000;
  const lo = Int32Array.from({ length: count }, (_, i) => scramble(i));
  const hi = Int32Array.from({ length: count }, (_, i) => scramble(i + 12345));
  const won = new Uint8Array(count);
  expect(visited.addAll(lo, hi, 0, count, won)).toBe(count);
  expect(won.every((one) => one === 1)).toBe(true);
  won.fill(0);
  expect(visited.addAll(lo, hi, 0, count, won)).toBe(0);
  expect(won.every((one) => one === 0)).toBe(true);
  expect(visited.size).toBe(count);
  expect(visited.has(lo[7]!, hi[7]!)).toBe(true);
  expect(visited.has(lo[7]!, hi[8]!)).toBe(false);
  expect(visited.add(lo[7]!, hi[7]!)).toBe(false);
  expect(visited.add(lo[7]!, hi[8]!)).toBe(true);
});

inBoth(
  '$loop: fingerprints that crowd one partition and its last place are kept apart',
  ({ webAssembly }) => {
    const visited = new Visited(visitedMemory(1, 4), webAssembly);
    const add = (i: number) =>
      visited.addAll(Int32Array.of(-1 - (i % 50)), Int32Array.of(i), 0, 1, new Uint8Array(1));
    for (let i = 0; i < 2000; i++) expect(add(i)).toBe(1);
    for (let i = 0; i < 2000; i++) expect(add(i)).toBe(0);
    expect(visited.size).toBe(2000);
    visited.clear();
    for (let i = 0; i < 2000; i++) expect(add(i)).toBe(1);
  },
);

test('what crowds one place beyond all reason ends the search, and damages nothing', () => {
  const visited = new Visited(visitedMemory(1, 4));
  const add = (i: number) => visited.addAll(Int32Array.of(-1), Int32Array.of(i), 0, 1, new Uint8Array(1));
  expect(() => {
    for (let i = 0; i < 20_000; i++) add(i);
  }).toThrow(/the set of visited states is full/);
});

inBoth('$loop: the first of two equal in a bulk wins, and a zero is a fingerprint too', ({ webAssembly }) => {
  const word = fc.constantFrom(0, 1, 2, -1, 1 << 31);
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word)), (pairs) => {
      const won = new Uint8Array(pairs.length);
      const lo = Int32Array.from(pairs, (pair) => pair[0]);
      const hi = Int32Array.from(pairs, (pair) => pair[1]);
      new Visited(visitedMemory(1, 4), webAssembly).addAll(lo, hi, 0, pairs.length, won);
      const keys = pairs.map(([a, b]) => `${a || 1},${b}`);
      expect([...won]).toEqual(keys.map((key, i) => (keys.indexOf(key) === i ? 1 : 0)));
    }),
  );
});
