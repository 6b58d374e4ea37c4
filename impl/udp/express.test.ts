import { Buffer } from 'node:buffer';
import { Socket } from 'node:dgram';
import { afterEach, expect, test, vi } from 'vitest';
import { freePorts, until } from '../testing.js';
import { Express } from './express.js';

afterEach(() => {
  vi.restoreAllMocks();
});

const loopback = async (count: number) => {
  const ports = await freePorts(count);
  return Object.fromEntries(ports.map((port, i) => [i + 1, { host: '127.0.0.1', port }]));
};

test('a peer that comes up later, and again, hears what is said to it then', async () => {
  const addresses = await loopback(2);
  const one = await Express.open(1, addresses, () => {});
  const say = one.senderTo(2)!;
  // Nobody is there: the system says so each time, and that is no reason to stop.
  for (let i = 0; i < 3; i++) {
    say(Buffer.from('too early'));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  for (let life = 0; life < 2; life++) {
    const heard: string[] = [];
    const two = await Express.open(2, addresses, (datagram) => heard.push(datagram.toString()));
    await until(() => {
      say(Buffer.from('hello'));
      return heard.includes('hello');
    });
    expect(new Set(heard)).toEqual(new Set(['hello']));
    await two.close();
  }
  await one.close();
});

test('to where there is no way nothing goes, and nothing breaks', async () => {
  // A broadcast address, which a socket may not connect to unless it asked to.
  const addresses = { ...(await loopback(1)), 2: { host: '255.255.255.255', port: 9 } };
  const one = await Express.open(1, addresses, () => {});
  const say = one.senderTo(2)!;
  for (let i = 0; i < 3; i++) {
    say(Buffer.from('hello'));
    say(Buffer.from('hello'));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(one.senderTo(3)).toBeNull();
  await one.close();
});

test('a socket that the system refuses is said, and none stays open', async () => {
  const addresses = await loopback(2);
  const { bind } = Socket.prototype;
  // The second one, for the peer.
  let count = 0;
  const refusing = vi.spyOn(Socket.prototype, 'bind').mockImplementation(function (
    this: Socket,
    ...args: unknown[]
  ) {
    if (++count !== 2) return bind.apply(this, args as never);
    setImmediate(() => this.emit('error', Object.assign(new Error('bind EMFILE'), { code: 'EMFILE' })));
    return this;
  });
  await expect(Express.open(1, addresses, () => {})).rejects.toThrow('EMFILE');
  refusing.mockRestore();
  // Its port is free again.
  await (await Express.open(1, addresses, () => {})).close();
});

test.each([
  ['ENETUNREACH', 1],
  ['ECONNREFUSED', 0],
])('where the system says %s the way is looked for again: %i times', async (code, times) => {
  const addresses = await loopback(2);
  const heard: string[] = [];
  const two = await Express.open(2, addresses, (datagram) => heard.push(datagram.toString()));
  const one = await Express.open(1, addresses, () => {});
  const say = one.senderTo(2)!;
  const { send } = Socket.prototype;
  let isLost = true;
  vi.spyOn(Socket.prototype, 'send').mockImplementation(function (this: Socket, ...args: unknown[]) {
    if (!isLost) send.apply(this, args as never);
    else if (typeof args[1] === 'function') args[1](Object.assign(new Error(code), { code }));
  });
  const connecting = vi.spyOn(Socket.prototype, 'connect');
  for (let i = 0; i < 130; i++) say(Buffer.from('lost'));
  isLost = false;
  await until(() => {
    say(Buffer.from('hello'));
    return heard.includes('hello');
  });
  expect(connecting).toHaveBeenCalledTimes(times);
  expect(heard).not.toContain('lost');
  await Promise.all([one.close(), two.close()]);
});

test('what the system says after the end is nothing to act on', async () => {
  const addresses = await loopback(2);
  const one = await Express.open(1, addresses, () => {});
  const said: (() => void)[] = [];
  const send = vi.spyOn(Socket.prototype, 'send').mockImplementation(function (
    this: Socket,
    ...args: unknown[]
  ) {
    const [, told] = args;
    if (typeof told === 'function')
      said.push(() => told(Object.assign(new Error('ENETUNREACH'), { code: 'ENETUNREACH' })));
  });
  for (let i = 0; i < 64; i++) one.senderTo(2)!(Buffer.from('hello'));
  await one.close();
  expect(said).toHaveLength(1);
  expect(said[0]).not.toThrow();
  send.mockRestore();
  // A socket that is closed would throw.
  one.senderTo(2)!(Buffer.from('too late'));
});
