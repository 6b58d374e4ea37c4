/** The controlling proxy between two plain TCP servers that know a few packets: what passes, what waits, what is lost. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decodePacket, encodePacket } from '../quorum.js';
import { freePorts, HOST } from './ports.js';
import { ControllingProxy, type Passing } from './proxy.js';
import { Recorder } from './recorder.js';

const packet = (zxid: number): Buffer =>
  encodePacket({ type: 'COMMIT', zxid: BigInt(zxid), data: null, auth: null });
const PACKET_BYTES = packet(1).length;

/** However busy the machine is. */
const soon = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 10_000, interval: 10 });

vi.setConfig({ testTimeout: 60_000 });

/** One end of a connection, and the zxids that came by it. */
class End {
  #bytes = Buffer.alloc(0);
  isOver = false;
  constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.isOver = true;
    });
    socket.on('end', () => socket.end());
  }

  say(...zxids: readonly number[]): void {
    for (const zxid of zxids) this.socket.write(packet(zxid));
  }

  get heard(): readonly number[] {
    const count = Math.floor(this.#bytes.length / PACKET_BYTES);
    return Array.from({ length: count }, (_, i) =>
      Number(decodePacket(this.#bytes.subarray(i * PACKET_BYTES, (i + 1) * PACKET_BYTES)).zxid),
    );
  }
}

let leader: Server;
let proxy: ControllingProxy;
let recorder: Recorder;
let port: number;
const answering: End[] = [];

beforeEach(async () => {
  const [realPort, ofProxy] = (await freePorts(2)) as [number, number];
  port = ofProxy;
  answering.length = 0;
  leader = createServer({ allowHalfOpen: true }, (socket) => answering.push(new End(socket)));
  await once(leader.listen(realPort, HOST), 'listening');
  recorder = new Recorder();
  proxy = new ControllingProxy([{ ch: 'Q', from: 1, to: 2, port, realPort }], recorder);
  proxy.start();
});

afterEach(() => {
  expect(proxy.failure).toBeNull();
  proxy.stop();
  leader.close();
});

/** Server 1 calls server 2; both ends. */
const dial = async (): Promise<readonly [End, End]> => {
  const before = answering.length;
  const near = await soon(async () => {
    const socket = connect({ port, host: HOST, allowHalfOpen: true });
    await once(socket, 'connect');
    return new End(socket);
  });
  await soon(() => expect(answering).toHaveLength(before + 1));
  return [near, answering[before]!];
};

const hears = (end: End, ...zxids: readonly number[]) => soon(() => expect(end.heard).toEqual(zxids));

const is =
  (to: number, zxid: number) =>
  (passing: Passing): boolean =>
    passing.to === to && passing.message.kind === 'packet' && passing.message.message.zxid === BigInt(zxid);

/** Kinds of lines that were recorded, with the packets that they are of. */
const recorded = (): readonly string[] => {
  const lines = recorder
    .text()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const zxidOf = new Map<number, string>(
    lines.flatMap(({ ev, seq, zxid }) => (ev === 'msg' ? [[seq, zxid]] : [])),
  );
  return lines.map(({ ev, seq, ref, refs, held, why }) =>
    [ev, zxidOf.get(seq ?? ref), ...(refs ?? []).map((one: number) => zxidOf.get(one)), held && 'held', why]
      .filter((one) => one !== undefined && one !== false)
      .join(' '),
  );
};

test('what is not held passes, in order, both ways', async () => {
  const [learner, other] = await dial();
  learner.say(1, 2, 3);
  other.say(7, 8);
  await hears(other, 1, 2, 3);
  await hears(learner, 7, 8);
  expect(
    recorded()
      .filter((line) => line.startsWith('msg'))
      .sort(),
  ).toEqual(['0x1', '0x2', '0x3', '0x7', '0x8'].map((zxid) => `msg ${zxid}`));
});

test('what is held waits, and all behind it on its way; the other way goes on; then all arrives in order', async () => {
  const [learner, other] = await dial();
  const hold = proxy.hold(is(2, 2));
  learner.say(1, 2, 3);
  other.say(7);
  await hears(learner, 7);
  await soon(() => expect(hold.held()).toHaveLength(1));
  await soon(() => expect(recorded()).toContain('msg 0x3 held'));
  expect(other.heard).toEqual([1]);
  hold.release();
  await hears(other, 1, 2, 3);
  learner.say(4);
  await hears(other, 1, 2, 3, 4);
  expect(recorded().filter((line) => /0x[234]/.test(line))).toEqual([
    'msg 0x2 held',
    'msg 0x3 held',
    'release 0x2',
    'release 0x3',
    'msg 0x4',
  ]);
});

test('of two holds each lets go what the other does not hold', async () => {
  const [learner, other] = await dial();
  const [first, second] = [proxy.hold(is(2, 1)), proxy.hold(is(2, 2))];
  learner.say(1, 2, 3);
  await soon(() => expect(recorded()).toContain('msg 0x3 held'));
  first.release();
  await hears(other, 1);
  second.release();
  await hears(other, 1, 2, 3);
});

test('what is dropped never arrives, nor anything behind it; what went before did', async () => {
  const [learner, other] = await dial();
  const hold = proxy.hold(is(2, 2));
  learner.say(1, 2, 3);
  await soon(() => expect(recorded()).toContain('msg 0x3 held'));
  hold.drop();
  learner.say(4);
  other.say(7);
  await hears(learner, 7);
  await soon(() => expect(recorded()).toContain('drop 0x4'));
  expect(other.heard).toEqual([1]);
  expect(recorded().filter((line) => line.startsWith('drop'))).toEqual(['drop 0x2', 'drop 0x3', 'drop 0x4']);
});

test('what one side said before it closed still arrives, and then the end does', async () => {
  const [learner, other] = await dial();
  const hold = proxy.hold(is(2, 2));
  learner.say(1, 2);
  await soon(() => expect(hold.held()).toHaveLength(1));
  learner.socket.end();
  await soon(() => expect(recorded()).toContain('srcEnd'));
  expect(other.isOver).toBe(false);
  hold.release();
  await hears(other, 1, 2);
  await soon(() => expect([learner.isOver, other.isOver]).toEqual([true, true]));
  expect(recorded().at(-1)).toBe('close srcClosed');
});

test('a pair that is cut has its connection broken, what was held is lost, and no new one; healed, there is one', async () => {
  const [learner, other] = await dial();
  proxy.hold(is(2, 2));
  learner.say(1, 2);
  await soon(() => expect(recorded()).toContain('msg 0x2 held'));
  proxy.cut(1, 2);
  await soon(() => expect([learner.isOver, other.isOver]).toEqual([true, true]));
  expect(other.heard).toEqual([1]);
  expect(recorded()).toEqual(expect.arrayContaining(['cut', 'lost 0x2', 'close cut']));
  await soon(async () => {
    const socket = connect({ port, host: HOST });
    await expect(once(socket, 'connect')).rejects.toThrow(/ECONNREFUSED/);
  });
  proxy.heal(1, 2);
  const [again, there] = await dial();
  again.say(5);
  await hears(there, 5);
});

test('who does not listen cannot be called through the proxy', async () => {
  await dial();
  for (const { socket } of answering) socket.destroy();
  await once(leader.close(), 'close');
  await soon(async () => {
    const socket = connect({ port, host: HOST });
    await expect(once(socket, 'connect')).rejects.toThrow(/ECONNREFUSED/);
  });
});
