/** Our own server, queue and links and timers and all, held against the specification as any other would be. */
import { expect, test } from 'vitest';
import { rulesOf } from '../spec/variants.js';
import { explainFailure } from '../traces/conform/explain.js';
import { inProcess } from '../traces/conform/hosts.js';
import { conform } from '../traces/conform/run.js';
import { ServerAdapter } from './server-adapter.js';

test('the server of zab serve passes', async () => {
  const hosts = inProcess(() => new ServerAdapter());
  const result = await conform(hosts, { rules: rulesOf('zab'), seed: 1, walks: 12 });
  const failures = result.tests.flatMap(({ name, played }) =>
    played?.kind === 'failed' ? [{ name, ...explainFailure(result.adapter, played), log: '' }] : [],
  );
  expect(failures).toEqual([]);
  expect(result.verdict).toBe('passed');
  expect(result.coverage.followerProcessSNAP).toBeGreaterThan(0);
  expect(result.coverage.leaderProcessREQUEST).toBeGreaterThan(0);
});
