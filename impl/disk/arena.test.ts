/** Memory that is used again: what is put together is what it would be in memory of its own. */
import fc from 'fast-check';
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { Arena } from './arena.js';

const part = fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes));

test('nothing is overwritten before the next reset', () => {
  const arena = new Arena();
  fc.assert(
    fc.property(fc.array(fc.array(part, { maxLength: 5 }), { maxLength: 5 }), (runs) => {
      arena.reset(Buffer.concat(runs.flat()).length);
      const joined = runs.map((parts) => arena.join(parts, Buffer.concat(parts).length));
      expect(joined).toEqual(runs.map((parts) => Buffer.concat(parts)));
    }),
  );
});

test('the memory stays the same until more is needed', () => {
  const arena = new Arena();
  const memoryFor = (bytes: number): ArrayBufferLike => {
    arena.reset(bytes);
    return arena.join([Buffer.alloc(bytes)], bytes).buffer;
  };
  const first = memoryFor(10);
  expect(memoryFor(2 ** 16)).toBe(first);
  const second = memoryFor(2 ** 16 + 1);
  expect(second).not.toBe(first);
  expect([memoryFor(100_000), memoryFor(1)]).toEqual([second, second]);
});

test('more than was announced is an error', () => {
  const arena = new Arena();
  arena.reset(1);
  expect(() => arena.join([Buffer.alloc(2 ** 17)], 2 ** 17)).toThrow(RangeError);
});
