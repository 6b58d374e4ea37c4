/** The longest write that a client can ask for goes through the log of an ensemble, and harms nobody. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zookeeper, { type Client } from 'node-zookeeper-client';
import { expect, test } from 'vitest';
import { parseConfig } from './config.js';
import { Node } from './node.js';
import { freePorts, until } from './testing.js';
import { MOST_PACKET } from './zookeeper/codes.js';

/** Of a packet of setData, beside path and data: xid, type, two lengths, version. */
const AROUND = 20;
const PATH = '/long';

const clientAt = async (address: string): Promise<Client> => {
  const client = zookeeper.createClient(address, { sessionTimeout: 10_000, retries: 0 });
  const connected = new Promise<void>((resolve) => client.once('connected', resolve));
  client.connect();
  await connected;
  return client;
};

const write = (client: Client, length: number): Promise<string> =>
  new Promise((resolve) =>
    client.setData(PATH, Buffer.alloc(length, 0xff), -1, (error) => resolve(error?.name ?? 'done')),
  );

const lengthAt = (client: Client): Promise<number | undefined> =>
  new Promise((resolve) => client.exists(PATH, (_error, stat) => resolve(stat?.dataLength)));

test('the longest packet is written at all servers; a longer one ends its connection alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zab-'));
  const ports = await freePorts(6);
  const address = (i: number) => `127.0.0.1:${ports[i]}`;
  const servers = Object.fromEntries(
    [1, 2, 3].map((sid) => [
      sid,
      { peer: address(sid - 1), client: address(sid + 2), dataFolder: join(folder, String(sid)) },
    ]),
  );
  const config = parseConfig(JSON.stringify({ servers, level: 'silent', timings: { tickMs: 400 } }));
  const nodes = await Promise.all([1, 2, 3].map((sid) => Node.start({ config, sid })));
  try {
    await until(() => nodes.every(({ health }) => health.serving));
    const clients = await Promise.all([1, 2, 3].map((sid) => clientAt(address(sid + 2))));
    const writer = clients[nodes.findIndex(({ health }) => health.role === 'FOLLOWING')]!;
    await new Promise((resolve) => writer.create(PATH, null, zookeeper.CreateMode.PERSISTENT, resolve));
    const longest = MOST_PACKET - AROUND - PATH.length;
    expect(await write(writer, longest)).toBe('done');
    for (const client of clients) await until(async () => (await lengthAt(client)) === longest);
    expect(await write(writer, longest + 1)).toBe('CONNECTION_LOSS');
    expect(nodes.map(({ health }) => health.serving)).toEqual([true, true, true]);
    for (const client of clients) client.close();
  } finally {
    for (const node of nodes) await node.stop();
    rmSync(folder, { recursive: true });
  }
});
