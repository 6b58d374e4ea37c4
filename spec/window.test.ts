/**
 * The window is a matter of memory, not of the protocol: ensembles that hold one committed transaction, two or all of
 * them do the same, whether the log reaches back or only a snapshot does. What differs is how learners are brought up
 * to date; so a synchronization is one action here, and so is a flush.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { recover } from './disk.js';
import { lastZxid } from './history.js';
import type { Message } from './messages.js';
import type { Server } from './server.js';
import { configOf, Ensemble } from './testing.js';
import type { Sid } from './zxid.js';

/** What does not depend on how a learner was brought up to date. */
const outlineOf = (server: Server | null) =>
  server && {
    state: server.state,
    phase: server.state === 'LOOKING' ? null : server.phase,
    awaits: 'awaits' in server ? server.awaits : null,
    leader: 'leader' in server ? server.leader : null,
    epochs: [server.acceptedEpoch, server.currentEpoch],
    vote: server.vote,
    last: lastZxid(server.history),
    learners: 'learners' in server ? server.learners : null,
    outstanding: 'outstanding' in server ? server.outstanding : null,
    unacknowledged: 'unacknowledged' in server ? server.unacknowledged : null,
  };

interface Watched {
  readonly ensemble: Ensemble;
  /** By server, what it sent, the synchronizations left out. */
  readonly sent: Record<Sid, Message[]>;
}

/** DIFF, TRUNC or SNAP to NEWLEADER, by the learner that they are for. */
const watch = (window: number, rest: { persistence: 'sync' | 'async'; logReachesBack: boolean }): Watched => {
  const sent: Record<Sid, Message[]> = {};
  const synchronizing = new Set<string>();
  const ensemble = new Ensemble(configOf({ voters: 3, observers: 1, window }), {
    ...rest,
    grain: 'batch',
    requests: 12,
    onEffect: (sid, effect) => {
      if (effect.type !== 'send') return;
      const link = `${sid}-${effect.to}`;
      if (['DIFF', 'TRUNC', 'SNAP'].includes(effect.message.type)) synchronizing.add(link);
      if (!synchronizing.has(link)) (sent[sid] ??= []).push(effect.message);
      if (effect.message.type === 'NEWLEADER') synchronizing.delete(link);
    },
  });
  return { ensemble, sent };
};

const show = ({ ensemble, sent }: Watched) => ({
  possible: ensemble.possible().map(({ name }) => name),
  servers: ensemble.sids.map((sid) => outlineOf(ensemble.servers[sid] ?? null)),
  durable: ensemble.sids.map((sid) => lastZxid(recover(ensemble.disks[sid]!).history)),
  // A server that came to it by a snapshot holds what another has been delivered one by one.
  applied: ensemble.sids.map((sid) => {
    const server = ensemble.servers[sid];
    const isServing = server && server.state !== 'LOOKING' && server.phase === 'BROADCAST';
    return isServing ? ensemble.applied[sid] : null;
  }),
  sent,
});

test.each([
  [1, true],
  [2, true],
  [1, false],
])(
  'with a window of %i (the log reaches back: %s) servers do what they do with one of 500',
  (window, logReachesBack) => {
    let hasTrimmed: boolean | undefined;
    fc.assert(
      fc.property(
        fc.constantFrom('sync' as const, 'async' as const),
        fc.array(fc.nat(), { minLength: 50, maxLength: 250, size: 'max' }),
        (persistence, choices) => {
          const small = watch(window, { persistence, logReachesBack });
          const large = watch(500, { persistence, logReachesBack });
          for (const choice of choices) {
            expect(small.ensemble.choose(choice)).toBe(large.ensemble.choose(choice));
            expect(show(small)).toEqual(show(large));
          }
          hasTrimmed ||= small.ensemble.sids.some((sid) => small.ensemble.servers[sid]?.history.floor);
        },
      ),
      // Shrinking takes minutes: for a shorter run, replay the seed without this.
      { numRuns: 15, endOnFailure: true },
    );
    expect(hasTrimmed).toBe(true);
  },
);
