import { expect, test } from 'vitest';
import { makeZxid } from '../../spec/zxid.js';
import type { Drawing } from '../drawing.js';
import { enabled, initialState, named, type State } from '../plain.js';
import { zab } from './index.js';

const model = zab.build(
  zab.schema.parse({ servers: 2, observers: 1, txns: 1, crashes: 1, persistence: 'async' }),
);
const drawing: Drawing = zab.draw!(model);

/** The first progress there is until one of these can happen, one after another. */
const after = (...names: readonly string[]): State => {
  let state = initialState(model);
  for (const name of names) {
    for (;;) {
      const successors = enabled(model, state);
      const wanted = successors.find(({ outcome }) => outcome.action.name === name);
      const next = wanted ?? successors.find(({ group }) => group.urgency === 'progress')!;
      state = next.state;
      if (wanted !== undefined) break;
    }
  }
  return state;
};

const views = (state: State) => drawing.lanes.map(({ name }) => drawing.view(name, named(model, state)));

test('a lane a server, observers by their own name', () => {
  expect(drawing.lanes).toEqual([
    { name: 'server 1', short: 'S1' },
    { name: 'server 2', short: 'S2' },
    { name: 'observer 3', short: 'O3' },
  ]);
  expect(drawing.channels).toContainEqual({ slot: 'link 3-1', from: 'observer 3', to: 'server 1' });
});

test('a log tells what is committed, and what is on disk', () => {
  const [leader] = views(after('leaderProcessRequest'));
  expect(leader).toMatchObject({ state: 'LEADING', epoch: 1, settled: true });
  expect(leader!.log).toEqual([{ label: '1:1', epoch: 1, committed: false, durable: false }]);
  const [flushed] = views(after('leaderProcessRequest', 'leaderProposalFlushed'));
  expect(flushed!.log).toMatchObject([{ committed: false, durable: true }]);
  const [committed] = views(after('leaderProcessRequest', 'leaderProposalFlushed', 'leaderProcessACK'));
  expect(committed!.log).toMatchObject([{ committed: true, durable: true }]);
});

test('a server that is down shows its disk; one on the way into an epoch says so', () => {
  const [down] = views(after('leaderProcessRequest', 'leaderProposalFlushed', 'crash'));
  expect(down).toMatchObject({ state: 'down', down: true, log: [{ label: '1:1', committed: false }] });
  const [, follower] = views(after('followerProcessNEWLEADER'));
  expect(follower).toMatchObject({ epoch: 1 });
  expect(follower!.settled).toBeUndefined();
});

test('what is delivered, and where', () => {
  const channel = { slot: 'link 1-2', from: 'server 1', to: 'server 2' };
  const delivers = (action: { readonly name: string; readonly [field: string]: unknown }) =>
    drawing.delivers(action, channel);
  expect(delivers({ name: 'followerProcessPROPOSAL', server: 2, from: 1 })).toBe('takes');
  expect(delivers({ name: 'followerProcessPROPOSAL', server: 1, from: 2 })).toBeUndefined();
  expect(delivers({ name: 'followerClosed', server: 2, from: 1 })).toBeUndefined();
  expect(delivers({ name: 'duplicateNotification', server: 2, from: 1 })).toBeUndefined();
  const lanes = (action: { readonly name: string; readonly [field: string]: unknown }) =>
    drawing.lanesOf(action, {}, {});
  expect(lanes({ name: 'followerConnected', server: 2, to: 1 })).toEqual(['server 2', 'server 1']);
  expect(lanes({ name: 'partition', between: [1, 3] })).toEqual(['server 1', 'observer 3']);
  expect(lanes({ name: 'loseNotification', from: 1, to: 2 })).toEqual([]);
});

test('messages by name, zxids as epoch:counter', () => {
  const zxid = makeZxid(2, 3);
  expect(drawing.describe({ type: 'COMMIT', zxid })).toBe('COMMIT 2:3');
  expect(drawing.describe({ type: 'UPTODATE' })).toBe('UPTODATE');
  const vote = { state: 'LOOKING', leader: 3, zxid, peerEpoch: 2, electionEpoch: 1 };
  expect(drawing.describe(vote)).toBe('vote 3 (2:3) r1');
});
