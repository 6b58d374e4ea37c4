/** States that are copied field by field are copied whole, whatever fields there come to be. */
import { expect, test } from 'vitest';
import { EMPTY_HISTORY, type History } from './history.js';
import { type BroadcastingLeader, type BroadcastingLearner, leaderWith, learnerWith } from './server.js';

const history: History = { floor: 0, entries: [{ zxid: 2 ** 32 + 1, origin: 1, payload: 7 }] };
const common = {
  sid: 2,
  acceptedEpoch: 4,
  currentEpoch: 3,
  history: EMPTY_HISTORY,
  committed: 5,
  vote: { leader: 1, zxid: 0, peerEpoch: 3, electionEpoch: 9 },
};

/** The compiler asks for every field that there is. */
const learner: Required<BroadcastingLearner> = {
  state: 'FOLLOWING',
  phase: 'BROADCAST',
  ...common,
  leader: 1,
  unacknowledged: [6],
  committedLog: history.entries,
  committing: 6,
  owesUptodate: true,
};
const leader: Required<BroadcastingLeader> = {
  state: 'LEADING',
  phase: 'BROADCAST',
  ...common,
  learners: { 3: { stage: 'active' } },
  outstanding: [{ zxid: 6, acknowledged: [2] }],
  committedLog: history.entries,
};

/** With none, with one and with all of the fields that only variants have. */
const withSome = <T extends object>(all: T, rare: readonly (keyof T)[]): readonly T[] => {
  const without = (keys: readonly (keyof T)[]): T =>
    Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key as keyof T))) as T;
  return [without(rare), ...rare.map((one) => without(rare.filter((key) => key !== one))), all];
};

test('a learner is copied whole, with what changes', () => {
  for (const self of withSome<BroadcastingLearner>(learner, ['committedLog', 'committing', 'owesUptodate'])) {
    expect(learnerWith(self, {})).toStrictEqual(self);
    for (const changes of [{ history }, { committed: 6 }, { unacknowledged: [] }, { history, committed: 6 }])
      expect(learnerWith(self, changes)).toStrictEqual({ ...self, ...changes });
  }
});

test('a leader is copied whole, with what changes', () => {
  for (const self of withSome<BroadcastingLeader>(leader, ['committedLog'])) {
    expect(leaderWith(self, {})).toStrictEqual(self);
    for (const changes of [{ history }, { committed: 6 }, { outstanding: [] }, { history, committed: 6 }])
      expect(leaderWith(self, changes)).toStrictEqual({ ...self, ...changes });
  }
});
