/** A fresh server is brought up to date with hundreds of megabytes, and the others go on taking writes meanwhile. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from './config.js';
import { Node } from './node.js';
import { freePorts, until } from './testing.js';
import { TestClient } from './zookeeper/testing.js';

const NODES = 300;
const BYTES = 1_000_000;

test('300 MB by SNAP, in pieces', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zab-catch-up-'));
  const ports = await freePorts(6);
  const servers = Object.fromEntries(
    [1, 2, 3].map((sid) => [
      sid,
      {
        peer: `127.0.0.1:${ports[2 * sid - 2]}`,
        client: `127.0.0.1:${ports[2 * sid - 1]}`,
        dataFolder: join(folder, String(sid)),
      },
    ]),
  );
  const config = parseConfig(JSON.stringify({ servers, level: 'silent', imageEvery: 100_000 }));
  const nodes = [await Node.start({ config, sid: 1 }), await Node.start({ config, sid: 2 })];
  try {
    await until(() => nodes.every(({ health }) => health.serving));
    const client = await TestClient.connect(config.servers[1]!.client!.port);
    const data = Buffer.alloc(BYTES, 'data');
    for (let i = 0; i < NODES; i++) expect(await client.create(`/n${i}`, data)).toBe(0);
    // More small writes than the window holds, so that the window alone does not weigh as much again.
    for (let i = 0; i < 600; i++) expect(await client.setData('/n0', Buffer.from(String(i)))).toBe(0);
    nodes.push(await Node.start({ config, sid: 3 }));
    let slowest = 0;
    let writes = 0;
    while (!nodes[2]!.health.serving) {
      const asked = performance.now();
      expect(await client.setData('/n1', Buffer.from(String(writes++)))).toBe(0);
      slowest = Math.max(slowest, performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(nodes.slice(0, 2).every(({ health }) => health.serving)).toBe(true);
    }
    expect(writes).toBeGreaterThan(20);
    // All three share this process, and so its pauses.
    expect(slowest).toBeLessThan(3_000);
    client.close();
    await until(() => new Set(nodes.map(({ server }) => server.applied)).size === 1);
  } finally {
    for (const node of nodes) await node.stop();
    rmSync(folder, { recursive: true });
  }
});
