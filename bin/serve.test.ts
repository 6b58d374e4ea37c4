/** `zab serve` and `zab ensemble`, in this process as far as that goes: what they refuse, and how they stop. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXAMPLE_CONFIG } from '../impl/example.js';
import { freePorts, until } from '../impl/testing.js';
import { SERVER_FLAGS } from './collector.js';
import { main } from './program.js';
import type { Terminal } from './terminal.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zab-serve-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What is written, and a Ctrl-C that the test presses. */
const typed = () => {
  const said = { out: '', err: '' };
  let press = (): void => {};
  const output = (to: 'out' | 'err') => ({
    write: (text: string) => {
      said[to] += text;
    },
    columns: 110,
    color: false,
    live: false,
  });
  const terminal: Terminal = {
    out: output('out'),
    err: output('err'),
    onInterrupt: (callback) => {
      press = callback;
      return () => {};
    },
    exit: () => {},
  };
  return { said, terminal, press: () => press() };
};

const run = async (...args: readonly string[]) => {
  const { said, terminal } = typed();
  return { exitCode: await main(args, [], terminal), ...said };
};

const configured = (config: unknown): string => {
  const file = join(folder, 'ensemble.json');
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  return file;
};

test('help shows an example', async () => {
  const { exitCode, out } = await run('serve', '--help');
  expect(exitCode).toBe(0);
  expect(out).toContain(EXAMPLE_CONFIG.trim());
});

test('mistakes are told, and name what is wrong', async () => {
  expect(await run('serve', '--config', join(folder, 'none'), '--id', '1')).toMatchObject({
    exitCode: 2,
    err: expect.stringMatching(/^zab: .*none: no such file/),
  });
  const file = configured({ servers: { 1: { peer: 'x', dataFolder: folder } }, kee: 1 });
  const { exitCode, err } = await run('serve', '--config', file, '--id', '1');
  expect(exitCode).toBe(2);
  expect(err).toMatch(/ensemble\.json: servers\.1\.peer: "x" is no address/);
  expect(err).toMatch(/ensemble\.json: .*kee/);
  expect(await run('serve', '--config', configured(EXAMPLE_CONFIG), '--id', '9')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('there is no server 9 in the configuration: 1, 2, 3, 4'),
  });
  expect(await run('ensemble', '--servers', '0')).toMatchObject({
    exitCode: 2,
    err: "zab: --servers '0': a number from 1 to 99\n",
  });
});

test('a server serves until Ctrl-C; a second one on its folder is refused; damage is named', async () => {
  const [peer, other] = await freePorts(2);
  const server = (port: number | undefined) => ({
    peer: `127.0.0.1:${port}`,
    dataFolder: join(folder, 'data'),
  });
  const file = configured({ servers: { 1: server(peer) } });
  const { said, terminal, press } = typed();
  const served = main(['serve', '--config', file, '--id', '1'], [], terminal);
  await until(() => said.out.includes('"phase":"BROADCAST"'));
  const second = configured({ servers: { 1: server(other) } });
  expect(await run('serve', '--config', second, '--id', '1')).toMatchObject({
    exitCode: 2,
    err: expect.stringMatching(/another process uses the data folder/),
  });
  press();
  expect(await served).toBe(0);
  writeFileSync(join(folder, 'data', 'data.mdb'), Buffer.alloc(8192, 1));
  expect(await run('serve', '--config', file, '--id', '1')).toMatchObject({
    exitCode: 2,
    err: expect.stringMatching(/data\.mdb: this is no store/),
  });
});

test('the flags of a server are what makes its young generation large from the start', () => {
  const megabytes = (...flags: readonly string[]): number => {
    const size =
      "require('v8').getHeapSpaceStatistics().find((s) => s.space_name === 'new_space').space_size";
    return Number(execFileSync(process.execPath, [...flags, '-p', size]).toString()) / 2 ** 20;
  };
  expect(megabytes(...SERVER_FLAGS)).toBe(16);
  expect(megabytes()).toBeLessThan(16);
});
