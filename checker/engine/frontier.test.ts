import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { append, Frontier, layoutFor, SegmentPool, unpack } from './frontier.js';
import { ScratchFile } from './scratch.js';

const contents = (frontier: Frontier, slots: number): number[][] =>
  Array.from({ length: frontier.segments }, (_, number) => frontier.segment(number)).flatMap(
    ({ cells, layout, count }) =>
      Array.from({ length: count }, (_, i) => {
        const state = new Int32Array(slots);
        unpack(layout, cells, i * layout.stride, state);
        return [cells[i * layout.stride]!, cells[i * layout.stride + 1]!, ...state];
      }),
  );

test('a frontier gives back what was put in, while the sizes of the tables grow', () => {
  const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(300), fc.nat(2 ** 30)), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sizes, fc.nat(20), (most, rounds) => {
      const frontier = new Frontier(new SegmentPool(64));
      const expected: number[][] = [];
      for (let round = 0; round <= rounds; round++) {
        const ids = most.map((size) => Math.floor((size * round) / Math.max(1, rounds)));
        frontier.prepare(ids.map((id) => id + 1));
        append(frontier, Int32Array.from(ids), round, -round);
        expected.push([round, -round | 0, ...ids]);
      }
      expect(contents(frontier, most.length)).toEqual(expected);
      expect(frontier.count).toBe(rounds + 1);
    }),
  );
});

test('a slot takes as many bits as it has values, and at least one', () => {
  expect(layoutFor([1, 2, 3, 4, 5]).masks).toEqual(Int32Array.of(1, 1, 3, 3, 7));
  expect(layoutFor(Array.from({ length: 32 }, () => 2)).stride).toBe(3);
  expect(layoutFor(Array.from({ length: 33 }, () => 2)).stride).toBe(4);
});

test('segments of a search with more memory can be put away by one with less, and read again', () => {
  const large = new Frontier(new SegmentPool(1 << 10));
  for (const width of [1000, 100_000]) {
    large.prepare([width]);
    for (let id = 0; id < width / 100; id++) append(large, Int32Array.of(id), id, width);
  }
  const pool = new SegmentPool(16);
  const small = new Frontier(pool);
  small.unpack(large.packed({ segment: 0, record: 0 }));
  small.putAway(0, () => new ScratchFile(tmpdir(), 'frontier-test', () => {}));
  const layout = layoutFor([1]);
  pool.giveBack({ cells: new Int32Array(new SharedArrayBuffer(64)), layout, count: 0 });
  expect(contents(small, 1)).toEqual(contents(large, 1));
});
