import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encode, hash64, mix, same, scramble } from './canonical.js';

describe('the encoding', () => {
  test('does not depend on the order in which keys were added', () => {
    expect(encode({ b: 1, a: [true, null, 'x'] })).toBe('{"a":[true,null,"x"],"b":1}');
    expect(same({ b: 1, a: 2 }, { a: 2, b: 1 })).toBe(true);
    expect(same([1, 2], [2, 1])).toBe(false);
  });

  test('of objects with the same keys in many orders is the same', () => {
    const keys = ['c', 'a', 'd', 'b', 'e'];
    const text = encode(Object.fromEntries(keys.map((key) => [key, { [key]: 1 }])));
    fc.assert(
      fc.property(fc.shuffledSubarray(keys, { minLength: 5 }), (shuffled) => {
        expect(encode(Object.fromEntries(shuffled.map((key) => [key, { [key]: 1 }])))).toBe(text);
      }),
    );
    for (let n = 0; n < 3000; n++) expect(encode({ [`k${n}`]: n, a: [] })).toBe(`{"a":[],"k${n}":${n}}`);
  });

  test('writes every text as JSON.stringify does', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.string({ maxLength: 3 }));
    fc.assert(fc.property(text, (one) => encode(one) === JSON.stringify(one)));
    for (let code = 0; code < 0x300; code++) {
      const one = String.fromCharCode(code);
      expect(encode({ [one]: 1 })).toBe(JSON.stringify({ [one]: 1 }));
    }
    expect(encode('\ud800')).toBe(JSON.stringify('\ud800'));
  });

  test('is JSON that reads back as the same value', () => {
    const json = fc
      .jsonValue({ noUnicodeString: false })
      .filter((value) => !/-0|[.]|e[+-]?\d/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(json, (value) => {
        try {
          expect(JSON.parse(encode(value))).toEqual(value);
        } catch (error) {
          expect(String(error)).toMatch(/-0|safe integers/);
        }
      }),
    );
  });

  test.each([
    [{ a: [1, undefined] }, 'value.a[1] is undefined'],
    [{ a: { b: -0 } }, 'value.a.b is -0'],
    [[Number.NaN], 'value[0] is NaN'],
    [0.5, 'value is 0.5'],
    [2 ** 53, 'value is 9007199254740992'],
    [Number.POSITIVE_INFINITY, 'value is Infinity'],
    [{ a: new Map() }, 'value.a is not a plain object (Map)'],
    [{ a: () => 1 }, 'value.a is a function'],
    [{ a: 1n }, 'value.a is a bigint'],
    [{ [Symbol('s')]: 1 }, 'value is an object with symbol keys'],
  ])('refuses what is not JSON, and says where: %o', (value, message) => {
    expect(() => encode(value)).toThrow(message);
  });

  test('refuses a hole in an array', () => {
    const holed: unknown[] = [1];
    holed[2] = 3;
    expect(() => encode({ list: holed }, 'slot x')).toThrow('slot x.list[1] is undefined');
  });
});

describe('the hash', () => {
  test('is the same in every process', () => {
    expect(hash64('')).toEqual({ lo: 1150064857, hi: 919949897 });
    expect(hash64('{"a":1}')).toEqual({ lo: 197875490, hi: 682557121 });
  });

  test('gives a million similar texts different halves about as often as chance does', () => {
    const count = 200_000;
    const los = new Set<number>();
    const his = new Set<number>();
    for (let i = 0; i < count; i++) {
      const { lo, hi } = hash64(`{"n":${i}}`);
      los.add(lo);
      his.add(hi);
    }
    // Expected collisions in 32 bits: n^2 / 2^33, about 5.
    expect(count - los.size).toBeLessThan(25);
    expect(count - his.size).toBeLessThan(25);
  });

  test('every bit of a contribution depends on every bit of the hash', () => {
    for (let bit = 0; bit < 64; bit++) {
      const flips = new Float64Array(64);
      for (let i = 0; i < 400; i++) {
        const hash = hash64(String(i));
        const other =
          bit < 32 ? { ...hash, lo: hash.lo ^ (1 << bit) } : { ...hash, hi: hash.hi ^ (1 << (bit - 32)) };
        const a = mix(i % 7, hash);
        const b = mix(i % 7, other);
        for (let k = 0; k < 64; k++) {
          flips[k]! += ((k < 32 ? a.lo ^ b.lo : a.hi ^ b.hi) >>> (k & 31)) & 1;
        }
      }
      for (const flipped of flips) expect(Math.abs(flipped / 400 - 0.5)).toBeLessThan(0.15);
    }
  });

  test('the same component contributes differently in different slots', () => {
    const hash = hash64('x');
    const contributions = new Set(Array.from({ length: 1000 }, (_, slot) => mix(slot, hash).lo));
    expect(contributions.size).toBe(1000);
  });

  test('scrambling is a bijection where it is sampled', () => {
    expect(new Set(Array.from({ length: 1 << 16 }, (_, i) => scramble(i << 12))).size).toBe(1 << 16);
  });
});
