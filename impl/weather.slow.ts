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
  const ports = await freePorts(9 + 18);
  const client = (sid: Sid): number => ports[sid - 1]!;
  /** Of a server's two sockets for its peers, the first or the second. */
  const own = (socket: 0 | 1, sid: Sid): number => ports[3 + 3 * socket + (sid - 1)]!;
  /** Where `from` believes `to` to be. */
  const way = (socket: 0 | 1, from: Sid, to: Sid): number =>
    from === to ? own(socket, to) : ports[9 + 9 * socket + 3 * (from - 1) + (to - 1)]!;
  const proxies = new Map<string, readonly UdpProxy[]>();
  const weather = { loss: 0.03, duplication: 0.03, mostDelayMs: 15 };
  for (const from of SIDS)
    for (const to of SIDS)
      if (from !== to) {
        const open = (socket: 0 | 1) =>
          UdpProxy.open(way(socket, from, to), own(socket, to), weather, random);
        proxies.set(`${from}-${to}`, [await open(0), await open(1)]);
      }
  const configOf = (self: Sid) =>
    parseConfig(
      JSON.stringify({
        servers: Object.fromEntries(
          SIDS.map((sid) => [
            sid,
            {
              peer: `127.0.0.1:${way(0, self, sid)}`,
              express: `127.0.0.1:${way(1, self, sid)}`,
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
      for (const proxy of (random.chance(0.7) ? cut : cut.slice(1)).flat()) proxy.isOpen = false;
      await new Promise((resolve) => setTimeout(resolve, random.int(100, 2_500)));
      for (const proxy of cut.flat()) proxy.isOpen = true;
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
    for (const proxy of [...proxies.values()].flat()) await proxy.close();
    rmSync(folder, { recursive: true });
  }
});
