/** The hot loop in WebAssembly against its readable twin, on the models that there are. */
import { expect, test } from 'vitest';
import { check } from './check.js';
import { modelNamed } from './registry.js';
import type { CheckOptions } from './result.js';

const cases: readonly { model: string; config: Record<string, unknown>; options?: CheckOptions }[] = [
  { model: 'two-phase-commit', config: { participants: 6 } },
  { model: 'two-phase-commit', config: { participants: 6, defect: 'commit-early' } },
  { model: 'paxos', config: { clients: 2 } },
  { model: 'abd', config: { clients: 1 } },
  { model: 'zab-tla', config: { servers: 3, txns: 1, timeouts: 1, restarts: 0 }, options: { maxDepth: 20 } },
  { model: 'zab-tla', config: {}, options: { symmetry: true, maxDepth: 20 } },
  { model: 'zab', config: {}, options: { maxDepth: 18 } },
  { model: 'zab', config: { observers: 1, timeouts: 1 }, options: { symmetry: true, maxDepth: 16 } },
  { model: 'zab', config: { persistence: 'async', txns: 2 }, options: { symmetry: true, maxDepth: 24 } },
  { model: 'zab', config: { servers: 1, observers: 1 }, options: { symmetry: true } },
  { model: 'zab', config: { election: 'fle', crashes: 1 }, options: { maxDepth: 12 } },
  { model: 'zab', config: { variant: 'zookeeper-3.8', persistence: 'async' }, options: { maxDepth: 16 } },
  { model: 'zab', config: { defect: ['discard-uncommitted'] }, options: { keepGoing: true, maxDepth: 22 } },
];

test.each(cases)('both find the same: $model $config $options', async ({ model, config, options }) => {
  const run = async (webAssembly: boolean) => {
    const result = await check(modelNamed(model).build(config), { ...options, webAssembly });
    const { seconds, modelSeconds, statesPerSecond, memoryBytes, ...stable } = result;
    return stable;
  };
  expect(await run(true)).toEqual(await run(false));
});
