/** What the driver adds to the reducer: which writes a server has time to wait for. */
import { expect, test } from 'vitest';
import type { Server as State } from '../spec/server.js';
import type { Txn } from '../spec/history.js';
import { makeZxid } from '../spec/zxid.js';
import { isOnlyWrite } from './server.js';

const txn = (counter: number): Txn => ({ zxid: makeZxid(1, counter), origin: 1, payload: 'a' });

const state = (role: string, committed: number, count: number): State =>
  ({
    state: role,
    phase: 'BROADCAST',
    committed: makeZxid(1, committed),
    history: { floor: makeZxid(1, 4), entries: Array.from({ length: count }, (_, i) => txn(5 + i)) },
  }) as unknown as State;

test('a follower waits for its disk where the write is the only one under way', () => {
  expect(isOnlyWrite(state('FOLLOWING', 4, 1), txn(5), 1)).toBe(true);
  expect(isOnlyWrite(state('FOLLOWING', 5, 2), txn(6), 1)).toBe(true);
  // The one before it is not committed; the one behind it has come.
  expect(isOnlyWrite(state('FOLLOWING', 4, 2), txn(6), 1)).toBe(false);
  expect(isOnlyWrite(state('FOLLOWING', 4, 2), txn(5), 1)).toBe(false);
  // Another of its clients waits.
  expect(isOnlyWrite(state('FOLLOWING', 5, 2), txn(6), 2)).toBe(false);
  // An observer hears of what is committed; a leader has acknowledgements to hear.
  expect(isOnlyWrite(state('OBSERVING', 6, 2), txn(6), 1)).toBe(false);
  expect(isOnlyWrite(state('LEADING', 5, 2), txn(6), 1)).toBe(false);
});
