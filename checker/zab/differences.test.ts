/** How the runs that docs/ambiguities.md refers to end, and that it refers to all of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Server } from '../../spec/server.js';
import { check } from '../check.js';
import { execute, named, type Step } from '../plain.js';
import { differences } from './differences.js';
import { buildZab } from './model.js';
import { play } from './script.js';

const model = (name: string) => buildZab(differences.find((one) => one.name === name)!.config);

const run = (name: string): readonly Step[] => {
  const { script } = differences.find((one) => one.name === name)!;
  return execute(model(name), play(model(name), script).path);
};

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

  test('is why not all states of ZooKeeper are known to recover, and all of Zab are', async () => {
    const bounds = { start: 'serving', txns: 0, crashes: 0, timeouts: 3, elections: 1 } as const;
    const zab = await check(buildZab(bounds), { recovery: true });
    expect(zab.recovery).toMatchObject({ verdict: 'recovers', trapped: 0, undetermined: 0 });
    const { variant, fix } = differences[0]!.config;
    const other = await check(buildZab({ ...bounds, variant, fix }), { recovery: true });
    expect(other.recovery!.undetermined).toBeGreaterThan(0);
  });
});
