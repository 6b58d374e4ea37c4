import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { models } from '../checker/registry.js';
import { hasPython, pythonAdapter, scriptedAdapter } from '../traces/conform/testing.js';
import { main } from './program.js';

const folder = mkdtempSync(join(tmpdir(), 'zab-conform-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = async (...args: readonly string[]) => {
  let [out, err] = ['', ''];
  const output = (add: (text: string) => void) => ({ write: add, columns: 100, color: false, live: false });
  const terminal = {
    out: output((text) => (out += text)),
    err: output((text) => (err += text)),
    onInterrupt: () => () => {},
    exit: () => {},
  };
  return { code: await main(['conform', ...args], models, terminal), out, err };
};

describe('bad usage is told, with exit code 2', () => {
  test.each([
    [[], /say what to run: --adapter/],
    [['--adapter', ' '], /say what to run/],
    [['--adapter', 'no-such-command'], /ended with exit code 127.*not found.*--check-adapter/s],
    [['--adapter', 'x', '--walks', 'many'], /--walks.*must be a number of walks/],
    [['--adapter', 'x', '--test', 'first-right'], /did you mean first-write/],
    [['--adapter', 'x', '--variant', 'zap'], /did you mean zab/],
    [['--adapter', 'x', '--adapter', 'y'], /several adapters go with --vectors/],
    [['--adapter', 'x', '--kills'], /go with --vectors/],
    [['--adapter', 'x', '--vectors', join(folder, 'nowhere')], /suite\.json: no such file/],
  ])('%j', async (args, message) => {
    const { code, err } = await run(...args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

test('nothing that can be tested is no pass: exit code 3', async () => {
  const command = scriptedAdapter(`
    if (m.op === 'hello') return { adapter: 'nothing', version: '1', protocol: 1, capabilities: [], observes: [] };
    return m.op === 'stop' ? {} : { unsupported: 'everything' };`);
  const { code, out } = await run('--adapter', command, '--walks', '1');
  expect(out).toMatch(/INCONCLUSIVE: nothing failed, but nothing could be tested/);
  expect(code).toBe(3);
});

test.skipIf(!hasPython)('JSON, JUnit and a page say the same', async () => {
  const [junit, html] = [join(folder, 'a.xml'), join(folder, 'a.html')];
  const { code, out } = await run(
    ...['--adapter', pythonAdapter(), '--test', 'first-write', '--walks', '0'],
    ...['--json', '--junit', junit, '--html', html],
  );
  expect(code).toBe(0);
  const { verdict, tests, coverage } = JSON.parse(out);
  expect({ verdict, tests }).toMatchObject({
    verdict: 'passed',
    tests: [{ name: 'first-write', verdict: 'passed' }],
  });
  expect(coverage.leaderProcessACK).toBeGreaterThan(0);
  expect(readFileSync(junit, 'utf8')).toMatch(/tests="1" failures="0"/);
  expect(readFileSync(html, 'utf8')).toMatch(/<span class="passed">passed<\/span>, 1 tests/);
});
