/** Whole servers in this process, on loopback: a real client works against them, and what is seen from outside is true. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import zookeeper, { type Client } from 'node-zookeeper-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { judgeRecording, readRecording } from '../traces/validate/recording.js';
import { type EnsembleConfig, parseConfig } from './config.js';
import type { StateMachine } from './machine.js';
import { Node } from './node.js';
import { MOST_WRITE } from './requests.js';
import { freePorts, until } from './testing.js';

const COUNT = 3;
let folder: string;
let config: EnsembleConfig;
const nodes: Record<number, Node> = {};

const start = async (sid: number): Promise<void> => {
  nodes[sid] = await Node.start({ config, sid, traceFolder: join(folder, 'traces') });
};

const serving = (): Promise<void> => until(() => Object.values(nodes).every(({ health }) => health.serving));
/** On a busy machine a leader may fall silent for a moment: then the next one is meant. */
const leader = async (): Promise<number> => {
  const leading = () => Object.values(nodes).find(({ health }) => health.role === 'LEADING');
  await until(() => leading() !== undefined);
  return leading()?.server.sid ?? leader();
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zab-'));
  const ports = await freePorts(3 * COUNT);
  const address = (i: number) => `127.0.0.1:${ports[i]}`;
  const servers = Object.fromEntries(
    Array.from({ length: COUNT }, (_, i) => [
      i + 1,
      {
        peer: address(3 * i),
        client: address(3 * i + 1),
        http: address(3 * i + 2),
        dataFolder: join(folder, String(i + 1)),
      },
    ]),
  );
  // Patient, since tests beside this one keep the machine busy.
  const timings = { tickMs: 400, finalizeWaitMs: 50, resendMs: 30 };
  config = parseConfig(
    JSON.stringify({ servers, key: 'sixteen characters', level: 'silent', timings, imageEvery: 50 }),
  );
  for (let sid = 1; sid <= COUNT; sid++) await start(sid);
  await serving();
});

afterAll(async () => {
  for (const node of Object.values(nodes)) await node.stop();
  rmSync(folder, { recursive: true });
});

/** A state machine as small as they come. */
class Counter implements StateMachine {
  count = 0;
  apply = (): string => String(++this.count);
  image = (): Iterable<Uint8Array> => [Uint8Array.of(this.count)];
  restore = () => {
    let count = 0;
    return {
      piece: (piece: Uint8Array) => {
        count = piece[0]!;
      },
      finish: () => {
        this.count = count;
      },
    };
  };
}

const hostPort = (sid: number): string => `127.0.0.1:${config.servers[sid]!.client!.port}`;

const clientOf = async (sid: number): Promise<Client> => {
  const client = zookeeper.createClient(hostPort(sid), { sessionTimeout: 10_000, retries: 0 });
  const connected = new Promise<void>((resolve) => client.once('connected', resolve));
  client.connect();
  await connected;
  return client;
};

/** The result, or the name of the error. */
const called = <R>(call: (callback: (error: Error | null, ...results: any[]) => void) => void): Promise<R> =>
  new Promise((resolve) => call((error, ...results) => resolve((error ? error.name : results[0]) as R)));

test('a client creates, reads, changes and deletes nodes, and is told what is wrong', async () => {
  const client = await clientOf(1);
  const { PERSISTENT, PERSISTENT_SEQUENTIAL, EPHEMERAL } = zookeeper.CreateMode;
  expect(await called((done) => client.create('/a', Buffer.from('one'), PERSISTENT, done))).toBe('/a');
  expect(await called((done) => client.create('/a', null, PERSISTENT, done))).toBe('NODE_EXISTS');
  expect(await called((done) => client.create('/x/y', null, PERSISTENT, done))).toBe('NO_NODE');
  expect(await called((done) => client.create('/a/b', null, PERSISTENT, done))).toBe('/a/b');
  expect(await called((done) => client.create('/a/s', null, PERSISTENT_SEQUENTIAL, done))).toBe(
    '/a/s0000000001',
  );
  expect(await called((done) => client.create('/e', null, EPHEMERAL, done))).toBe('UNIMPLEMENTED');
  expect(await called((done) => client.exists('/a', () => {}, done))).toBe('UNIMPLEMENTED');
  expect(String(await called((done) => client.getData('/a', done)))).toBe('one');
  expect(await called((done) => client.getData('/none', done))).toBe('NO_NODE');
  expect(await called((done) => client.setData('/a', Buffer.from('two'), 0, done))).toMatchObject({
    version: 1,
  });
  expect(await called((done) => client.setData('/a', Buffer.from('two'), 0, done))).toBe('BAD_VERSION');
  expect(await called((done) => client.getChildren('/a', done))).toEqual(['b', 's0000000001']);
  expect(await called((done) => client.remove('/a', -1, done))).toBe('NOT_EMPTY');
  expect(await called((done) => client.exists('/a', done))).toMatchObject({
    version: 1,
    numChildren: 2,
    dataLength: 3,
  });
  expect(await called((done) => client.remove('/a/b', -1, done))).toBeUndefined();
  expect(await called((done) => client.exists('/a/b', done))).toBeNull();
  client.close();
});

test('what is written at one server is seen at the others', async () => {
  const [first, last] = [await clientOf(1), await clientOf(3)];
  await called((done) => first.create('/shared', Buffer.from('x'), zookeeper.CreateMode.PERSISTENT, done));
  await until(async () => (await called((done) => last.exists('/shared', done))) !== null);
  first.close();
  last.close();
});

test('many writes under way at once are answered in order', async () => {
  const client = await clientOf(2);
  const order: number[] = [];
  await new Promise<void>((resolve) => {
    for (let i = 0; i < 200; i++)
      client.create(`/n${i}`, Buffer.alloc(100), zookeeper.CreateMode.PERSISTENT, (error) => {
        expect(error).toBeNull();
        order.push(i);
        if (order.length === 200) resolve();
      });
  });
  expect(order).toEqual([...order].sort((a, b) => a - b));
  client.close();
});

const word = (sid: number, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(config.servers[sid]!.client!.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
    socket.write(text);
  });

test('four-letter words', async () => {
  expect(await word(1, 'ruok')).toBe('imok');
  expect(await word(await leader(), 'srvr')).toMatch(/Mode: leader\nNode count: \d+\n$/);
  expect(await word(await leader(), 'mntr')).toMatch(
    /zk_server_state\tleader\n(.*\n)*zk_synced_followers\t2\n/,
  );
});

const http = (sid: number, path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${config.servers[sid]!.http!.port}${path}`);

test('health and metrics', async () => {
  const health = await http(1, '/health');
  expect(health.status).toBe(200);
  expect(await health.json()).toMatchObject({ id: 1, serving: true, leader: await leader() });
  const metrics = await (await http(await leader(), '/metrics')).text();
  expect(metrics).toMatch(/zab_role\{role="LEADING"\} 1/);
  expect(metrics).toMatch(/zab_fsync_latency_seconds_count \d{2,}/);
  expect(await (await http(1, '/')).text()).toContain('zab server 1');
  expect((await http(1, '/nothing')).status).toBe(404);
});

test('bytes that are no packet end the connection, and nothing else', async () => {
  for (const bytes of [Buffer.alloc(4, 0xff), Buffer.from('0000000500', 'hex'), Buffer.alloc(100, 1)]) {
    const socket = connect(config.servers[1]!.client!.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => {});
    socket.end(bytes);
    await closed;
  }
  expect(await word(1, 'ruok')).toBe('imok');
});

test('the leader stops: another comes, nothing is lost, and the old one is brought up to date', async () => {
  const old = await leader();
  const client = await clientOf(old === 1 ? 2 : 1);
  await called((done) => client.create('/before', null, zookeeper.CreateMode.PERSISTENT, done));
  client.close();
  await nodes[old]!.stop();
  delete nodes[old];
  await serving();
  const next = await clientOf(await leader());
  expect(await called((done) => next.exists('/before', done))).not.toBeNull();
  await called((done) => next.create('/after', null, zookeeper.CreateMode.PERSISTENT, done));
  next.close();
  await start(old);
  await serving();
  const back = await clientOf(old);
  expect(await called((done) => back.exists('/after', done))).not.toBeNull();
  back.close();
  const states = Object.values(nodes).map(({ server }) => server.applied);
  await until(
    () => new Set(Object.values(nodes).map(({ server }) => server.applied)).size === 1,
    2_000,
    String(states),
  );
});

test('every recorded step is the reducer’s own', async () => {
  for (const [sid, node] of Object.entries(nodes)) {
    await node.stop();
    delete nodes[Number(sid)];
  }
  const files = readdirSync(join(folder, 'traces'));
  expect(files.length).toBe(COUNT + 1);
  for (const name of files) {
    const text = readFileSync(join(folder, 'traces', name), 'utf8');
    const judged = (recording: string) => judgeRecording(readRecording(recording, true));
    const whole = judged(text);
    expect(whole.mismatch).toBeNull();
    expect(whole.steps).toBeGreaterThan(10);
    // A life that was cut short counts too; a step that was tampered with does not.
    const cut = judged(text.slice(0, text.length - 200));
    expect(cut.mismatch).toBeNull();
    expect(cut.steps).toBeGreaterThan(9);
    const tampered = text.replace(/"type":"persist"/, '"type":"forget"');
    expect(judged(tampered).mismatch).toMatchObject({ reason: 'the step has other effects' });
  }
});

test('a server inside a program, with a state machine of its own', async () => {
  const [peer] = await freePorts(1);
  const servers = { 1: { peer: `127.0.0.1:${peer}`, dataFolder: join(folder, 'own') } };
  const own = parseConfig(JSON.stringify({ servers, level: 'silent' }));
  const counted = async (machine: Counter, writes: number): Promise<void> => {
    const node = await Node.start({ config: own, sid: 1, machine });
    await until(() => node.health.serving);
    for (let i = 0; i < writes; i++) {
      const outcome = await new Promise((resolve) => node.server.submit('more', resolve));
      expect(outcome).toMatchObject({ kind: 'done', result: String(machine.count) });
    }
    const { outstanding } = node.server;
    for (const body of ['x'.repeat(MOST_WRITE + 1), 'a€'])
      expect(() => node.server.submit(body, () => {})).toThrow(RangeError);
    expect([node.server.outstanding, node.health.serving]).toEqual([outstanding, true]);
    await node.stop();
  };
  const [first, second] = [new Counter(), new Counter()];
  await counted(first, 3);
  await counted(second, 1);
  // What was written in the first life counts in the second.
  expect([first.count, second.count]).toEqual([3, 4]);
});
