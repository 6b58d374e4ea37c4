import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crash, type Disk, type DiskOperation, EMPTY_DISK, enqueue, flush, recover, write } from './disk.js';
import { append as appendTo, lastZxid, truncate } from './history.js';
import { history, txn, txns, zxidOf } from './testing.js';

const append = (text: string): DiskOperation => ({ write: 'append', txn: txns(text)[0]! });

/** Operations as a server asks for them: each fits on what the ones before it leave. */
const operations: fc.Arbitrary<readonly DiskOperation[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('acceptedEpoch', 'currentEpoch', 'append', 'append', 'truncate', 'snapshot'),
      n: fc.nat(20),
    }),
    { maxLength: 12 },
  )
  .map((wishes) => {
    let now = history('');
    return wishes.map(({ kind, n }): DiskOperation => {
      if (kind === 'acceptedEpoch' || kind === 'currentEpoch') return { write: kind, epoch: n };
      if (kind === 'append') {
        const next = txn(1, now.entries.length + 1);
        now = appendTo(now, next);
        return { write: 'append', txn: next };
      }
      const zxid = [now.floor, ...now.entries.map((entry) => entry.zxid)][n % (now.entries.length + 1)]!;
      now = truncate(now, zxid);
      return kind === 'truncate' ? { write: 'truncate', zxid } : { write: 'snapshot', history: now };
    });
  });

const flushAll = (disk: Disk): Disk => (disk.pending.length > 0 ? flushAll(flush(disk)) : disk);

test('what is pending is not recovered', () => {
  fc.assert(
    fc.property(operations, (all) => {
      expect(recover(all.reduce(enqueue, EMPTY_DISK))).toEqual(recover(EMPTY_DISK));
    }),
  );
});

test('flushes come in the order in which the writes were asked for', () => {
  fc.assert(
    fc.property(operations, (all) => {
      expect(flushAll(all.reduce(enqueue, EMPTY_DISK))).toEqual(all.reduce(write, EMPTY_DISK));
    }),
  );
});

test('a crash keeps a prefix of what is pending, of the length that the environment chose', () => {
  fc.assert(
    fc.property(operations, fc.nat(12), (all, some) => {
      const kept = Math.min(some, all.length);
      expect(crash(all.reduce(enqueue, EMPTY_DISK), kept)).toEqual(
        all.slice(0, kept).reduce(write, EMPTY_DISK),
      );
    }),
  );
});

test('what was flushed survives any crash', () => {
  fc.assert(
    fc.property(operations, operations, (before, pending) => {
      const durable = before.reduce(write, EMPTY_DISK);
      expect(crash(pending.reduce(enqueue, durable), 0)).toEqual(durable);
    }),
  );
});

test('the disk recovers what a server would hold in memory', () => {
  fc.assert(
    fc.property(operations, (all) => {
      const memory = all.reduce((now, operation) => {
        if (operation.write === 'append') return appendTo(now, operation.txn);
        if (operation.write === 'truncate') return truncate(now, operation.zxid);
        return operation.write === 'snapshot' ? operation.history : now;
      }, history(''));
      expect(recover(all.reduce(write, EMPTY_DISK)).history).toEqual(memory);
    }),
  );
});

test('a snapshot replaces the log; appends follow behind it', () => {
  const disk = [
    append('1:1'),
    { write: 'snapshot', history: history('2:2', '2:1') } as const,
    append('2:3'),
  ].reduce(write, EMPTY_DISK);
  expect(disk.log).toEqual(txns('2:3'));
  expect(recover(disk).history).toEqual(history('2:2 2:3', '2:1'));
});

test('truncation cuts the log, and into the snapshot where it has to', () => {
  const disk = [{ write: 'snapshot', history: history('1:2 1:3', '1:1') } as const, append('1:4')].reduce(
    write,
    EMPTY_DISK,
  );
  const to = (text: string) => write(disk, { write: 'truncate', zxid: zxidOf(text) });
  expect(to('1:3')).toEqual({ ...disk, log: [] });
  expect(to('1:2')).toEqual({ ...disk, snapshot: history('1:2', '1:1'), log: [] });
  expect(lastZxid(recover(to('1:1')).history)).toBe(zxidOf('1:1'));
});

test('the epochs are written apart from each other and from the history', () => {
  const disk = write(write(EMPTY_DISK, { write: 'acceptedEpoch', epoch: 3 }), {
    write: 'currentEpoch',
    epoch: 2,
  });
  expect(recover(disk)).toEqual({ acceptedEpoch: 3, currentEpoch: 2, history: history('') });
});
