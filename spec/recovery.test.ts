/**
 * Nothing that can happen keeps the ensemble from serving for ever: from wherever a random run ended, once no more
 * faults come and whoever is stuck loses patience, a leader is established that can commit.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasMajority } from './config.js';
import type { Server } from './server.js';
import { configOf, Ensemble } from './testing.js';

/** An established leader with a quorum behind it. */
const leaderOf = ({ config, servers, sids }: Ensemble): Server | undefined =>
  sids
    .map((sid) => servers[sid]!)
    .find(
      (server) =>
        server.state === 'LEADING' &&
        server.phase === 'BROADCAST' &&
        hasMajority(config, [server.sid, ...sids.filter((sid) => server.learners[sid]?.stage === 'active')]),
    );

/** Those that look ask again; those that wait for what does not come give up, as a time-out makes them. */
const losePatience = (ensemble: Ensemble): void => {
  for (const sid of ensemble.sids) {
    const server = ensemble.servers[sid]!;
    if (server.state === 'LOOKING') ensemble.see(sid, { type: 'Resend' });
    else ensemble.see(sid, { type: 'Timeout' });
  }
};

test.each([3, 5])('%i voters and an observer recover from any run', (voters) => {
  fc.assert(
    fc.property(
      fc.constantFrom('sync' as const, 'async' as const),
      fc.array(fc.nat(), { maxLength: 300, size: 'max' }),
      (persistence, choices) => {
        const ensemble = new Ensemble(configOf({ voters, observers: 1, election: 'fle' }), {
          persistence,
          requests: 9,
        });
        for (const choice of choices) ensemble.choose(choice);
        for (const sid of ensemble.sids) if (ensemble.servers[sid] === null) ensemble.restart(sid);
        for (let round = 0; round < 10; round++) {
          ensemble.settle(1000);
          if (leaderOf(ensemble)) break;
          losePatience(ensemble);
        }
        const leader = leaderOf(ensemble);
        expect(leader, 'no leader came').toBeDefined();
        const before = ensemble.ghost.committed.length;
        ensemble.request(leader!.sid);
        ensemble.settle(1000);
        expect(ensemble.ghost.committed.length).toBeGreaterThan(before);
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
});
