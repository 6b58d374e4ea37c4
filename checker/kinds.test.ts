import { describe, expect, test } from 'vitest';
import { bag, counters, fifo, fold, head, scalar, set } from './kinds.js';

test('a scalar has no operations', () => {
  expect(() => scalar('mode').apply('x', undefined as never)).toThrow('mode has no operations');
});

describe('fifo', () => {
  const queue = fifo<string>('channel', 2);

  test('keeps the order, and pops the head', () => {
    expect(queue.apply(['a'], { push: 'b' })).toEqual(['a', 'b']);
    expect(queue.apply(['a', 'b'], 'pop')).toEqual(['b']);
    expect(queue.apply(['a', 'b'], 'clear')).toEqual([]);
    expect(head.of(['a', 'b'])).toBe('a');
    expect(head.of([])).toBeNull();
  });

  test('has limits', () => {
    expect(() => queue.apply(['a', 'b'], { push: 'c' })).toThrow('push into a full channel, which holds 2');
    expect(() => queue.apply([], 'pop')).toThrow('pop of an empty channel');
  });
});

test('a bag counts, a set does not', () => {
  const message = { to: 1, from: 2 };
  const again = { from: 2, to: 1 };
  expect(bag('network').apply([message], { add: again })).toHaveLength(2);
  expect(set('network').apply([message], { add: again })).toHaveLength(1);
  expect(bag('network').apply([message, again], { remove: again })).toEqual([message]);
});

test.each([bag<number>('network'), set<number>('network')])('the order of adding leaves no trace', (kind) => {
  expect(kind.apply(kind.apply([], { add: 2 }), { add: 1 })).toEqual(
    kind.apply(kind.apply([], { add: 1 }), { add: 2 }),
  );
  expect(() => kind.apply([1], { remove: 3 })).toThrow('3 is not in network');
});

test('a budget is spent, and not overdrawn', () => {
  const budgets = counters<'crashes' | 'cuts'>('budgets');
  expect(budgets.apply({ crashes: 1, cuts: 2 }, { spend: 'crashes' })).toEqual({ crashes: 0, cuts: 2 });
  expect(() => budgets.apply({ crashes: 0, cuts: 2 }, { spend: 'crashes' })).toThrow(
    'nothing left of crashes',
  );
});

test('a fold observes', () => {
  const longest = fold<number, number>('longest', (value, seen) => Math.max(value, seen));
  expect(longest.apply(3, 5)).toBe(5);
});
