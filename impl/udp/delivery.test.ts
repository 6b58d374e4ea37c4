/** Two ends of a link, a stream that loses nothing, and datagrams that are lost as the test says. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Random } from '../simulated/random.js';
import { Beat, BEAT_MS } from './beat.js';
import { Delivery } from './delivery.js';
import type { Frame } from './frames.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const WAY_MS = 1;

class End {
  readonly got: string[] = [];
  readonly datagrams: string[] = [];
  readonly streamed: string[] = [];
  drained = 0;
  peer!: End;
  readonly delivery: Delivery;

  constructor(loses: () => boolean, wayMs: number) {
    const later = (what: () => void): void => void setTimeout(what, wayMs);
    this.delivery = new Delivery({
      most: 1_000,
      now: () => performance.now(),
      atNextBeat: new Beat().next,
      transmit: (signs, frame) => {
        if (frame !== null) this.datagrams.push(String(frame.bytes));
        if (loses()) return;
        later(() => {
          expect(this.peer.delivery.confirmed(signs)).toBe(true);
          if (frame !== null) this.peer.arrives(frame);
        });
      },
      stream: (frame) => {
        this.streamed.push(String(frame.bytes));
        later(() => {
          expect(this.peer.delivery.isAhead(frame)).toBe(false);
          this.peer.arrives(frame);
        });
        return true;
      },
      drained: () => {
        this.drained += 1;
      },
    });
  }

  arrives(frame: Frame): void {
    if (this.delivery.arrived(frame)) this.got.push(String(frame.bytes));
  }

  send(text: string): boolean {
    return this.delivery.send(Buffer.from(text), false);
  }
}

const pair = (loses: () => boolean = () => false, wayMs = WAY_MS): readonly [End, End] => {
  const [a, b] = [new End(loses, wayMs), new End(loses, wayMs)];
  [a.peer, b.peer] = [b, a];
  return [a, b];
};

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

test('while nothing is lost the stream is not touched', async () => {
  const [a, b] = pair();
  for (let i = 0; i < 50; i++) {
    a.send(`a${i}`);
    b.send(`b${i}`);
    await pass(3);
  }
  await pass(1_000);
  expect(b.got.length).toBe(50);
  expect(a.got.length).toBe(50);
  expect([...a.streamed, ...b.streamed]).toEqual([]);
});

test('what has arrived is confirmed at the next beat, once, and not where something was sent since', async () => {
  const [a, b] = pair();
  const confirmations = vi.spyOn(a.delivery, 'confirmed');
  a.send('1');
  await pass(WAY_MS + BEAT_MS - 1);
  expect(confirmations).not.toHaveBeenCalled();
  await pass(1 + WAY_MS);
  expect(confirmations).toHaveBeenCalledExactlyOnceWith({ received: 1, isMissing: false });
  a.send('ask');
  await pass(2);
  b.send('answer');
  await pass(4 * BEAT_MS);
  expect(confirmations).toHaveBeenCalledTimes(2);
});

test('what is missing goes over the stream, and what follows behind it, until the peer has everything', async () => {
  let lost = 1;
  const [a, b] = pair(() => lost-- === 1);
  for (const text of ['1', '2', '3']) a.send(text);
  await pass(4);
  expect(b.got).toEqual(['1', '2', '3']);
  expect(a.streamed).toEqual(['1', '2', '3']);
  a.send('4');
  expect(a.streamed).toContain('4');
  await pass(1_000);
  a.send('5');
  await pass(50);
  a.send('6');
  await pass(50);
  expect(b.got).toEqual(['1', '2', '3', '4', '5', '6']);
  expect(a.datagrams.at(-1)).toBe('6');
});

test('the last one is missed by nobody but its sender, after a while', async () => {
  let lost = 1;
  const [a, b] = pair(() => lost-- === 1);
  a.send('only');
  await pass(90);
  expect(b.got).toEqual([]);
  await pass(60);
  expect(b.got).toEqual(['only']);
});

test('what arrived just before something of its receiver was late is confirmed all the same', async () => {
  let lost = 1;
  const [a, b] = pair(() => lost-- === 1);
  const confirmations = vi.spyOn(b.delivery, 'confirmed');
  a.send('lost');
  await pass(120);
  b.send('arrives');
  await pass(60);
  expect(a.streamed).toEqual(['lost']);
  expect(confirmations).toHaveBeenCalledWith({ received: 1, isMissing: false });
  expect(b.streamed).toEqual([]);
});

test('what a long way delays is not lost', async () => {
  for (const way of [20, 30, 40, 45])
    for (let phase = 0; phase < BEAT_MS; phase += 4) {
      const [a, b] = pair(() => false, way);
      for (let i = 0; i < 5; i++) {
        await pass(phase);
        a.send('there');
        await pass(300);
        b.send('back');
        await pass(300);
      }
      expect([...a.streamed, ...b.streamed], `${way} ms, ${phase} ms`).toEqual([]);
    }
});

test('what is confirmed just before it would be late leaves the rest to be looked after', async () => {
  let loses = false;
  const [a, b] = pair(() => loses);
  a.send('1');
  loses = true;
  await pass(90);
  a.send('2');
  const later = setImmediate;
  const spy = vi.spyOn(globalThis, 'setImmediate').mockImplementationOnce((isLate) => {
    a.delivery.confirmed({ received: 1, isMissing: false });
    return later(isLate);
  });
  await pass(200);
  expect(spy).toHaveBeenCalled();
  expect(b.got).toEqual(['1', '2']);
});

test('one that was too long for a datagram does not keep a busy link on the stream for good', async () => {
  const [a, b] = pair();
  let sent = 0;
  let drained = 0;
  let takesMore = true;
  const send = (text: string): void => {
    if (!takesMore && a.drained === drained) return;
    drained = a.drained;
    takesMore = a.send(text);
    sent += 1;
  };
  send('x'.repeat(2_000));
  for (let i = 0; i < 500; i++) {
    send(String(i));
    await pass(1);
  }
  await pass(100);
  expect(b.got.length).toBe(sent);
  expect(a.streamed.length).toBeGreaterThan(200);
  expect(a.datagrams.length).toBeGreaterThan(200);
});

test('more than a window waits for a confirmation', async () => {
  const [a, b] = pair();
  let sent = 0;
  while (a.send('x'.repeat(1_000))) sent += 1;
  expect(sent).toBeGreaterThan(100);
  expect(a.drained).toBe(0);
  await pass(4);
  expect(a.drained).toBe(1);
  expect(b.got.length).toBe(sent + 1);
});

test('whatever is lost, everything arrives once and in order', async () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = new Random(seed);
    const [a, b] = pair(() => random.chance(0.1));
    const sent: string[] = [];
    for (let i = 0; i < 200; i++) {
      const text = random.chance(0.02) ? `${i}${'x'.repeat(2_000)}` : String(i);
      sent.push(text);
      a.send(text);
      if (random.chance(0.5)) b.send(text);
      await pass(random.int(0, 8));
    }
    await pass(3_000);
    expect(b.got, `seed ${seed}`).toEqual(sent);
  }
});

test('what no peer says is noticed', () => {
  const [a] = pair();
  a.send('1');
  expect(a.delivery.confirmed({ received: 2, isMissing: false })).toBe(false);
  expect(a.delivery.confirmed({ received: Number.NaN, isMissing: false })).toBe(false);
  expect(a.delivery.confirmed({ received: 1, isMissing: false })).toBe(true);
});
