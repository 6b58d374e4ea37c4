/** `zab simulate` in process: what it prints, and what it returns. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { twoPhaseCommit } from '../checker/models/two-phase-commit.js';
import { main } from './program.js';

let directory: string;
let home: string;
beforeEach(() => {
  home = process.cwd();
  directory = mkdtempSync(join(tmpdir(), 'zab-simulate-'));
  process.chdir(directory);
});
afterEach(() => {
  process.chdir(home);
  rmSync(directory, { recursive: true });
});

const run = async (args: string) => {
  let out = '';
  let err = '';
  const output = (write: (text: string) => void) => ({ write, columns: 100, color: false, live: false });
  const code = await main(args.split(' '), [twoPhaseCommit], {
    out: output((text) => (out += text)),
    err: output((text) => (err += text)),
    onInterrupt: () => () => {},
    exit: () => {},
  });
  return { code, out, err, json: () => JSON.parse(out) };
};

const MODEL = 'two-phase-commit --participants 4';

test('exit codes: 0 for what was asked for, 3 where nobody said what is enough, 1 violated, 2 bad usage', async () => {
  const codes = [
    `simulate ${MODEL} --walks 20 --seed 1`,
    `simulate ${MODEL} --seconds 0.1`,
    `simulate ${MODEL} --seed 1`,
    `simulate ${MODEL} --defect commit-early --walks 1000`,
    `simulate ${MODEL} --seed one`,
    `simulate ${MODEL} --suite`,
  ];
  const results = [];
  for (const args of codes) results.push((await run(args)).code);
  expect(results).toEqual([0, 0, 3, 1, 2, 2]);
});

test('the report says the seed, what was covered, and that nothing is verified', async () => {
  const { out } = await run(`simulate --walks 20 --seed 7 ${MODEL}`);
  expect(out).toMatch(/seed +7 +walks +20/);
  expect(out).toMatch(/transitions +\d+ of \d+ \(\d+\.\d %\)/);
  expect(out).toContain('? not decided: TCConsistent');
  expect(out.trimEnd().split('\n').at(-1)).toBe(
    'NOT VIOLATED: no violation found in 20 walks of seed 7; nothing is verified.',
  );
});

test('a seed that was drawn is said, and repeats the run', async () => {
  const first = (await run(`simulate ${MODEL} --walks 20 --json`)).json();
  const again = (await run(`simulate ${MODEL} --walks 20 --json --seed ${first.seed}`)).json();
  const timeless = ({ seconds: _s, modelSeconds: _m, ...rest }: Record<string, unknown>) => rest;
  expect(timeless(again)).toEqual(timeless(first));
});

test('a violation is shrunk, shown and saved as a trace that replays', async () => {
  const { out, code } = await run(`simulate ${MODEL} --defect commit-early --seed 1`);
  expect(code).toBe(1);
  expect(out).toMatch(/A run that breaks TCConsistent, found on walk \d+(, shrunk from \d+)? \(\d actions\)/);
  expect(out).toContain('VIOLATED: TCConsistent does not hold');
  expect(readdirSync('.')).toEqual(['two-phase-commit-TCConsistent.trace.ndjson']);
  expect((await run('replay two-phase-commit-TCConsistent.trace.ndjson')).code).toBe(0);
});

test('the JSON has the fields that it is documented to have', async () => {
  const { json } = await run(`simulate ${MODEL} --defect commit-early --seed 1 --json`);
  expect(json()).toMatchObject({
    verdict: 'violated',
    stop: 'violation',
    seed: 1,
    model: 'two-phase-commit',
    transitions: { taken: expect.any(Number), met: expect.any(Number) },
    invariants: [{ name: 'TCConsistent', holds: false }],
    violation: { property: 'TCConsistent', walk: expect.any(Number), trace: expect.any(String) },
  });
});
