import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  append,
  after as behind,
  EMPTY_HISTORY,
  follows,
  type History,
  lastZxid,
  positionOf,
  trim,
  truncate,
  upTo,
} from './history.js';
import { history, txn, txns, zxidOf } from './testing.js';

/** A history as the protocol grows them: over a floor, without gaps inside an epoch. */
const grown: fc.Arbitrary<History> = fc
  .record({ floor: fc.nat(3), jumps: fc.array(fc.boolean(), { maxLength: 8 }) })
  .map(({ floor, jumps }) => {
    let [epoch, counter] = [1, floor];
    const entries = jumps.map((jump) => {
      [epoch, counter] = jump ? [epoch + 1, 1] : [epoch, counter + 1];
      return txn(epoch, counter);
    });
    return { floor: floor === 0 ? 0 : zxidOf(`1:${floor}`), entries };
  });

/** A history and the zxid of one of its entries, or of its floor. */
const grownWithZxid = grown.chain((h) =>
  fc.record({
    h: fc.constant(h),
    zxid: fc.constantFrom(h.floor, ...h.entries.map((entry) => entry.zxid)),
  }),
);

describe('the mark of an epoch', () => {
  const marked = { ...history('1:1 1:2'), mark: zxidOf('2:0') };

  test('is the last zxid until a transaction stands behind it', () => {
    expect(lastZxid(marked)).toBe(zxidOf('2:0'));
    expect(lastZxid(append(marked, txn(2, 1)))).toBe(zxidOf('2:1'));
  });

  test('has its place between the epochs, and what is behind it is behind it', () => {
    const longer = append(marked, txn(2, 1));
    expect(positionOf(longer, zxidOf('2:0'))).toBe(2);
    expect(behind(longer, zxidOf('2:0'))).toEqual([txn(2, 1)]);
  });

  test('is forgotten once something behind it is committed, or when it is cut off', () => {
    const longer = append(marked, txn(2, 1));
    expect(trim(longer, zxidOf('2:0'), 9).mark).toBe(zxidOf('2:0'));
    expect(trim(longer, zxidOf('2:1'), 9)).toEqual(history('1:1 1:2 2:1'));
    expect(truncate(longer, zxidOf('1:2'))).toEqual(history('1:1 1:2'));
  });
});

describe('positions', () => {
  test('of the floor is 0, of an entry its rank, of anything else -1', () => {
    const h = history('1:3 2:1', '1:2');
    expect(['1:2', '1:3', '2:1', '1:1', '2:2'].map((text) => positionOf(h, zxidOf(text)))).toEqual([
      0, 1, 2, -1, -1,
    ]);
  });

  test('are found where the history is out of order', () => {
    expect(positionOf(history('2:1 1:1'), zxidOf('1:1'))).toBe(2);
  });
});

describe('laws', () => {
  test('what comes up to a zxid and what comes after it are the whole', () => {
    fc.assert(
      fc.property(grownWithZxid, ({ h, zxid }) => {
        expect([...upTo(h, zxid), ...behind(h, zxid)]).toEqual(h.entries);
      }),
    );
  });

  test('truncating leaves that zxid as the last, and truncating again changes nothing', () => {
    fc.assert(
      fc.property(grownWithZxid, ({ h, zxid }) => {
        const cut = truncate(h, zxid);
        expect(lastZxid(cut)).toBe(zxid);
        expect(truncate(cut, zxid)).toEqual(cut);
      }),
    );
  });

  test('truncating and appending what was cut off gives the history back', () => {
    fc.assert(
      fc.property(grownWithZxid, ({ h, zxid }) => {
        expect(behind(h, zxid).reduce(append, truncate(h, zxid))).toEqual(h);
      }),
    );
  });

  test('an appended transaction is the last', () => {
    fc.assert(
      fc.property(grown, (h) => {
        expect(lastZxid(append(h, txn(9, 1)))).toBe(zxidOf('9:1'));
      }),
    );
  });

  test('an empty history ends where its floor is', () => {
    expect(lastZxid(EMPTY_HISTORY)).toBe(0);
    expect(lastZxid(history('', '2:7'))).toBe(zxidOf('2:7'));
  });
});

describe('trimming', () => {
  const window = fc.integer({ min: 1, max: 10 });

  test('keeps the last transaction, what is not committed, and `window` that are, or less than twice as many', () => {
    fc.assert(
      fc.property(grownWithZxid, window, ({ h, zxid }, size) => {
        const trimmed = trim(h, zxid, size);
        const committed = upTo(h, zxid);
        expect(lastZxid(trimmed)).toBe(lastZxid(h));
        expect(behind(trimmed, zxid)).toEqual(behind(h, zxid));
        expect(upTo(trimmed, zxid)).toEqual(committed.length < 2 * size ? committed : committed.slice(-size));
      }),
    );
  });

  test('puts the floor at the newest that it drops', () => {
    expect(trim(history('1:1 1:2 1:3 2:1'), zxidOf('1:3'), 1)).toEqual(history('1:3 2:1', '1:2'));
  });

  test('twice is trimming once: the same object', () => {
    fc.assert(
      fc.property(grownWithZxid, window, ({ h, zxid }, size) => {
        const trimmed = trim(h, zxid, size);
        expect(trim(trimmed, zxid, size)).toBe(trimmed);
      }),
    );
  });

  test('does nothing where the window holds everything: the same object', () => {
    const h = history('1:1 1:2');
    expect(trim(h, zxidOf('1:2'), 2)).toBe(h);
  });
});

describe('a proposal may stand behind another', () => {
  test.each([
    ['0:0', '1:1', true, 'the first of all'],
    ['1:1', '1:2', true, 'the next of the epoch'],
    ['1:7', '3:1', true, 'the first of a later epoch'],
    ['1:1', '1:3', false, 'a gap'],
    ['1:1', '1:1', false, 'itself'],
    ['1:1', '2:2', false, 'not the first of its epoch'],
    ['2:1', '1:2', false, 'an earlier epoch'],
  ])('%s, %s: %s (%s)', (previous, next, may) => {
    expect(follows(zxidOf(previous), zxidOf(next))).toBe(may);
  });
});

test('in a long window too, a place is found by zxid: of many epochs, without some, and of what is not there', () => {
  const epochs = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 60 })), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(epochs, fc.nat(), (lengths, drop) => {
      let epoch = 0;
      const all = lengths.flatMap(([step, length]) => {
        epoch += step;
        return Array.from({ length }, (_, i) => txn(epoch, i + 1));
      });
      const dropped = drop % (all.length + 1);
      const h = { floor: all[dropped - 1]?.zxid ?? 0, entries: all.slice(dropped) };
      h.entries.forEach(({ zxid }, i) => {
        expect(positionOf(h, zxid)).toBe(i + 1);
      });
      expect(positionOf(h, h.floor)).toBe(0);
      for (const absent of [txn(epoch, 99), txn(epoch + 1, 1)]) expect(positionOf(h, absent.zxid)).toBe(-1);
    }),
  );
});

test('what a window lacks has no position: nothing comes up to it, everything after', () => {
  const h = history('1:3', '1:2');
  expect(upTo(h, zxidOf('1:1'))).toEqual([]);
  expect(behind(h, zxidOf('1:1'))).toEqual(txns('1:3'));
});
