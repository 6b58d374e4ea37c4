import fc from 'fast-check';
import { expect, test } from 'vitest';
import { counterOf, epochOf, makeZxid, NO_ZXID } from './zxid.js';

const epoch = fc.integer({ min: 0, max: 2 ** 21 - 1 });
const counter = fc.integer({ min: 0, max: 2 ** 32 - 1 });

test('a zxid gives back its epoch and its counter, and is a safe integer', () => {
  fc.assert(
    fc.property(epoch, counter, (e, c) => {
      const zxid = makeZxid(e, c);
      expect(Number.isSafeInteger(zxid)).toBe(true);
      expect([epochOf(zxid), counterOf(zxid)]).toEqual([e, c]);
    }),
  );
});

test('zxids are ordered by epoch, then by counter', () => {
  fc.assert(
    fc.property(epoch, counter, epoch, counter, (e, c, f, d) => {
      expect(Math.sign(makeZxid(e, c) - makeZxid(f, d))).toBe(Math.sign(e - f || c - d));
    }),
  );
});

test('no transaction has the zxid that means "none"', () => {
  expect(NO_ZXID).toBe(makeZxid(0, 0));
});
