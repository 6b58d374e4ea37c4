import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Memory } from './memory.js';
import { createPairs, find, insert } from './pairs.js';

/** Small ids stay dense, large ones force the change to hashing. */
const id = fc.oneof(fc.nat(6), fc.nat(100), fc.nat(5000));

test('a table of pairs is a Map, dense or hashed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(id, id), { maxLength: 300 }), (pairs) => {
      const memory = new Memory();
      const header = createPairs(memory);
      const map = new Map<string, number>();
      for (const [a, b] of pairs) {
        expect(find(memory.cells, header, a, b)).toBe(map.get(`${a},${b}`) ?? 0);
        if (map.has(`${a},${b}`)) continue;
        map.set(`${a},${b}`, map.size + 1);
        insert(memory, header, a, b, map.size);
      }
      for (const [key, value] of map) {
        const [a, b] = key.split(',').map(Number);
        expect(find(memory.cells, header, a!, b!)).toBe(value);
      }
    }),
  );
});

test('a table keeps what it holds while it grows to a hundred thousand', () => {
  const memory = new Memory();
  const header = createPairs(memory);
  for (let i = 0; i < 100_000; i++) insert(memory, header, i % 317, Math.floor(i / 317), i + 1);
  for (let i = 0; i < 100_000; i++) {
    expect(find(memory.cells, header, i % 317, Math.floor(i / 317))).toBe(i + 1);
  }
  expect(find(memory.cells, header, 317, 0)).toBe(0);
});

test('a hash table that has to move, and one that grows in place, keep what they hold', () => {
  const memory = new Memory();
  const headers = [createPairs(memory), createPairs(memory)];
  const count = 300_000;
  for (let i = 0; i < count; i++) insert(memory, headers[i & 1]!, (i * 7) % 100_003, i, i + 1);
  let wrong = 0;
  for (let i = 0; i < count; i++) {
    if (find(memory.cells, headers[i & 1]!, (i * 7) % 100_003, i) !== i + 1) wrong++;
    if (find(memory.cells, headers[(i + 1) & 1]!, (i * 7) % 100_003, i) !== 0) wrong++;
  }
  expect(wrong).toBe(0);
});
