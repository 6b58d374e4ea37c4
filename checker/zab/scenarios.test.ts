/** The scenarios end as the same crashes ended in Apache ZooKeeper 3.8.0, five runs each, server 3 leading. */
import { expect, test } from 'vitest';
import type { Disk } from '../../spec/disk.js';
import type { Ghost, Seen } from '../../spec/ghost.js';
import type { Server } from '../../spec/server.js';
import { execute, named } from '../plain.js';
import { buildZab } from './model.js';
import { scenarios } from './scenarios.js';
import { play } from './script.js';

/** What the table of observations tells of each run: the zxids start with the one that was committed before. */
const [before, survived, next] = ['1:1', '1:2', '2:1'];
const observed = {
  'leader-crash-before-commit': { leader: 2, log: [before], by: 'TRUNC', answered: false },
  'leader-crash-before-commit-then-write': { leader: 2, log: [before, next], by: 'SNAP', answered: false },
  'leader-crash-before-commit-survives': { leader: 1, log: [before, survived], by: 'DIFF', answered: false },
  'leader-crash-after-commit': { leader: 2, log: [before, survived], by: 'DIFF', answered: true },
  'leader-crash-after-commit-one-follower': {
    leader: 1,
    log: [before, survived],
    by: 'DIFF',
    answered: true,
  },
  'leader-crash-before-proposal': { leader: 2, log: [before], by: 'DIFF', answered: false },
} as const;

const show = (zxid: number): string => `${Math.floor(zxid / 2 ** 32)}:${zxid % 2 ** 32}`;

test.each(scenarios)('$name: $summary', ({ name, config, script }) => {
  const model = buildZab(config);
  const { path } = play(model, script);
  const steps = execute(model, path);
  const end = named(model, steps.at(-1)!.state) as Record<string, Server & Disk & Ghost>;
  const leader = [1, 2, 3].find((sid) => end[`server ${sid}`]!.state === 'LEADING');
  const logs = [1, 2, 3].map((sid) => {
    const { snapshot, log } = end[`disk ${sid}`]!;
    return [...snapshot.entries, ...log].map(({ zxid }) => show(zxid));
  });
  const rejoined = steps
    .filter(({ action }) => action.server === 3)
    .flatMap(({ outcome }) => (outcome.observed ?? []) as readonly Seen[])
    .filter(({ type }) => type === 'synchronized');
  // The client's connection ends with the crash: what is answered later reaches nobody.
  const crash = steps.findIndex(({ action }) => action.name === 'crash');
  const answered = steps
    .slice(0, crash)
    .some(({ outcome }) =>
      ((outcome.observed ?? []) as readonly Seen[]).some(({ type }) => type === 'answered'),
    );

  const expected = observed[name as keyof typeof observed];
  expect({ leader, answered }).toEqual({ leader: expected.leader, answered: expected.answered });
  expect(logs).toEqual([expected.log, expected.log, expected.log]);
  expect(rejoined).toEqual([{ type: 'synchronized', by: expected.by }]);
  expect(end['server 3']).toMatchObject({ state: 'FOLLOWING', phase: 'BROADCAST', currentEpoch: 2 });
});
