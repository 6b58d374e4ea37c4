/** What Apache ZooKeeper's WorkerReceiver and the loop of lookForLeader do, sentence by sentence. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canDecide, look } from './election.js';
import type { Notification, ServerState } from './messages.js';
import { hasVotes } from './receiver.js';
import { step } from './reducer.js';
import type { Looking, Server } from './server.js';
import type { Step } from './step.js';
import { configOf, effectsOf, Ensemble, history, offencesOf } from './testing.js';
import { variants } from './variants.js';
import type { Sid } from './zxid.js';

const config = configOf({ observers: 1, election: 'fle', variant: 'zookeeper-3.8' });
const OBSERVER = 4;

const looking = (sid: Sid, round = 1): Looking =>
  look(config, {
    sid,
    acceptedEpoch: 0,
    currentEpoch: 0,
    history: history(''),
    committed: 0,
    vote: { leader: 0, zxid: 0, peerEpoch: 0, electionEpoch: round - 1 },
  }).looking;

const vote = (leader: Sid, { round = 1, state = 'LOOKING' as ServerState } = {}): Notification => ({
  state,
  leader,
  zxid: 0,
  peerEpoch: 0,
  electionEpoch: round,
});

const hears = (self: Server, from: Sid, notification: Notification): Step =>
  step(config, self, { type: 'Notified', from, notification });
const turn = (self: Server): Step => step(config, self, { type: 'Turn', of: 'election' });

/** Counts until nothing is left to count. */
const counts = (self: Server): Looking => {
  const { server } = turn(self);
  return server.state === 'LOOKING' && hasVotes(server) ? counts(server) : (server as Looking);
};
const queueOf = (self: Server): readonly (readonly [Sid, Notification])[] =>
  ((self as Looking).receiveQueue ?? []).map(({ from, notification }) => [from, notification]);
const told = (taken: Step) => effectsOf(taken, 'notify').map(({ to, notification }) => [to, notification]);

describe('the receiver', () => {
  test('queues the vote of a voter behind its own, and counts nothing', () => {
    const { handler, server, effects } = hears(looking(2), 3, vote(3));
    expect(handler).toBe('lookingReceivesVote');
    expect(queueOf(server)).toEqual([
      [2, vote(2)],
      [3, vote(3)],
    ]);
    expect(server).toMatchObject({ received: {}, vote: { leader: 2 } });
    expect(effects).toEqual([]);
  });

  test('answers a looking peer of an earlier round at once, and queues its vote all the same', () => {
    const taken = hears(looking(2, 3), 3, vote(3, { round: 2 }));
    expect(told(taken)).toEqual([[3, vote(2, { round: 3 })]]);
    expect(queueOf(taken.server)).toHaveLength(2);
  });

  test('answers with the vote of the moment, whatever is waiting to be counted', () => {
    const waiting = hears(looking(2, 1), 1, vote(1, { round: 5 })).server;
    expect(told(hears(waiting, 3, vote(3, { round: 1 })))).toEqual([]);
    expect(told(hears(counts(waiting), 3, vote(3, { round: 1 })))).toEqual([[3, vote(2, { round: 5 })]]);
  });

  test('answers a looking peer at once where this server has decided, and queues nothing', () => {
    const waiting = counts(hears(counts(looking(3)), 2, vote(3)).server);
    const leading = step(config, waiting, { type: 'FinalizeWait' }).server;
    expect(leading.state).toBe('LEADING');
    expect(leading).not.toHaveProperty('receiveQueue');
    expect(leading).not.toHaveProperty('finalizing');
    const taken = hears(leading, 1, vote(1));
    expect(told(taken)).toEqual([[1, vote(3, { state: 'LEADING' })]]);
    expect(taken.server).toBe(leading);
    expect(hears(leading, 1, vote(3, { state: 'FOLLOWING' }))).toMatchObject({
      effects: [],
      server: leading,
    });
  });

  test('answers an observer at once, and does not queue its vote', () => {
    const self = looking(2);
    const taken = hears(self, OBSERVER, vote(-1));
    expect(taken.server).toBe(self);
    expect(told(taken)).toEqual([[OBSERVER, vote(2)]]);
  });

  test('drops the oldest of a hundred', () => {
    let self: Server = looking(2);
    for (let round = 1; round <= 100; round++) self = hears(self, 3, vote(3, { round })).server;
    expect(queueOf(self)).toHaveLength(100);
    expect(queueOf(self)[0]).toEqual([3, vote(3, { round: 1 })]);
  });

  test('of an observer queues no vote of its own', () => {
    expect(queueOf(looking(OBSERVER))).toEqual([]);
  });
});

describe('the thread that counts votes', () => {
  test('does not answer an earlier round: the receiver did', () => {
    const waiting = hears(looking(2, 3), 3, vote(3, { round: 2 })).server;
    expect(turn(turn(waiting).server)).toMatchObject({ handler: 'lookingProcessLookingVote', effects: [] });
  });

  test('counts its own vote only when that comes out of the queue', () => {
    const adopted = turn(hears(counts(looking(2)), 3, vote(3)).server).server;
    expect(adopted).toMatchObject({ vote: { leader: 3 }, received: { 2: { leader: 2 }, 3: { leader: 3 } } });
    expect(adopted).not.toHaveProperty('finalizing');
    expect(counts(adopted)).toMatchObject({ finalizing: true });
  });

  test('decides once a quorum votes alike and the queue is empty', () => {
    const self = counts(hears(looking(2), 3, vote(3)).server);
    expect(canDecide(config, self)).toBe(true);
    const waiting = hears(self, 1, vote(1)).server as Looking;
    expect(canDecide(config, waiting)).toBe(false);
    expect(() => step(config, waiting, { type: 'FinalizeWait' })).toThrow('impossible');
    expect(step(config, counts(waiting), { type: 'FinalizeWait' }).server).toMatchObject({
      state: 'FOLLOWING',
      leader: 3,
    });
  });

  test.each([
    ['of a later round', vote(1, { round: 9 })],
    ['of a server that has decided', vote(1, { state: 'LEADING' })],
    ['of this round', vote(1)],
  ])('forgets a vote that is not better while it waits, one %s', (_, notification) => {
    const self = counts(hears(looking(2), 3, vote(3)).server);
    const taken = turn(hears(self, 1, notification).server);
    expect(taken).toMatchObject({ handler: 'lookingProcessVoteInWait', effects: [] });
    expect(taken.server).toEqual(self);
  });

  test('puts a better vote back behind the others, and waits no more', () => {
    const self = counts(hears(counts(looking(1)), 2, vote(2)).server);
    expect(self.finalizing).toBe(true);
    const [better, other] = [vote(3), vote(2)];
    const { server } = turn(hears(hears(self, 3, better).server, 2, other).server);
    expect(server).not.toHaveProperty('finalizing');
    expect(queueOf(server)).toEqual([
      [2, other],
      [3, better],
    ]);
  });

  test('does not enter the wait for a better vote of an earlier round, which it had put back', () => {
    const self = counts(hears(counts(looking(1, 2)), 2, vote(2, { round: 2 })).server);
    const after = counts(hears(self, 3, vote(3, { round: 1 })).server);
    expect(after).not.toHaveProperty('finalizing');
    // A silence later it sends its vote again, to itself too, and is back.
    expect(counts(step(config, after, { type: 'Resend' }).server).finalizing).toBe(true);
  });

  test('has no turn with nothing to count', () => {
    expect(() => turn(counts(looking(2)))).toThrow('impossible');
  });
});

test('elections with a receive queue keep what Zab keeps, whatever is lost, doubled or late', () => {
  const fixed = variants.find(({ name }) => name === 'zookeeper-3.8')!.defects;
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 300 }), (choices) => {
      const ensemble = new Ensemble(configOf({ election: 'fle', variant: 'zookeeper-3.8', fixed }), {
        requests: 2,
      });
      for (const choice of choices) ensemble.choose(choice);
      const { base } = offencesOf(ensemble);
      expect(Object.entries(base).filter(([, offence]) => offence !== null)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
