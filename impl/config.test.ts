/** The configuration file: the example is one, and whatever is wrong is named. */
import { expect, test } from 'vitest';
import { parseConfig, specConfigOf } from './config.js';
import { EXAMPLE_CONFIG } from './example.js';

const problems = (change: (json: any) => void): readonly string[] => {
  const json = JSON.parse(EXAMPLE_CONFIG);
  change(json);
  try {
    parseConfig(JSON.stringify(json));
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
};

test('the example is a configuration', () => {
  const config = parseConfig(EXAMPLE_CONFIG);
  expect(specConfigOf(config)).toMatchObject({
    voters: [1, 2, 3],
    observers: [4],
    election: 'fle',
    window: 32,
  });
  expect(config.servers[1]!.client).toEqual({ host: '127.0.0.1', port: 2181 });
});

test('what is left out has a default', () => {
  const servers = { 1: { peer: '[::1]:2881', dataFolder: 'x' } };
  expect(parseConfig(JSON.stringify({ servers }))).toMatchObject({ key: null, timings: { tickMs: 500 } });
});

test('every wrong field is named', () => {
  expect(
    problems((json) => {
      json.servers['1'].peer = 'nowhere';
      json.servers['2'].rol = 'voter';
      json.timings.tickMs = 'soon';
      json.key = 'short';
    }),
  ).toEqual([
    expect.stringMatching(/^servers\.1\.peer: "nowhere" is no address: HOST:PORT$/),
    expect.stringMatching(/^servers\.2: .*rol/),
    expect.stringMatching(/^key: must have 16 characters at least$/),
    expect.stringMatching(/^timings\.tickMs: /),
  ]);
});

test('what no single field shows is named too', () => {
  expect(problems((json) => (json.servers.x = { peer: '127.0.0.1:9', dataFolder: 'x' }))).toEqual([
    "servers.x: a server's id is a number from 1 to 255",
  ]);
  expect(problems((json) => (json.servers['2'].peer = json.servers['1'].peer))).toEqual([
    'servers: the address udp 127.0.0.1:2881 is used twice',
  ]);
  for (const socket of ['peer', 'express'])
    expect(
      problems((json) => {
        json.key = null;
        json.servers['1'][socket] = '192.0.2.1:2881';
      }),
    ).toEqual(['key: without a key the servers may talk over loopback only']);
  expect(
    problems((json) => {
      for (const server of Object.values<any>(json.servers)) server.role = 'observer';
    }),
  ).toEqual(['servers: none of them is a voter']);
});

test('what is no JSON says so', () => {
  expect(() => parseConfig('{')).toThrow(/^not JSON: /);
});
