/** Datagrams between lives of servers: what was said arrives once, and nothing else does. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Sid } from '../../spec/zxid.js';
import { Sessions } from './sessions.js';

const MASTER = Buffer.alloc(32, 7);

/** Servers whose datagrams wait until someone delivers them. */
class Table {
  readonly inbox: Record<Sid, string[]> = {};
  readonly drops: Record<Sid, string[]> = {};
  readonly wire: { to: Sid; datagram: Buffer }[] = [];
  readonly servers: Record<Sid, Sessions> = {};
  now = 0;

  constructor() {
    for (const sid of [1, 2]) this.boot(sid, 1);
  }

  boot(sid: Sid, boot: number, master = MASTER): void {
    this.inbox[sid] = [];
    this.drops[sid] = [];
    this.servers[sid] = new Sessions(
      sid,
      [1, 2].filter((peer) => peer !== sid),
      boot,
      master,
      {
        now: () => this.now,
        transmit: (to, datagram) => this.wire.push({ to, datagram }),
        received: (_, plain) => this.inbox[sid]!.push(plain.toString()),
        dropped: (reason) => this.drops[sid]!.push(reason),
      },
    );
  }

  say(from: Sid, text: string): void {
    this.now += 1_000;
    this.servers[from]!.send(from === 1 ? 2 : 1, Buffer.from(text));
  }

  /** @returns all that was on the wire */
  deliver(): readonly { to: Sid; datagram: Buffer }[] {
    const seen = [];
    for (let next = this.wire.shift(); next; next = this.wire.shift()) {
      seen.push({ to: next.to, datagram: Buffer.from(next.datagram) });
      this.servers[next.to]!.datagram(next.datagram);
    }
    return seen;
  }
}

test('strangers meet, and the last thing that was said before arrives', () => {
  const table = new Table();
  table.say(1, 'early');
  table.say(1, 'late');
  table.deliver();
  table.say(1, 'more');
  table.say(2, 'back');
  table.deliver();
  expect(table.inbox).toEqual({ 1: ['back'], 2: ['late', 'more'] });
  expect(table.drops).toEqual({ 1: [], 2: [] });
});

test('what was recorded is refused when it is replayed: in this life, in a later one of the receiver, of the sender', () => {
  const table = new Table();
  table.say(1, 'once');
  const recorded = table.deliver();
  const replay = (): void => {
    for (const { to, datagram } of recorded) table.servers[to]!.datagram(datagram);
    table.deliver();
  };
  replay();
  expect(table.inbox[2]).toEqual(['once']);
  table.boot(2, 2);
  replay();
  expect(table.inbox[2]).toEqual([]);
  table.boot(1, 2);
  table.say(1, 'new life');
  table.deliver();
  replay();
  expect(table.inbox[2]).toEqual(['new life']);
  expect(table.drops[2]).toContain('earlier life');
});

test('an older datagram behind a newer one is dropped', () => {
  const table = new Table();
  table.say(1, 'meet');
  table.deliver();
  table.say(1, 'older');
  table.say(1, 'newer');
  table.wire.reverse();
  table.deliver();
  expect(table.inbox[2]).toEqual(['meet', 'newer']);
  expect(table.drops[2]).toEqual(['replayed']);
});

test('after a restart of either side they meet again by themselves', () => {
  const table = new Table();
  table.say(1, 'meet');
  table.deliver();
  table.boot(2, 5);
  table.say(1, 'into the void');
  table.deliver();
  table.say(1, 'heard');
  table.deliver();
  expect(table.inbox[2]).toEqual(['heard']);
  table.boot(1, 9);
  table.say(2, 'into the void');
  table.deliver();
  table.say(2, 'heard too');
  table.deliver();
  expect(table.inbox[1]).toEqual(['heard too']);
});

test('who has another key is not heard', () => {
  const table = new Table();
  table.boot(2, 1, randomBytes(32));
  for (let i = 0; i < 5; i++) {
    table.say(1, 'x');
    table.say(2, 'y');
    table.deliver();
  }
  expect(table.inbox).toEqual({ 1: [], 2: [] });
  expect(new Set(table.drops[1])).toEqual(new Set(['forged']));
});

test('whatever arrives: it is dropped and counted, nothing is thrown, and the session goes on', () => {
  const table = new Table();
  table.say(1, 'meet');
  const real = table.deliver().map(({ datagram }) => datagram);
  const changed = fc
    .tuple(fc.constantFrom(...real), fc.nat(200), fc.integer({ min: 1, max: 255 }), fc.nat(200))
    .map(([datagram, at, by, length]) => {
      const bytes = Buffer.from(datagram.subarray(0, Math.max(1, length)));
      bytes[at % bytes.length]! ^= by;
      return bytes;
    });
  let dropped = 0;
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 2_000 }).map((b) => Buffer.from(b)),
        changed,
      ),
      (bytes) => {
        table.now += 1;
        const before = table.drops[2]!.length;
        table.servers[2]!.datagram(bytes);
        dropped += table.drops[2]!.length - before;
        table.deliver();
      },
    ),
    { numRuns: 3_000 },
  );
  expect(dropped).toBeGreaterThan(2_000);
  table.say(1, 'still here');
  table.deliver();
  expect(table.inbox[2]).toEqual(['meet', 'still here']);
});
