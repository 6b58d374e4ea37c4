/** Votes and links over real sockets on loopback. */
import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { history } from '../../spec/testing.js';
import type { Sid } from '../../spec/zxid.js';
import type { Link, LinkEvents } from '../network.js';
import { Writer } from './bytes.js';
import { encodeMessage } from './codec.js';
import { DatagramWriter } from './datagrams.js';
import { encodeParts, linkKeys, PART } from './frames.js';
import { masterKey } from './keys.js';
import { Sessions } from './sessions.js';
import { freePorts, until } from '../testing.js';
import { UdpNetwork } from './network.js';

const networks: UdpNetwork[] = [];
afterEach(async () => {
  await Promise.all(networks.splice(0).map((network) => network.closed()));
});

/** What one server sees, as text, and the links that it has. */
class Seen {
  readonly log: string[] = [];
  link: Link | null = null;
  accepts = true;
  readonly drops: string[] = [];

  constructor(readonly network: UdpNetwork) {}

  events = (link: Link): LinkEvents => {
    this.link = link;
    return {
      received: (message) => this.log.push(message.type),
      imageBegins: (zxid) => this.log.push(`image at ${zxid}`),
      imagePiece: (piece) => this.log.push(`piece of ${piece.length}`),
      closed: () => this.log.push('closed'),
    };
  };
}

const open = async (
  key: string | null = 'a secret',
  hasExpress = true,
): Promise<{ a: Seen; b: Seen; ports: readonly number[] }> => {
  const ports = await freePorts(4);
  const at = (some: readonly number[]) =>
    Object.fromEntries(some.map((port, i) => [i + 1, { host: '127.0.0.1', port }]));
  const addresses = at(ports.slice(0, 2));
  const express = hasExpress ? at(ports.slice(2)) : {};
  const make = async (sid: Sid): Promise<Seen> => {
    const drops: string[] = [];
    const network = await UdpNetwork.open({
      sid,
      addresses,
      express,
      key,
      boot: Date.now(),
      now: () => performance.now(),
      dropped: (reason) => drops.push(reason),
    });
    networks.push(network);
    const seen = new Seen(network);
    Object.assign(seen, { drops });
    network.start({
      notified: (from, { state }) => seen.log.push(`${state} from ${from}`),
      accepts: () => seen.accepts,
      accepted: (link) => {
        seen.log.push(`accepted ${link.peer}`);
        return seen.events(link);
      },
    });
    return seen;
  };
  return { a: await make(1), b: await make(2), ports };
};

const vote = { state: 'LOOKING', leader: 1, zxid: 0, peerEpoch: 0, electionEpoch: 1 } as const;

const connect = async (learner: Seen, leader: Seen): Promise<void> => {
  learner.network.connect(1, (link) => {
    learner.log.push('connected');
    return learner.events(link);
  });
  await until(() => learner.link !== null);
  learner.link!.send({ type: 'FOLLOWERINFO', acceptedEpoch: 3 });
  await until(() => leader.log.includes('FOLLOWERINFO'));
};

test('votes arrive', async () => {
  const { a, b } = await open();
  a.network.notify(2, vote);
  await until(() => b.log.length > 0);
  expect(b.log).toEqual(['LOOKING from 1']);
});

test.each([true, false])(
  'a learner is let in once the leader leads; messages arrive in order both ways (express: %s)',
  async (hasExpress) => {
    const { a, b } = await open('a secret', hasExpress);
    a.accepts = false;
    const connecting = connect(b, a);
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(a.log).toEqual([]);
    a.accepts = true;
    await connecting;
    expect(a.log).toEqual(['accepted 2', 'FOLLOWERINFO']);
    for (let i = 0; i < 500; i++) a.link!.send(i % 2 === 0 ? { type: 'COMMIT', zxid: i } : { type: 'PING' });
    await until(() => b.log.length === 501);
    expect(b.log.slice(1, 4)).toEqual(['COMMIT', 'PING', 'COMMIT']);
  },
);

test.each([true, false])('frames that arrive together are in order (express: %s)', async (hasExpress) => {
  const { a, b } = await open('a secret', hasExpress);
  await connect(b, a);
  for (let i = 0; i < 100; i++) {
    b.link!.send({ type: 'REQUEST', request: { origin: 2, payload: 'x'.repeat(3_000) } });
    if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => a.log.filter((type) => type === 'REQUEST').length === 100);
  expect(a.log).not.toContain('closed');
});

test('an image of megabytes arrives in pieces before its SNAP, and what is sent later after it', async () => {
  const { a, b } = await open();
  await connect(b, a);
  let made = 0;
  const pieces = function* () {
    for (; made < 100; made++) yield randomBytes(60_000);
  };
  a.link!.sendSnap({ type: 'SNAP', zxid: 9, history: history('1:1 1:2') }, { zxid: 7, pieces: pieces() });
  a.link!.send({ type: 'NEWLEADER', epoch: 1 });
  await new Promise((resolve) => queueMicrotask(() => resolve(null)));
  // They are not read all at once.
  expect(made).toBeLessThan(100);
  await until(() => b.log.at(-1) === 'NEWLEADER');
  expect(b.log.slice(0, 3)).toEqual(['connected', 'image at 7', 'piece of 60000']);
  expect(b.log.slice(-2)).toEqual(['SNAP', 'NEWLEADER']);
  expect(b.log.length).toBe(2 + 100 + 2);
});

test('two links that one knocking opens one after the other have other keys', async () => {
  const { a, b, ports } = await open();
  await b.network.closed();
  const socket = createSocket('udp4');
  const send = (bytes: Buffer, port: number): void => socket.send(bytes, port, '127.0.0.1');
  const streams: number[] = [];
  const learner = new Sessions(2, [1], Date.now() + 1, masterKey('a secret'), {
    transmit: (_, datagram) => send(datagram, ports[0]!),
    received: (_, plain) => streams.push(plain.readUInt32BE(1 + 16)),
    dropped: () => {},
    now: () => performance.now(),
  });
  socket.bind(ports[1], '127.0.0.1').on('message', (bytes) => learner.datagram(bytes));
  const id = randomBytes(16);
  const letIn = async (): Promise<number> => {
    const { length } = streams;
    learner.send(1, new Writer().u8(1).raw(id).u32(7).bytes());
    await until(() => streams.length > length);
    return streams.at(-1)!;
  };
  const says = (to: number, sealedFor: number): void => {
    const keys = linkKeys(learner.secretOf(1)!, id, sealedFor).toLeader;
    const bytes = encodeParts([
      { kind: PART.message, bytes: encodeMessage({ type: 'FOLLOWERINFO', acceptedEpoch: 3 }) },
    ]);
    const datagrams = new DatagramWriter(keys.datagrams, to);
    send(datagrams.datagram({ received: 0, isMissing: false }, { number: 0, bytes }), ports[2]!);
  };
  const first = await letIn();
  says(first, first);
  await until(() => a.log.includes('FOLLOWERINFO'));
  a.link!.close();
  const second = await letIn();
  says(second, first);
  await until(() => a.drops.includes('forged'));
  expect(a.log).toEqual(['accepted 2', 'FOLLOWERINFO']);
  says(second, second);
  await until(() => a.log.length === 4);
  socket.close();
});

test('when one end closes, the other is told', async () => {
  const { a, b } = await open();
  await connect(b, a);
  a.link!.close();
  await until(() => b.log.at(-1) === 'closed');
  expect(a.log).not.toContain('closed');
});

test('a peer that has gone is noticed at once', async () => {
  const { a, b } = await open();
  await connect(b, a);
  const before = performance.now();
  await a.network.closed();
  await until(() => b.log.at(-1) === 'closed');
  expect(performance.now() - before).toBeLessThan(1_000);
});

test('whatever is thrown at the port: it is dropped, and links go on', async () => {
  const { a, b, ports } = await open();
  await connect(b, a);
  const stranger = createSocket('udp4');
  const send = (bytes: Buffer, port: number): Promise<void> =>
    new Promise((resolve) => stranger.send(bytes, port, '127.0.0.1', () => resolve()));
  for (let i = 0; i < 1_500; i++) {
    const port = ports[i % 2 === 0 ? 0 : 2]!;
    const bytes = randomBytes(1 + (i % 1_400));
    // Some look like packets of a stream, some like ours.
    if (i % 3 === 0) bytes.set(Buffer.from([0xff, 0x01]).subarray(0, bytes.length));
    if (i % 3 === 1) bytes.set(Buffer.from('ZAB1').subarray(0, bytes.length));
    await send(bytes, port);
  }
  stranger.close();
  await until(() => a.drops.length > 300);
  expect(a.log).not.toContain('closed');
  a.link!.send({ type: 'UPTODATE' });
  await until(() => b.log.at(-1) === 'UPTODATE');
});
