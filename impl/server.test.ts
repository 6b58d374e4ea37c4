/** What the driver adds to the reducer: which writes a server has time to wait for. */
import { expect, test } from 'vitest';
import type { Server as State } from '../spec/server.js';
import type { Txn } from '../spec/history.js';
import { makeZxid } from '../spec/zxid.js';
import { isOnlyProposal } from './server.js';

const txn = (counter: number): Txn => ({ zxid: makeZxid(1, counter), origin: 1, payload: 'a' });

const state = (role: string, committed: number, count: number): State =>
  ({
    state: role,
    phase: 'BROADCAST',
    committed: makeZxid(1, committed),
    history: { floor: makeZxid(1, 4), entries: Array.from({ length: count }, (_, i) => txn(5 + i)) },
  }) as unknown as State;

test('a follower waits for its disk where the proposal is the only one under way', () => {
  expect(isOnlyProposal(state('FOLLOWING', 4, 1), txn(5))).toBe(true);
  expect(isOnlyProposal(state('FOLLOWING', 5, 2), txn(6))).toBe(true);
  // The one before it is not committed; the one behind it has come.
  expect(isOnlyProposal(state('FOLLOWING', 4, 2), txn(6))).toBe(false);
  expect(isOnlyProposal(state('FOLLOWING', 4, 2), txn(5))).toBe(false);
  // An observer hears of what is committed; a leader has acknowledgements to hear.
  expect(isOnlyProposal(state('OBSERVING', 6, 2), txn(6))).toBe(false);
  expect(isOnlyProposal(state('LEADING', 5, 2), txn(6))).toBe(false);
});
