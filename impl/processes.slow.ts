/**
 * Servers as processes of their own, killed and frozen at any moment while clients read and write: afterwards nothing
 * that was acknowledged is lost, what the clients saw is linearizable, all replicas are equal, every recorded step is
 * the reducer's own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Sid } from '../spec/zxid.js';
import { judgeRecording, readRecording } from '../traces/validate/recording.js';
import { Ensemble } from './ensemble.js';
import { Random } from './simulated/random.js';
import { until } from './testing.js';
import { Workload } from './zookeeper/workload.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const zab = join(root, 'dist/bin/zab.js');
const FAULTY_MS = 40_000;

let folder: string;
beforeAll(() => {
  spawnSync('npm', ['run', 'build'], { cwd: root, stdio: 'ignore' });
}, 120_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zab-processes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const makeEnsemble = (voters: number, observers: number, firstPort: number): Ensemble =>
  new Ensemble({
    voters,
    observers,
    folder,
    firstPort,
    timings: { tickMs: 100, finalizeWaitMs: 60, resendMs: 40 },
    command: [process.execPath, zab, 'serve'],
    traceFolder: join(folder, 'traces'),
    ended: (sid, how) => {
      throw new Error(
        `server ${sid} ended by itself (${how}): ${readFileSync(ensembleLog(sid), 'utf8').slice(-500)}`,
      );
    },
  });

const ensembleLog = (sid: Sid): string => join(folder, `server-${sid}.log`);

const allServe = (ensemble: Ensemble): Promise<void> =>
  until(
    async () =>
      (await Promise.all(ensemble.sids.map((sid) => ensemble.health(sid)))).every((one) => one?.serving),
    30_000,
    'that all serve',
  );

/** One at a time, sometimes more: kill -9 and restart, or frozen for a while. */
const torment = async (ensemble: Ensemble, random: Random): Promise<number> => {
  const end = performance.now() + FAULTY_MS;
  let killed = 0;
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  while (performance.now() < end) {
    await pause(random.int(100, 1_500));
    const victims = random.chance(0.15) ? ensemble.sids : [random.pick(ensemble.sids)];
    if (random.chance(0.3)) {
      for (const sid of victims) ensemble.signal(sid, 'SIGSTOP');
      await pause(random.int(50, 1_500));
      for (const sid of victims) ensemble.signal(sid, 'SIGCONT');
      continue;
    }
    await Promise.all(victims.map((sid) => ensemble.kill(sid)));
    killed += victims.length;
    await pause(random.int(0, 1_000));
    for (const sid of victims) ensemble.start(sid);
  }
  return killed;
};

const checkTraces = (): number => {
  const names = readdirSync(join(folder, 'traces'));
  for (const name of names) {
    const text = readFileSync(join(folder, 'traces', name), 'utf8');
    // Killed before the header was written.
    if (text !== '') expect(judgeRecording(readRecording(text, true)).mismatch, name).toBeNull();
  }
  return names.length;
};

test.each([
  [3, 0, 25_181],
  [5, 1, 25_481],
])('%i voters and %i observers under kill -9', async (voters, observers, firstPort) => {
  const ensemble = makeEnsemble(voters, observers, firstPort);
  const random = new Random(voters);
  const ports = ensemble.sids.map((sid) => ensemble.config.servers[sid]!.client!.port);
  const workload = new Workload(ports, random);
  try {
    for (const sid of ensemble.sids) ensemble.start(sid);
    await allServe(ensemble);
    const clients = await workload.start(5);
    const killed = await torment(ensemble, random);
    await allServe(ensemble);
    workload.isOver = true;
    await clients.stopped;
    expect(killed).toBeGreaterThan(8);
    expect(workload.acknowledged).toBeGreaterThan(300);
    expect(workload.verdict()).toBe('linearizable');
    await until(
      async () => {
        const all = await Promise.all(ensemble.sids.map((sid) => ensemble.health(sid)));
        return new Set(all.map((health) => health?.applied)).size === 1;
      },
      10_000,
      'that all have applied the same',
    );
  } finally {
    await ensemble.stopAll();
  }
  expect(checkTraces()).toBeGreaterThan(10);
});
