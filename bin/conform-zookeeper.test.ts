/** The command line of `zab conform zookeeper`; what it plays is tested beside it, in traces/zookeeper/live. */
import { expect, test } from 'vitest';
import { main } from './program.js';
import { FILE_COLUMNS, type Terminal } from './terminal.js';

const run = async (...args: readonly string[]) => {
  const [out, err]: [string[], string[]] = [[], []];
  const to = (lines: string[]) => ({
    write: (text: string) => void lines.push(text),
    columns: FILE_COLUMNS,
    color: false,
    live: false,
  });
  const terminal: Terminal = { out: to(out), err: to(err), onInterrupt: () => () => {}, exit: () => {} };
  const exitCode = await main(['conform', 'zookeeper', ...args], [], terminal);
  return { exitCode, out: out.join(''), err: err.join('') };
};

test('without Java it says what to install', async () => {
  const path = process.env.PATH;
  process.env.PATH = '/nonexistent';
  try {
    const { exitCode, err } = await run('--json');
    expect(exitCode).toBe(2);
    expect(err).toMatch(/Linux|apt-get install --no-install-recommends zookeeper/);
  } finally {
    process.env.PATH = path;
  }
});

test('a scenario that there is not is refused by name', async () => {
  const { exitCode, err } = await run('--scenario', 'cold-start,warm-start');
  expect(exitCode).toBe(2);
  expect(err).toContain('warm-start');
});

test('its flags are its own, although zab conform has some of the same names', async () => {
  const { out } = await run('--help');
  expect(out).toContain('--captures <dir>');
  expect(out).not.toContain('--adapter');
});
