/** The log in the store, against a plain list: whatever is put, cut off or dropped, what is read is what is left. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Txn } from '../../spec/history.js';
import type { Zxid } from '../../spec/zxid.js';
import { type Environment, openEnvironment } from './environment.js';
import { putAppends, readFrom, removeBehind, removeOld, removeOldest } from './log.js';
import { encodeAppend } from './records.js';

let folder: string;
let environment: Environment;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zab-'));
  environment = openEnvironment(folder);
});
afterEach(async () => {
  await environment.root.close();
  rmSync(folder, { recursive: true });
});

const commit = (puts: () => void): Promise<unknown> => environment.root.batch(puts);

const txnsFrom = (from: number, sizes: readonly number[]): readonly Txn[] =>
  sizes.map((size, i) => ({ zxid: from + i, origin: 1, payload: 'x'.repeat(size) }));

const appendsOf = (txns: readonly Txn[], floor: number): readonly Buffer[] =>
  txns.map((txn, i) => encodeAppend(txn, txns[i - 1]?.zxid ?? floor));

/** Some hundreds of bytes mostly, now and then more than a run. */
const size = fc.oneof(
  { weight: 8, arbitrary: fc.nat(3_000) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 70_000 }) },
);
const action = fc.oneof(
  fc.record({ put: fc.array(size, { minLength: 1, maxLength: 60 }) }),
  fc.record({ cutOff: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ drop: fc.double({ min: 0, max: 1, noNaN: true }), kept: fc.nat(40) }),
);

test('what is read is what was put and neither cut off nor dropped', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 12 }), fc.nat(), async (actions, probe) => {
      const { log } = environment;
      await commit(() => removeBehind(log, 0));
      let floor = 0;
      let model: readonly Txn[] = [];
      const last = (): number => model.at(-1)?.zxid ?? floor;
      const at = (share: number): number => floor + Math.round(share * model.length);
      for (const one of actions)
        if ('put' in one) {
          const txns = txnsFrom(last() + 1, one.put);
          await commit(() => putAppends(log, appendsOf(txns, last())));
          model = [...model, ...txns];
        } else if ('cutOff' in one) {
          const zxid = at(one.cutOff);
          await commit(() => removeBehind(log, zxid));
          model = model.filter((txn) => txn.zxid <= zxid);
        } else {
          const zxid = at(one.drop);
          for (let before: number | null = floor; before !== null; ) {
            await commit(() => {
              before = removeOld(log, zxid, one.kept);
            });
            if (before === null) break;
            expect(zxid - before).toBeGreaterThanOrEqual(one.kept);
            floor = before;
          }
          model = model.filter((txn) => txn.zxid > floor);
        }
      expect([...readFrom(log, 0)].map(({ txn }) => txn)).toEqual(model);
      const from = at((probe % 100) / 99);
      expect([...readFrom(log, from)].map(({ txn }) => txn.zxid)).toEqual(
        model.map(({ zxid }) => zxid).filter((zxid) => zxid >= from),
      );
      let previous = floor;
      for (const record of readFrom(log, 0)) {
        expect(record.previous).toBe(previous);
        previous = record.txn.zxid;
      }
    }),
    { numRuns: 60 },
  );
});

test('a few transactions are one record, many are several; old ones go but for those that are asked for', async () => {
  const { log } = environment;
  await commit(() => putAppends(log, appendsOf(txnsFrom(1, Array(1_000).fill(1_000)), 0)));
  const runs = [...log.getKeys()].length;
  expect(runs).toBe(16);
  let before: number | null = null;
  await commit(() => {
    before = removeOld(log, 900, 100);
  });
  // Runs of 63; the one that holds transaction 801 stays.
  expect(before).toBe(756);
  expect([...readFrom(log, 0)].map(({ txn }) => txn.zxid)).toEqual(
    Array.from({ length: 244 }, (_, i) => 757 + i),
  );
});

test('all runs go, a hundred at a time, and what is left begins where it is said to', async () => {
  const { log } = environment;
  // Each has a run of its own.
  await commit(() => putAppends(log, appendsOf(txnsFrom(1, Array(201).fill(66_000)), 0)));
  const left: (Zxid | null)[] = [];
  const lengths: number[] = [];
  for (let i = 0; i < 4; i++) {
    await commit(() => left.push(removeOldest(log)));
    lengths.push([...readFrom(log, 0)].length);
  }
  expect(left).toEqual([100, 200, null, null]);
  expect(lengths).toEqual([101, 1, 0, 0]);
});

test.each([
  ['cut short', (run: Buffer) => run.subarray(0, run.length - 1), /an entry is cut short or damaged/],
  [
    'with a length that is wrong',
    (run: Buffer) => Buffer.concat([Buffer.from([0, 0, 1]), run.subarray(3)]),
    /an entry is cut short or damaged/,
  ],
  [
    'with an epoch in it',
    (run: Buffer) => Buffer.concat([run, Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 9])]),
    /something else than a transaction/,
  ],
  [
    'with a flipped bit',
    (run: Buffer) => Buffer.concat([run.subarray(0, run.length - 1), Buffer.from('y')]),
    /transaction 3 of the log: its checksum is wrong/,
  ],
])('a run %s is named', async (_, damaged, message) => {
  const { log } = environment;
  await commit(() => putAppends(log, appendsOf(txnsFrom(1, [10, 10, 10]), 0)));
  const [key] = [...log.getKeys()];
  const run = log.get(key!)!;
  await log.put(key!, damaged(run));
  expect(() => [...readFrom(log, 0)]).toThrow(message);
});
