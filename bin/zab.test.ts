/** The compiled command as a process: streams, signals and exit codes. What it prints is tested in program.test.ts. */
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePorts } from '../impl/testing.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const zab = join(root, 'dist/bin/zab.js');
let directory: string;

const newest = (): number =>
  Math.max(
    ...['spec', 'checker', 'traces', 'impl', 'bin'].flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
        .map((name) => statSync(join(root, room, name)).mtimeMs),
    ),
  );
const built = (): number =>
  statSync(join(root, 'dist/.tsbuildinfo'), { throwIfNoEntry: false })?.mtimeMs ?? 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'zab-process-'));
  if (built() < newest()) spawnSync('npm', ['run', 'build'], { cwd: root, stdio: 'ignore' });
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true }));

const run = (args: string, env: NodeJS.ProcessEnv = {}) => {
  const { NO_COLOR: _n, FORCE_COLOR: _f, ...inherited } = process.env;
  return spawnSync(process.execPath, [zab, ...args.split(' ')], {
    cwd: directory,
    encoding: 'utf8',
    env: { ...inherited, ...env },
  });
};

test('can be executed', () => {
  expect(readFileSync(zab, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node');
  expect(statSync(zab).mode & 0o111).toBe(0o111);
});

test('exit codes: 0 verified, 1 violated, 2 bad usage, 3 incomplete', () => {
  const codes = [
    'check two-phase-commit --participants 3',
    'check two-phase-commit --participants 3 --defect commit-early',
    'replay two-phase-commit-TCConsistent.trace.ndjson',
    'check two-phase-commit --particpants 3',
    'check two-phase-commit --participants 9 --max-states 1000',
  ].map((args) => run(args).status);
  expect(codes).toEqual([0, 1, 0, 2, 3]);
});

test('a mistake is told on stderr, in one line', () => {
  const { stdout, stderr, status } = run('check two-phase-commit --defect commit-erly');
  expect({ stdout, status }).toEqual({ stdout: '', status: 2 });
  expect(stderr).toMatch(/^zab: --defect 'commit-erly': .*did you mean commit-early\?\)\n$/);
});

test('colours only where they are wanted', () => {
  const colored = (args: string, env?: NodeJS.ProcessEnv): boolean => {
    const { stdout } = run(args, env);
    return stripVTControlCharacters(stdout) !== stdout;
  };
  expect(colored('list')).toBe(false);
  expect(colored('list', { FORCE_COLOR: '1' })).toBe(true);
  expect(colored('list', { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
  expect(colored('--help', { FORCE_COLOR: '0' })).toBe(false);
});

/** Sends a signal as soon as the search is under way. */
const interrupted = (args: string): Promise<{ code: number | null; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [zab, ...args.split(' ')], { cwd: directory });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    setTimeout(() => child.kill('SIGINT'), 1500);
  });

test('Ctrl-C reports what is known so far, as JSON too', async () => {
  const { code, stdout, stderr } = await interrupted('check two-phase-commit --participants 12 --json');
  expect(code).toBe(3);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ verdict: 'incomplete', bound: 'interrupted' });
  expect(report.distinct).toBeGreaterThan(1);
});

test('a reader that goes away changes nothing but the output', async () => {
  const child = spawn(process.execPath, [zab, 'check', 'two-phase-commit', '--participants', '5'], {
    cwd: directory,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.destroy();
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test.skipIf(!existsSync('/dev/full'))('a server outlives the disk that its log is on', async () => {
  const [peer, http] = await freePorts(2);
  const server = {
    peer: `127.0.0.1:${peer}`,
    http: `127.0.0.1:${http}`,
    dataFolder: join(directory, 'data'),
  };
  const file = join(directory, 'ensemble.json');
  writeFileSync(file, JSON.stringify({ servers: { 1: server } }));
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [zab, 'serve', '--config', file, '--id', '1'], {
    stdio: ['ignore', full, full],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const serves = (): Promise<boolean> =>
    fetch(`http://127.0.0.1:${http}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  await vi.waitFor(async () => expect(await serves()).toBe(true), 10_000);
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
});
