/**
 * What holds of every step, whatever happens: random runs of three voters and an observer, with crashes, time-outs,
 * broken links, and writes that are flushed at once or late.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encode } from '../checker/canonical.js';
import type { Config } from './config.js';
import { recover } from './disk.js';
import { lastZxid } from './history.js';
import { step } from './reducer.js';
import type { Server } from './server.js';
import type { Effect, Step } from './step.js';
import { configOf, Ensemble, type EnsembleOptions } from './testing.js';
import { counterOf, epochOf, type Sid } from './zxid.js';

const run = fc.record({
  election: fc.constantFrom<Config['election']>('fle', 'coarse'),
  persistence: fc.constantFrom('sync' as const, 'async' as const),
  choices: fc.array(fc.nat(), { minLength: 50, maxLength: 400, size: 'max' }),
});

type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

/** Runs an ensemble and asks something of every step and of every effect. */
const runs = (
  numRuns: number,
  hooks: (of: () => Ensemble) => Pick<EnsembleOptions, 'onStep' | 'onEffect'>,
): void => {
  fc.assert(
    fc.property(run, ({ election, persistence, choices }: Run) => {
      const config = configOf({ voters: 3, observers: 1, election });
      // The first steps come while it is being made; nothing is asked of these.
      let ensemble: Ensemble | undefined;
      const { onStep, onEffect } = hooks(() => ensemble!);
      ensemble = new Ensemble(config, {
        persistence,
        requests: 9,
        onStep: (...all) => ensemble && onStep?.(...all),
        onEffect: (...all) => ensemble && onEffect?.(...all),
      });
      for (const choice of choices) ensemble.choose(choice);
    }),
    // Shrinking takes minutes: for a shorter run, replay the seed without this.
    { numRuns, endOnFailure: true },
  );
};

const deepFreeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
};

const encodeStep = ({ handler, server, effects, ignored }: Step): string =>
  encode([handler, server, effects, ignored ?? null]);

describe('a step', () => {
  test('changes neither the state nor the event, and gives the same again', () => {
    runs(25, (of) => ({
      onStep: (before, event, taken) => {
        if (before === null || event === null) return;
        const text = encode(before);
        deepFreeze(before);
        deepFreeze(event);
        expect(encodeStep(step(of().config, before, event))).toBe(encodeStep(taken));
        expect(encode(before)).toBe(text);
        // Nor does it know its state by object identity: a copy does as well.
        expect(encodeStep(step(of().config, JSON.parse(text) as Server, event))).toBe(encodeStep(taken));
      },
    }));
  });

  test('gives JSON with safe integers: no undefined, NaN or -0', () => {
    runs(25, () => ({ onStep: (_before, _event, taken) => void encodeStep(taken) }));
  });

  test('that ignores an event gives back the very same server, no effects, and a reason', () => {
    runs(25, () => ({
      onStep: (before, _event, taken) => {
        if (taken.ignored === undefined) return;
        expect(taken.server).toBe(before);
        expect(taken.effects).toEqual([]);
        expect(taken.ignored).not.toBe('');
      },
    }));
  });

  test('that was not ignored does something, unless it is the ACK of an observer or the end of a known link', () => {
    runs(25, () => ({
      onStep: (before, event, taken) => {
        if (taken.ignored !== undefined || taken.effects.length > 0 || event === null) return;
        if (['leaderClosed', 'leaderTick', 'leaderProcessACK'].includes(taken.handler)) return;
        expect(encode(taken.server), taken.handler).not.toBe(encode(before));
      },
    }));
  });

  test('speaks to servers of the ensemble alone, never to itself, and of itself alone', () => {
    runs(25, (of) => ({
      onStep: (before, _event, { server }) => expect(server.sid).toBe(before?.sid ?? server.sid),
      onEffect: (sid, effect) => {
        const peer = 'to' in effect ? effect.to : 'peer' in effect ? effect.peer : undefined;
        if (peer === undefined) return;
        expect(of().sids).toContain(peer);
        expect(peer).not.toBe(sid);
      },
    }));
  });
});

/** What a message promises to be on the disk of its sender. */
const durablePromise = (ensemble: Ensemble, sid: Sid, effect: Effect): void => {
  if (effect.type !== 'send') return;
  const { message } = effect;
  const { acceptedEpoch, currentEpoch, history } = recover(ensemble.disks[sid]!);
  if (message.type === 'LEADERINFO') expect(acceptedEpoch).toBe(message.epoch);
  if (message.type === 'ACKEPOCH') {
    expect(acceptedEpoch).toBe(ensemble.servers[sid]!.acceptedEpoch);
    expect(lastZxid(history)).toBe(message.lastZxid);
  }
  if (message.type === 'ACK' && counterOf(message.zxid) === 0)
    expect(currentEpoch).toBe(epochOf(message.zxid));
  if (message.type === 'ACK' && counterOf(message.zxid) > 0)
    expect(history.entries.map(({ zxid }) => zxid)).toContain(message.zxid);
  if (message.type === 'COMMIT' || message.type === 'INFORM') {
    const zxid = message.type === 'COMMIT' ? message.zxid : message.txn.zxid;
    const { voters } = ensemble.config;
    const holders = voters.filter((voter) =>
      recover(ensemble.disks[voter]!).history.entries.some((entry) => entry.zxid === zxid),
    );
    const server = ensemble.servers[sid]!;
    // During a synchronization, what is not yet committed comes with its COMMIT too: it will be, or UPTODATE never comes.
    if (server.state === 'LEADING' && server.phase === 'BROADCAST')
      expect(2 * holders.length).toBeGreaterThan(voters.length);
  }
};

describe('nothing is said before it is durable', () => {
  test('LEADERINFO and ACKEPOCH their epoch, ACK its transaction or epoch, COMMIT what a quorum holds', () => {
    runs(40, (of) => ({ onEffect: (sid, effect) => durablePromise(of(), sid, effect) }));
  });
});
