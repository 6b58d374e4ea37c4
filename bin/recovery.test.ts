/** `zab check --recovery` in process: what it prints, and what it returns. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { models } from '../checker/registry.js';
import { main } from './program.js';

let directory: string;
let home: string;
beforeEach(() => {
  home = process.cwd();
  directory = mkdtempSync(join(tmpdir(), 'zab-recovery-'));
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
  const code = await main(args.split(' '), models, {
    out: output((text) => (out += text)),
    err: output((text) => (err += text)),
    onInterrupt: () => () => {},
    exit: () => {},
  });
  return { code, out, err, json: () => JSON.parse(out) };
};

test('every state recovers', async () => {
  const { code, out } = await run('check --servers 2 --recovery');
  expect(code).toBe(0);
  expect(out).toMatch(/✔ 2,014 states recover/);
  expect(out.trimEnd()).toMatch(/Every\s+state\s+recovers\.$/);
});

const TRAP =
  'check --servers 2 --variant idle-candidates-uncommitted --elections 1 --property Progress --recovery';

test('the shortest run into a trap is shown, and saved as a trace that replays', async () => {
  const { code, out } = await run(TRAP);
  expect(code).toBe(1);
  expect(out).toMatch(/✘ \d+ states do not, whatever happens/);
  expect(out).toMatch(/The shortest run into a trap \(\d+ actions\)/);
  expect(out.trimEnd()).toMatch(/VIOLATED: there is a trap: states from which nothing recovers\.$/);
  expect(readdirSync('.')).toEqual(['zab-Recovery.trace.ndjson']);
  expect((await run('replay zab-Recovery.trace.ndjson')).code).toBe(0);
});

test('the JSON has the fields that it is documented to have', async () => {
  const { json } = await run(`${TRAP} --json`);
  expect(json()).toMatchObject({
    verdict: 'violated',
    recovery: {
      verdict: 'trap',
      bound: null,
      recovering: expect.any(Number),
      trapped: expect.any(Number),
      undetermined: 0,
      trapDepth: expect.any(Number),
    },
    violation: { property: 'Recovery', trace: 'zab-Recovery.trace.ndjson' },
  });
});

test('a model that does not say what recovery is is a mistake of the user', async () => {
  const { code, err } = await run('check two-phase-commit --recovery');
  expect(code).toBe(2);
  expect(err).toBe('zab: --recovery: the model two-phase-commit does not say what recovery is\n');
});
