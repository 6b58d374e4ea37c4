import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { append, type History, lastZxid, trim, truncate, type Txn, upTo } from './history.js';
import { outstandingFor, planSync, type SyncChoice, type SyncPlan } from './sync.js';
import { configOf, history, textOf, txn, txns, zxidOf } from './testing.js';
import type { Zxid } from './zxid.js';

const config = configOf();

/** A plan as text: its first message, then what follows it. */
const shown = (choice: SyncChoice): string => {
  if (choice === 'read') return choice;
  const { first, behind } = choice;
  return [first.type, textOf(first.zxid), ...behind.map(({ zxid }) => textOf(zxid))].join(' ');
};

describe('planSync chooses as ZooKeeper does', () => {
  test.each([
    ['equal', '1:1 1:2', '1:2', 'DIFF 1:2'],
    ['both empty', '', '0:0', 'DIFF 0:0'],
    ['behind, within the window', '1:1 1:2 1:3', '1:1', 'DIFF 1:3 1:2 1:3'],
    ['behind, across epochs', '1:1 1:2 2:1', '1:2', 'DIFF 2:1 2:1'],
    ['ahead in the epoch', '1:1', '1:3', 'TRUNC 1:1'],
    ['ahead of an empty leader', '', '1:1', 'TRUNC 0:0'],
    ['ahead by a later epoch', '1:1', '2:1', 'TRUNC 1:1'],
    [
      'divergent, with nothing of that epoch behind: TRUNC never crosses epochs',
      '1:1 2:1',
      '1:2',
      'SNAP 2:1',
    ],
    ['divergent before everything that the leader has', '2:1', '1:1', 'SNAP 2:1'],
    ['fresh', '1:1 1:2', '0:0', 'SNAP 1:2'],
  ])('%s: leader %o, learner %s: %s', (_, leader, learner, plan) => {
    const own = history(leader);
    expect(shown(planSync(config, own, lastZxid(own), zxidOf(learner)))).toBe(plan);
  });

  test('a tail that diverges in the middle of an epoch is cut off, and what the leader has follows', () => {
    // No correct leader has such a gap; ZooKeeper's choice is the same.
    const own = history('1:1 1:4 2:1');
    expect(shown(planSync(config, own, lastZxid(own), zxidOf('1:3')))).toBe('TRUNC 1:1 1:4 2:1');
  });
});

describe('planSync with the mark of an epoch, as ZooKeeper has it', () => {
  const marked = (entries: string, mark: string): History => ({ ...history(entries), mark: zxidOf(mark) });

  test.each([
    ['an established leader without a transaction, fresh learner', marked('', '1:0'), '0:0', 'SNAP 1:0'],
    ['both stand at the mark', marked('', '1:0'), '1:0', 'DIFF 1:0'],
    ['a learner that has all transactions', marked('1:1 1:2', '2:0'), '1:2', 'DIFF 1:2'],
    ['a learner behind them', marked('1:1 1:2', '2:0'), '1:1', 'DIFF 1:2 1:2'],
    ['a tail of the last epoch', marked('1:1 1:2', '2:0'), '1:4', 'TRUNC 1:2'],
    ['a learner at the mark of an epoch with transactions', history('1:1 2:1'), '2:0', 'DIFF 2:1 2:1'],
    ['a learner at the mark of an epoch that the leader lacks', history('1:1'), '2:0', 'SNAP 1:1'],
  ] as const)('%s', (_, own, learner, plan) => {
    expect(shown(planSync(config, own, lastZxid(own), zxidOf(learner)))).toBe(plan);
  });
});

describe('planSync over a window', () => {
  const own = history('2:1 2:2', '1:3');
  const plan = (learner: string, read?: readonly Txn[] | null) =>
    shown(planSync(config, own, lastZxid(own), zxidOf(learner), read));

  test.each([
    ['at the floor, a DIFF of all that the window holds', '1:3', 'DIFF 2:2 2:1 2:2'],
    ['within the window, a DIFF', '2:1', 'DIFF 2:2 2:2'],
    ['below the window, the log has to be read', '1:1', 'read'],
    ['fresh, the log has to be read', '0:0', 'read'],
  ])('a learner is %s', (_, learner, expected) => {
    expect(plan(learner)).toBe(expected);
  });

  test('what was read comes before what the window holds', () => {
    expect(plan('1:1', txns('1:2 1:3'))).toBe('DIFF 2:2 1:2 1:3 2:1 2:2');
  });

  test('a log that does not reach back means a snapshot, of what lies below the floor and the window', () => {
    const snapshot = planSync(config, own, lastZxid(own), zxidOf('1:1'), null);
    expect(shown(snapshot)).toBe('SNAP 2:2');
    expect(snapshot).toMatchObject({ first: { history: own } });
  });
});

describe('a leader in office', () => {
  const own = history('1:1 1:2 1:3 1:4');
  const committed = zxidOf('1:2');

  test.each([
    ['1:1', 'DIFF 1:2 1:2'],
    ['1:2', 'DIFF 1:2'],
    ['1:4', 'TRUNC 1:2'],
    ['0:0', 'SNAP 1:2'],
  ])('brings a learner at %s to what is committed: %s', (learner, expected) => {
    expect(shown(planSync(config, own, committed, zxidOf(learner)))).toBe(expected);
  });

  test('forwards what is proposed behind that', () => {
    expect(outstandingFor(config, own, committed, committed)).toEqual(txns('1:3 1:4'));
    expect(outstandingFor(config, own, zxidOf('1:4'), zxidOf('1:4'))).toEqual([]);
  });
});

/** What a learner makes of a plan. Null: it would have to refuse, TRUNC to what it does not hold. */
const obey = (own: History, { first, behind }: SyncPlan): History | null => {
  if (first.type === 'SNAP') return behind.reduce(append, first.history);
  if (first.type === 'DIFF') return behind.reduce(append, own);
  const cut = truncate(own, first.zxid);
  return lastZxid(cut) === first.zxid ? behind.reduce(append, cut) : null;
};

/**
 * A leader and a learner such as runs leave them: the learner holds some whole epochs of the leader's history and then,
 * perhaps, a tail that was never committed, of the last of these epochs or of one that the leader has nothing of.
 */
const pairs = fc
  .record({
    epochs: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
    shared: fc.nat(4),
    tail: fc.nat(2),
    isLater: fc.boolean(),
    window: fc.integer({ min: 1, max: 12 }),
  })
  .map(({ epochs, shared, tail, isLater, window }) => {
    // Of odd epochs: those between are known to the learner alone.
    const all = epochs.map((count, i) => Array.from({ length: count }, (_, n) => txn(2 * i + 1, n + 1)));
    const common = all.slice(0, shared);
    const last = common.at(-1)?.length ?? 0;
    const epoch = 2 * common.length - 1;
    const divergent = Array.from({ length: tail }, (_, n) =>
      isLater || last === 0 ? txn(epoch + 1, n + 1) : txn(epoch, last + n + 1),
    );
    return { all: all.flat(), learner: [...common.flat(), ...divergent], window };
  });

/** Those that are in the middle of an epoch have nothing of their own behind it. */
const behindPairs = fc
  .record({ pair: pairs, kept: fc.nat(12) })
  .map(({ pair, kept }) => ({ ...pair, learner: pair.all.slice(0, kept) }));

/** What the whole log holds behind a transaction that is in it; null if it is not. */
const readLog = (all: readonly Txn[], floor: Zxid, from: Zxid): readonly Txn[] | null => {
  const log = upTo({ floor: 0, entries: all }, floor);
  const at = log.findIndex(({ zxid }) => zxid === from);
  return at < 0 ? (from === 0 ? log : null) : log.slice(at + 1);
};

test('a learner that obeys ends with the committed history of the leader, whatever the window', () => {
  fc.assert(
    fc.property(fc.oneof(pairs, behindPairs), ({ all, learner, window }) => {
      const whole: History = { floor: 0, entries: all };
      const own = trim(whole, lastZxid(whole), window);
      const last = learner.at(-1)?.zxid ?? 0;
      const asked = planSync(config, own, lastZxid(own), last);
      const plan =
        asked === 'read' ? planSync(config, own, lastZxid(own), last, readLog(all, own.floor, last)) : asked;
      expect(plan).not.toBe('read');
      const result = obey({ floor: 0, entries: learner }, plan as SyncPlan);
      expect(result && lastZxid(result)).toBe(lastZxid(whole));
      expect(result?.entries).toEqual(result?.floor === 0 ? all : own.entries);
      expect((plan as SyncPlan).end).toBe(lastZxid(whole));
    }),
  );
});

describe('what the log answers is not taken on trust', () => {
  const own = history('2:1 2:2', '1:3');
  const read = (learner: string, answer: string) =>
    shown(planSync(config, own, lastZxid(own), zxidOf(learner), txns(answer)));

  // The plan is a DIFF, and the learner keeps 1:4, which was never committed, between 1:3 and 2:1.
  test('a learner whose last transaction the log lacks does not get a DIFF', () => {
    expect(read('1:4', '')).not.toMatch(/^DIFF/);
  });

  // The window moved on between the question and the answer; ZooKeeper looks for this gap and sends a snapshot.
  test('a gap between what was read and what the window holds means a snapshot', () => {
    expect(read('1:1', '1:2')).toBe('SNAP 2:2');
  });

  // The log held more than was asked for; ZooKeeper skips what is queued already.
  test('what the window holds as well is not sent twice', () => {
    expect(read('1:1', '1:2 1:3 2:1')).toBe('DIFF 2:2 1:2 1:3 2:1 2:2');
  });
});
