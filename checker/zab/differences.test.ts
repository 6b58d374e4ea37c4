/** How the runs that docs/ambiguities.md refers to end, and that it refers to all of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Server } from '../../spec/server.js';
import { enabled, execute, named, type Step } from '../plain.js';
import { differences } from './differences.js';
import { buildZab } from './model.js';
import { play } from './script.js';

const model = (name: string) => buildZab(differences.find((one) => one.name === name)!.config);

const run = (name: string): readonly Step[] => {
  const { script } = differences.find((one) => one.name === name)!;
  return execute(model(name), play(model(name), script).path);
};

/** What a component is at the end of a run. */
const endOf = (name: string): Readonly<Record<string, unknown>> => stateAfter(name, run(name).at(-1)!);

const namesOf = (steps: readonly Step[], server: number): readonly string[] =>
  steps.filter(({ action }) => action.server === server).map(({ action }) => action.name);

const stateAfter = (name: string, step: Step): Readonly<Record<string, unknown>> =>
  named(model(name), step.state);

test.each(differences)('$name is in the document', ({ name }) => {
  const text = readFileSync(new URL('../../docs/ambiguities.md', import.meta.url), 'utf8');
  expect(text).toContain(`\`${name}\``);
});

describe('a server that has accepted a later epoch', () => {
  test('goes round for ever where the leader does not care', () => {
    const steps = run('locked-out-follower');
    const refusals = steps.flatMap(({ action }, i) =>
      action.name === 'leaderClosed' && action.from === 2 && i > 20 ? [i] : [],
    );
    expect(refusals).toHaveLength(2);
    const [once, again] = refusals.map((i) => stateAfter('locked-out-follower', steps[i]!));
    expect(again).toEqual(once);
    expect(once).toMatchObject({
      'server 1': { state: 'LEADING', phase: 'BROADCAST', acceptedEpoch: 1 },
      'server 2': { state: 'LOOKING', acceptedEpoch: 2 },
      'server 3': { state: 'FOLLOWING', phase: 'BROADCAST' },
    });
  });

  test('is let in where the leader gives up', () => {
    const steps = run('locked-out-follower-let-in');
    const end = stateAfter('locked-out-follower-let-in', steps.at(-1)!);
    for (const sid of [1, 2, 3])
      expect(end[`server ${sid}`] as Server).toMatchObject({ phase: 'BROADCAST', currentEpoch: 3 });
  });
});

describe('synchronization', () => {
  test('of a late follower: NEWLEADER is acknowledged first, and UPTODATE delivers what was committed meanwhile', () => {
    const steps = run('late-follower');
    const byLeader = steps.filter(({ action }) => action.server === 1 && action.from === 3);
    expect(byLeader.map(({ action }) => action.name).slice(-3)).toEqual([
      'leaderProcessACKOfNEWLEADER',
      'leaderProcessACK',
      'leaderProcessACKOfUPTODATE',
    ]);
    expect(namesOf(steps, 3).slice(-5)).toEqual([
      'followerProcessDIFF',
      'followerProcessPROPOSALInSync',
      'followerProcessNEWLEADER',
      'followerProcessCOMMITInSync',
      'followerProcessUPTODATE',
    ]);
    const { committed, history } = endOf('late-follower')['server 3'] as Server;
    expect(history.entries.map(({ zxid }) => zxid % 2 ** 32)).toEqual([1, 2]);
    expect(committed).toBe(history.entries[1]!.zxid);
  });

  test('an ACK counts although its sender is gone', () => {
    const counted = run('late-ack-counts').find(({ action }) => action.name === 'leaderProcessACK')!;
    const state = stateAfter('late-ack-counts', counted);
    expect(state['server 2']).toBeNull();
    expect((state['server 1'] as Server).committed % 2 ** 32).toBe(2);
  });

  test.each([
    ['fresh-server-of-an-empty-epoch', 'followerProcessDIFF'],
    ['fresh-server-of-an-empty-epoch-in-zookeeper', 'followerProcessSNAP'],
    ['fresh-server-after-a-write', 'followerProcessSNAP'],
  ])('%s: %s', (name, handler) => {
    const handlers = namesOf(run(name), 3);
    expect(handlers).toContain(handler);
    expect(handlers.filter((one) => /DIFF|SNAP|TRUNC/.test(one))).toHaveLength(1);
  });

  test('an epoch that was not durable was not told', () => {
    expect(endOf('epoch-not-yet-durable')).toMatchObject({
      'server 1': { acceptedEpoch: 0 },
      'server 2': { acceptedEpoch: 0, awaits: 'LEADERINFO' },
      'disk 1': { acceptedEpoch: 0, pending: [] },
    });
  });
});

describe('election', () => {
  test('an observer does not answer', () => {
    const queues = run('observer-is-answered').map((step) => {
      const state = stateAfter('observer-is-answered', step) as Record<string, { queue: unknown[] }>;
      return [state['election 1-3']!.queue.length, state['election 3-1']!.queue.length];
    });
    // It tells the vote that it adopts; the answer to that says nothing new, and so nothing comes of it.
    expect(queues).toEqual([
      [1, 0],
      [0, 1],
      [1, 0],
      [0, 0],
    ]);
  });

  test('lost votes are sent again when all is quiet', () => {
    expect(endOf('vote-sent-again')['server 3']).toMatchObject({
      state: 'FOLLOWING',
      leader: 2,
      phase: 'BROADCAST',
    });
  });

  test('goes round: two rounds later all is as it was, but for the rounds', () => {
    const steps = run('election-goes-round');
    const times = steps.flatMap(({ action }, i) => (action.name === 'followerTimeout' ? [i] : []));
    const withoutRounds = (i: number): unknown =>
      JSON.parse(
        JSON.stringify(stateAfter('election-goes-round', steps[i]!), (key, value) =>
          key === 'electionEpoch' ? undefined : value,
        ),
      );
    expect(times).toHaveLength(3);
    expect(times[2]! - times[1]!).toBe(6);
    expect(withoutRounds(times[2]!)).toEqual(withoutRounds(times[1]!));
    expect(endOf('election-goes-round')['server 1']).toMatchObject({
      state: 'LOOKING',
      vote: { electionEpoch: 4 },
    });
  });

  test('a server that reaches the leader alone stays out, and nothing more can happen', () => {
    const end = endOf('reaches-the-leader-alone');
    expect(end['server 1']).toMatchObject({ state: 'LOOKING' });
    expect(end['server 3']).toMatchObject({ state: 'LEADING', phase: 'BROADCAST' });
    const { state } = run('reaches-the-leader-alone').at(-1)!;
    const left = enabled(model('reaches-the-leader-alone'), state);
    expect(left.map(({ outcome }) => outcome.action.name)).toEqual(['heal']);
  });

  test('an earlier round is joined', () => {
    const steps = run('joins-an-earlier-round');
    const looks = steps.findIndex(({ action }) => action.name === 'followerTimeout');
    expect(stateAfter('joins-an-earlier-round', steps[looks]!)['server 1']).toMatchObject({
      vote: { electionEpoch: 2 },
    });
    expect(endOf('joins-an-earlier-round')['server 1']).toMatchObject({
      state: 'FOLLOWING',
      phase: 'BROADCAST',
      vote: { electionEpoch: 1 },
    });
  });

  test('a vote of a later round is forgotten in the wait, or draws into that round', () => {
    expect(endOf('vote-forgotten-in-the-wait')).toMatchObject({
      'server 2': { state: 'FOLLOWING', leader: 3, vote: { electionEpoch: 1 } },
      'server 3': { state: 'LOOKING', vote: { electionEpoch: 2 } },
    });
    expect(endOf('vote-of-a-later-round-draws-in')).toMatchObject({
      'server 2': { state: 'LOOKING', vote: { electionEpoch: 2, leader: 3 } },
      'server 3': { state: 'LOOKING', vote: { electionEpoch: 2 } },
    });
  });
});
