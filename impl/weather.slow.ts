/**
 * Whole servers over real sockets in bad weather: every datagram, of votes and of links, may be lost, doubled, delayed or
 * overtaken, and pairs of servers are cut off from each other for a while.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Sid } from '../spec/zxid.js';
import { parseConfig } from './config.js';
import { Node } from './node.js';
import { Random } from './simulated/random.js';
import { freePorts, until } from './testing.js';
import { UdpProxy } from './udp/weather.js';
import { Workload } from './zookeeper/workload.js';

const SIDS: readonly Sid[] = [1, 2, 3];
const FAULTY_MS = 30_000;

test('three servers, 30 seconds of loss, duplication, reordering and partitions', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zab-weather-'));
  const random = new Random(1);
  const ports = await freePorts(6 + 9);
  const peer = (sid: Sid): number => ports[2 * sid - 2]!;
  const client = (sid: Sid): number => ports[2 * sid - 1]!;
  /** Where `from` believes `to` to be. */
  const way = (from: Sid, to: Sid): number =>
    from === to ? peer(to) : ports[6 + 3 * (from - 1) + (to - 1)]!;
  const proxies = new Map<string, UdpProxy>();
  for (const from of SIDS)
    for (const to of SIDS)
      if (from !== to) {
        const weather = { loss: 0.03, duplication: 0.03, mostDelayMs: 15 };
        proxies.set(`${from}-${to}`, await UdpProxy.open(way(from, to), peer(to), weather, random));
      }
  const configOf = (self: Sid) =>
    parseConfig(
      JSON.stringify({
        servers: Object.fromEntries(
          SIDS.map((sid) => [
            sid,
            {
              peer: `127.0.0.1:${way(self, sid)}`,
              client: `127.0.0.1:${client(sid)}`,
              dataFolder: join(folder, String(sid)),
            },
          ]),
        ),
        key: 'a key for bad weather',
        level: 'silent',
        timings: { tickMs: 150, finalizeWaitMs: 80 },
      }),
    );
  const nodes = await Promise.all(SIDS.map((sid) => Node.start({ config: configOf(sid), sid })));
  const allServe = () => until(() => nodes.every(({ health }) => health.serving), 30_000, 'that all serve');
  try {
    await allServe();
    const workload = new Workload(SIDS.map(client), random);
    const clients = await workload.start(4);
    const end = performance.now() + FAULTY_MS;
    while (performance.now() < end) {
      const [a, b] = random.pick([
        [1, 2],
        [1, 3],
        [2, 3],
      ] as const);
      const cut = [proxies.get(`${a}-${b}`)!, proxies.get(`${b}-${a}`)!];
      // Both ways, or one alone.
      for (const proxy of random.chance(0.7) ? cut : cut.slice(1)) proxy.isOpen = false;
      await new Promise((resolve) => setTimeout(resolve, random.int(100, 2_500)));
      for (const proxy of cut) proxy.isOpen = true;
      await new Promise((resolve) => setTimeout(resolve, random.int(100, 2_500)));
    }
    await allServe();
    workload.isOver = true;
    await clients.stopped;
    expect(workload.acknowledged).toBeGreaterThan(100);
    expect(workload.verdict()).toBe('linearizable');
    await until(
      () => new Set(nodes.map(({ server }) => server.applied)).size === 1,
      20_000,
      'that all are equal',
    );
  } finally {
    for (const node of nodes) await node.stop();
    for (const proxy of proxies.values()) await proxy.close();
    rmSync(folder, { recursive: true });
  }
});
