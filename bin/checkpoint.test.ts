/** `zab check --checkpoint` as a process: it is killed, runs out of disk, is told to stop, and goes on from where it was. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { zab as definition } from '../checker/zab/index.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const zab = join(root, 'dist/bin/zab.js');
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'zab-checkpoints-'));
  if (!existsSync(zab)) spawnSync('npm', ['run', 'build'], { cwd: root, stdio: 'ignore' });
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true }));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param killAfterMs without which it runs to its end. */
const run = (args: readonly string[], killAfterMs?: number): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [zab, 'check', ...args], { cwd: directory });
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => (stdout += text));
    child.stderr.on('data', (text) => (stderr += text));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
  });

/** Long enough to be killed in. */
const PRESET = 'async';
const pinned = definition.presets.find(({ name }) => name === PRESET)!.pinned!;
const common = ['--preset', PRESET, '--checkpoint-seconds', '0.1', '--json', '--quiet'];

let whole: Promise<Ended & { readonly tookMs: number }> | undefined;
/** What the search finds besides if nobody kills it, and how long that takes here. */
const undisturbed = async () => {
  const began = performance.now();
  whole ??= run(['--preset', PRESET, '--json', '--quiet']).then((ended) => ({
    ...ended,
    tookMs: performance.now() - began,
  }));
  const { stdout, tookMs } = await whole;
  const { goals, coverage, levels } = JSON.parse(stdout);
  return { found: { goals, coverage, levels }, tookMs };
};

/** Kills a search at these shares of its time, life by life, and lets the last life end; how often it was killed. */
const killed = async (
  folder: string,
  shares: readonly number[],
  flags: readonly string[],
): Promise<number> => {
  const { found, tookMs } = await undisturbed();
  let kills = 0;
  for (const share of [...shares, undefined]) {
    const goesOn = existsSync(join(folder, 'checkpoint.zab'));
    const { code, stdout, stderr } = await run(
      [...common, ...flags, goesOn ? '--resume' : '--checkpoint', folder],
      share && share * tookMs,
    );
    if (code === null) {
      kills++;
      continue;
    }
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { verdict, distinct, generated, depth, goals, coverage, levels } = JSON.parse(stdout);
    expect({ verdict, distinct, generated, depth }).toEqual({ verdict: 'verified', ...pinned });
    expect({ goals, coverage, levels }).toEqual(found);
    return kills;
  }
  throw new Error('the last life was killed by somebody else');
};

describe('killed at any moment, it goes on and ends with the same counts', () => {
  test.each([
    ['on one thread', ['--workers', '1']],
    ['on two threads', ['--workers', '2']],
  ])('%s', { timeout: 180_000 }, async (name, flags) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0.3, max: 0.6, noNaN: true }), { minLength: 3, maxLength: 3 }),
        async (shares) => {
          const folder = mkdtempSync(join(directory, 'run-'));
          expect(await killed(folder, shares, flags), name).toBeGreaterThan(0);
        },
      ),
      { numRuns: 1, endOnFailure: true },
    );
  });
});

test('told to stop, it says how to go on', async () => {
  const folder = join(directory, 'stopped');
  const { code, stdout } = await run([
    'two-phase-commit',
    '--participants',
    '6',
    '--max-states',
    '9000',
    '--checkpoint',
    folder,
  ]);
  expect(code).toBe(3);
  expect(stdout.replace(/\s+/g, ' ')).toContain(`To go on: --resume ${folder}`);
  const again = await run(['two-phase-commit', '--participants', '6', '--resume', folder]);
  expect(again.code).toBe(0);
  expect(again.stdout).toMatch(/distinct +50,816/);
});

test('two searches do not write to one folder', { timeout: 60_000 }, async () => {
  const folder = join(directory, 'shared');
  const first = run([...common, '--checkpoint', folder]);
  while (!existsSync(join(folder, 'checkpoint.zab'))) await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await run([...common, '--resume', folder]);
  expect(second.code).toBe(2);
  expect(second.stderr).toMatch(/^zab: --resume: .*shared: another search is writing its checkpoints there/);
  const { code, stdout } = await first;
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ verdict: 'verified', distinct: pinned.distinct });
});

test('a mistake is told by its name, with exit code 2', async () => {
  const folder = join(directory, 'mistaken');
  const small = ['two-phase-commit', '--participants', '4'];
  expect((await run([...small, '--checkpoint', folder, '--max-depth', '3'])).code).toBe(3);
  const file = join(directory, 'file');
  writeFileSync(file, '');
  const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
    [[...small, '--checkpoint', folder], /^zab: --checkpoint: .*mistaken holds a checkpoint; .*--resume/],
    [
      ['two-phase-commit', '--participants', '5', '--resume', folder],
      /^zab: --resume: .*config.participants is 4 there, 5 here\n$/,
    ],
    [[...small, '--resume', directory], /^zab: --resume: .* holds no checkpoint/],
    [[...small, '--checkpoint', file], /^zab: --checkpoint: .*a file is in the way/],
    [[...small, '--spill', join(file, 'folder')], /^zab: --spill: .*a part of the path is a file/],
    [[...small, '--resume', folder, '--exact'], /cannot be used with/],
    [[...small, '--resume', folder, '--checkpoint', folder], /cannot be used with/],
  ];
  for (const [args, message] of mistakes) {
    const { code, stderr } = await run(args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  }
});

describe('a full disk', () => {
  const mounted = mkdtempSync(join(tmpdir(), 'zab-full-'));
  let isMounted = false;
  beforeAll(() => {
    const mount = ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mounted];
    isMounted = spawnSync('mount', mount, { stdio: 'ignore' }).status === 0;
  });
  afterAll(() => {
    if (isMounted) spawnSync('umount', [mounted]);
    rmSync(mounted, { recursive: true });
  });

  test('loses nothing: the checkpoint before it is good', async ({ skip }) => {
    skip(!isMounted, 'needs root, to mount a small disk');
    const folder = join(mounted, 'run');
    const { code, stderr } = await run([...common, '--checkpoint', folder]);
    expect(stderr).toMatch(
      /^zab: --checkpoint: .*run\/(states|checkpoint).zab\S*: the disk is full; free some space/,
    );
    expect(code).toBe(2);
    mkdirSync(join(directory, 'moved'));
    spawnSync('cp', ['-r', folder, join(directory, 'moved')]);
    const { stdout } = await run([...common, '--resume', join(directory, 'moved/run')]);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'verified', ...pinned });
  }, 60_000);

  test('ends a search that spills', async ({ skip }) => {
    skip(!isMounted, 'needs root, to mount a small disk');
    rmSync(join(mounted, 'run'), { recursive: true, force: true });
    const args = [
      'two-phase-commit',
      '--participants',
      '9',
      '--max-memory',
      '120M',
      '--spill',
      mounted,
      '--quiet',
    ];
    const { code, stderr } = await run(args);
    expect(stderr).toMatch(
      /^zab: --spill: .*: the disk is full; free some space, or name a folder on another disk\n$/,
    );
    expect(code).toBe(2);
  }, 60_000);
});
