/** Numbers that are put together from two halves against those that are read whole. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JuteReader, JuteWriter } from './jute.js';

test('a long is the same number whole and in halves', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
      const bytes = new JuteWriter().long(n).done();
      expect(new JuteReader(bytes).number()).toBe(Number(new JuteReader(bytes).long()));
    }),
    { numRuns: 2_000 },
  );
});

test('a number comes back', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (n) => {
      expect(new JuteReader(new JuteWriter().number(n).done()).number()).toBe(n);
    }),
  );
});
