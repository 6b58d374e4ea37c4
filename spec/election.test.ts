import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_DISK } from './disk.js';
import { canDecide, electors, isBetterVote, look } from './election.js';
import type { Notification, ServerState, Vote } from './messages.js';
import { step } from './reducer.js';
import type { Server } from './server.js';
import type { Step } from './step.js';
import { configOf, effectsOf, Ensemble, history, txn, zxidOf } from './testing.js';
import type { Sid } from './zxid.js';

const config = configOf({ voters: 3, observers: 1, election: 'fle' });
const OBSERVER = 4;

/** A looking server in its first round, unless told otherwise. */
const looking = (sid: Sid, { epoch = 0, entries = '', round = 1 } = {}) =>
  look(config, {
    sid,
    acceptedEpoch: epoch,
    currentEpoch: epoch,
    history: history(entries),
    committed: 0,
    vote: { leader: 0, zxid: 0, peerEpoch: 0, electionEpoch: round - 1 },
  }).looking;

const vote = (
  leader: Sid,
  { zxid = '0:0', peerEpoch = 0, round = 1, state = 'LOOKING' as ServerState } = {},
) => ({ state, leader, zxid: zxidOf(zxid), peerEpoch, electionEpoch: round }) satisfies Notification;

const hears = (self: Server, from: Sid, notification: Notification): Step =>
  step(config, self, { type: 'Notified', from, notification });

/** Hears one after the other, and ends as the last step says. */
const hearsAll = (self: Server, ...votes: readonly (readonly [Sid, Notification])[]): Server =>
  votes.reduce((now, [from, notification]) => hears(now, from, notification).server, self);

const told = (taken: Step): readonly Sid[] => effectsOf(taken, 'notify').map(({ to }) => to);

describe('the order of votes', () => {
  const anyVote: fc.Arbitrary<Vote> = fc.record({
    leader: fc.integer({ min: 1, max: 3 }),
    zxid: fc.nat(3),
    peerEpoch: fc.nat(2),
  });

  test('is a strict total order', () => {
    const better = (a: Vote, b: Vote) => isBetterVote(config, a, b);
    fc.assert(
      fc.property(anyVote, anyVote, anyVote, (a, b, c) => {
        expect(better(a, a)).toBe(false);
        const same = a.leader === b.leader && a.zxid === b.zxid && a.peerEpoch === b.peerEpoch;
        expect(Number(better(a, b)) + Number(better(b, a))).toBe(same ? 0 : 1);
        if (better(a, b) && better(b, c)) expect(better(a, c)).toBe(true);
      }),
    );
  });

  test.each([
    [
      'a later epoch beats a longer history',
      vote(1, { peerEpoch: 2 }),
      vote(3, { peerEpoch: 1, zxid: '1:9' }),
    ],
    ['a longer history beats a higher sid', vote(1, { zxid: '1:2' }), vote(3, { zxid: '1:1' })],
    ['a higher sid decides between equals', vote(3), vote(2)],
  ])('%s', (_, a, b) => {
    expect(isBetterVote(config, a, b)).toBe(true);
  });
});

describe('a looking server', () => {
  test('votes for itself, in the next round, and tells all other voters', () => {
    const { looking: self, effects } = look(config, { ...looking(2, { epoch: 1, entries: '1:1' }) });
    expect(self.vote).toEqual({ leader: 2, zxid: zxidOf('1:1'), peerEpoch: 1, electionEpoch: 2 });
    expect(effectsOf({ effects }, 'notify').map(({ to }) => to)).toEqual([1, 3]);
  });

  test('takes over a better vote and tells everyone', () => {
    const taken = hears(looking(2), 3, vote(3));
    expect(taken.server.vote.leader).toBe(3);
    expect(told(taken)).toEqual([1, 3]);
  });

  test('notes a worse vote and keeps its own, in silence', () => {
    const taken = hears(looking(2), 1, vote(1));
    expect(taken.server).toMatchObject({ vote: { leader: 2 }, received: { 1: { leader: 1 } } });
    expect(taken.effects).toEqual([]);
  });

  test('ignores a vote that it knows', () => {
    const self = hearsAll(looking(2), [1, vote(1)]);
    expect(hears(self, 1, vote(1))).toMatchObject({ server: self, effects: [], ignored: 'vote known' });
  });

  test('joins a higher round: forgets the votes of its own, compares with its own history, tells everyone', () => {
    const self = hearsAll(looking(2), [3, vote(3)]);
    const taken = hears(self, 1, vote(1, { round: 5 }));
    expect(taken.server).toMatchObject({ vote: { leader: 2, electionEpoch: 5 } });
    expect(taken.server).toHaveProperty('received', {
      1: { leader: 1, zxid: 0, peerEpoch: 0, state: 'LOOKING' },
    });
    expect(told(taken)).toEqual([1, 3]);
  });

  test('answers a vote of a lower round, and does not count it', () => {
    const self = looking(2, { round: 3 });
    const taken = hears(self, 3, vote(3, { round: 2 }));
    expect(taken.server).toBe(self);
    expect(effectsOf(taken, 'notify')).toEqual([
      { type: 'notify', to: 3, notification: vote(2, { round: 3 }) },
    ]);
  });

  test('ignores a vote for one that is no voter', () => {
    expect(hears(looking(2), 3, vote(OBSERVER))).toMatchObject({ ignored: 'a vote for no voter' });
  });

  test('sends its vote again on demand', () => {
    expect(told(step(config, looking(2), { type: 'Resend' }))).toEqual([1, 3]);
  });
});

describe('a quorum', () => {
  test('is needed to decide, and the server itself is one of it', () => {
    const self = looking(3);
    expect(canDecide(config, self)).toBe(false);
    const heard = hearsAll(self, [1, vote(3)]);
    expect(heard.state === 'LOOKING' && electors(config, heard)).toEqual([1, 3]);
    expect(heard.state === 'LOOKING' && canDecide(config, heard)).toBe(true);
  });

  test('is of votes that agree in all: leader, zxid, epoch and round', () => {
    const self = hearsAll(looking(3), [1, vote(2)], [2, vote(2)]);
    expect(self.state === 'LOOKING' && canDecide(config, self)).toBe(false);
  });

  test('once it stands and nothing better comes, makes the chosen one lead and the others follow', () => {
    const decide = (self: Server) => step(config, self, { type: 'FinalizeWait' }).server;
    expect(decide(hearsAll(looking(3), [1, vote(3)]))).toMatchObject({
      state: 'LEADING',
      phase: 'DISCOVERY',
    });
    expect(decide(hearsAll(looking(1), [3, vote(3)]))).toMatchObject({ state: 'FOLLOWING', leader: 3 });
  });

  // The reducer decides for whatever vote it holds, an observer's for nobody included.
  test('is demanded even of a driver whose timer fires too late or too early', () => {
    expect(() => step(config, looking(3), { type: 'FinalizeWait' })).toThrow('impossible');
  });

  test('may still be overtaken by a better vote while it waits', () => {
    const self = hearsAll(looking(1), [2, vote(2)]);
    expect(self.state === 'LOOKING' && canDecide(config, self)).toBe(true);
    const later = hearsAll(self, [3, vote(3)]);
    expect(later.vote.leader).toBe(3);
    expect(later.state === 'LOOKING' && electors(config, later)).toEqual([1, 3]);
  });
});

describe('votes of servers that have decided', () => {
  const leading = (round: number, peerEpoch = 0) => vote(3, { state: 'LEADING', round, peerEpoch });
  const following = (round: number, peerEpoch = 0) => vote(3, { state: 'FOLLOWING', round, peerEpoch });

  test('of the same round count with those that are looking', () => {
    const self = looking(1);
    const decided = hearsAll(self, [3, leading(1)]);
    expect(decided.state).toBe('LOOKING');
    expect(hearsAll(decided, [2, following(1)])).toMatchObject({ state: 'FOLLOWING', leader: 3 });
    expect(hearsAll(self, [2, vote(3)], [3, leading(1)])).toMatchObject({ state: 'FOLLOWING', leader: 3 });
  });

  test('of another round let a late server join the leader in office, and its round', () => {
    const self = hearsAll(looking(1, { round: 7 }), [3, leading(2, 1)], [2, following(2, 1)]);
    expect(self).toMatchObject({ state: 'FOLLOWING', leader: 3, vote: { electionEpoch: 2, peerEpoch: 1 } });
  });

  test('are not enough until the leader says itself that it leads', () => {
    const five = configOf({ voters: 5, election: 'fle' });
    const hear = (self: Server, from: Sid, n: Notification) =>
      step(five, self, { type: 'Notified', from, notification: n }).server;
    const followed = [2, 4, 5].reduce<Server>((now, from) => hear(now, from, following(2)), looking(1));
    expect(followed.state).toBe('LOOKING');
    expect(hear(followed, 3, leading(2)).state).toBe('FOLLOWING');
  });

  test('that differ in round and zxid alone are alike; in epoch they are not', () => {
    const self = looking(1, { round: 7 });
    const stale = vote(3, { state: 'LEADING', round: 3, zxid: '1:1' });
    expect(hearsAll(self, [2, following(2)], [3, stale]).state).toBe('FOLLOWING');
    expect(hearsAll(self, [2, following(2, 1)], [3, leading(2, 2)]).state).toBe('LOOKING');
  });

  test('for this server itself make it lead only in its own round', () => {
    const forMe = (round: number) => vote(1, { state: 'FOLLOWING', round });
    expect(hearsAll(looking(1), [2, forMe(1)])).toMatchObject({ state: 'LEADING' });
    expect(hearsAll(looking(1), [2, forMe(2)], [3, forMe(2)]).state).toBe('LOOKING');
  });

  test('that are known are ignored', () => {
    const self = hearsAll(looking(1, { round: 7 }), [3, leading(2)]);
    expect(hears(self, 3, leading(2))).toMatchObject({ server: self, ignored: 'vote known' });
  });
});

describe('a server that has decided', () => {
  const leader = step(config, hearsAll(looking(3), [1, vote(3)]), { type: 'FinalizeWait' }).server;

  test('tells one that is looking of its leader', () => {
    const taken = hears(leader, 2, vote(2, { round: 4 }));
    expect(taken.server).toBe(leader);
    expect(effectsOf(taken, 'notify')).toEqual([
      { type: 'notify', to: 2, notification: vote(3, { state: 'LEADING' }) },
    ]);
  });

  test('has nothing to say to another that has decided', () => {
    expect(hears(leader, 1, vote(3, { state: 'FOLLOWING' }))).toMatchObject({ ignored: 'both have decided' });
  });
});

describe('an observer', () => {
  test('votes for nobody, and never decides on that', () => {
    const self = looking(OBSERVER);
    expect(self.vote.leader).toBe(-1);
    expect(canDecide(config, self)).toBe(false);
  });

  test('is answered at once, whatever it says, and its vote is not noted', () => {
    for (const n of [vote(-1), vote(3), vote(3, { round: 9 })]) {
      const self = looking(2);
      const taken = hears(self, OBSERVER, n);
      expect(taken.server).toBe(self);
      expect(told(taken)).toEqual([OBSERVER]);
    }
  });

  test('adopts the vote of voters, and observes once a quorum of voters agrees', () => {
    const one = hearsAll(looking(OBSERVER), [3, vote(3)]);
    expect(one).toMatchObject({ state: 'LOOKING', vote: { leader: 3 } });
    expect(one.state === 'LOOKING' && canDecide(config, one)).toBe(false);
    const two = hearsAll(one, [1, vote(3)]);
    expect(two.state === 'LOOKING' && electors(config, two)).toEqual([1, 3]);
    expect(step(config, two, { type: 'FinalizeWait' }).server).toMatchObject({
      state: 'OBSERVING',
      leader: 3,
    });
  });

  test('does not answer votes of a lower round, or it would be answered for ever', () => {
    expect(hears(looking(OBSERVER, { round: 4 }), 3, vote(3))).toMatchObject({
      ignored: 'vote of an earlier round',
    });
  });
});

test('once all has been heard, every voter follows the one with the best vote; observers who ask then, too', () => {
  const recent = fc.record({ currentEpoch: fc.integer({ min: 1, max: 3 }), entries: fc.nat(3) });
  const ensembles = fc.record({
    voters: fc.array(recent, { minLength: 3, maxLength: 7 }),
    observers: fc.nat(2),
    order: fc.infiniteStream(fc.nat(1000)),
  });
  fc.assert(
    fc.property(ensembles, ({ voters, observers, order }) => {
      const ensemble = new Ensemble(configOf({ voters: voters.length, observers, election: 'fle' }), {
        disks: Object.fromEntries(
          voters.map(({ currentEpoch, entries }, i) => [
            i + 1,
            {
              ...EMPTY_DISK,
              acceptedEpoch: currentEpoch,
              currentEpoch,
              log: Array.from({ length: entries }, (_, n) => txn(1, n + 1)),
            },
          ]),
        ),
      });
      const hearAll = () => {
        for (;;) {
          const waiting = ensemble.possible().filter(({ name }) => name.startsWith('notify'));
          if (waiting.length === 0) return;
          waiting[order.next().value! % waiting.length]!.run();
        }
      };
      hearAll();
      for (const sid of ensemble.config.voters) ensemble.do(`finalizeWait ${sid}`);
      // Voters tell observers nothing but answers: one that asked too early has to ask again.
      for (const sid of ensemble.config.observers) ensemble.do(`resend ${sid}`);
      hearAll();
      const best = voters
        .map(({ currentEpoch, entries }, i) => ({ leader: i + 1, peerEpoch: currentEpoch, zxid: entries }))
        .reduce((a, b) => (isBetterVote(ensemble.config, b, a) ? b : a)).leader;
      for (const sid of ensemble.sids) {
        const server = ensemble.servers[sid]!;
        expect(server.state === 'LEADING' ? sid : 'leader' in server && server.leader).toBe(best);
      }
    }),
  );
});
