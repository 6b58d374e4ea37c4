/** What goes out together, and when. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Part } from './frames.js';
import { Outbox } from './outbox.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const part = (text: string): Part => ({ kind: 0, bytes: Buffer.from(text) });

const opened = () => {
  const frames: string[][] = [];
  const write = (parts: readonly Part[]): boolean => {
    frames.push(parts.map(({ bytes }) => bytes.toString()));
    return true;
  };
  return { frames, outbox: new Outbox({ most: () => 1_000, write }) };
};

test('what is sent in one turn shares a frame', async () => {
  const { frames, outbox } = opened();
  for (const text of ['a', 'b']) outbox.add(part(text));
  await vi.runAllTimersAsync();
  outbox.add(part('c'));
  await vi.runAllTimersAsync();
  expect(frames).toEqual([['a', 'b'], ['c']]);
});

test('what can wait goes in front of the next that cannot', async () => {
  const { frames, outbox } = opened();
  outbox.add(part('a'), true);
  await vi.advanceTimersByTimeAsync(1);
  expect(frames).toEqual([]);
  outbox.add(part('b'));
  outbox.add(part('c'), true);
  await vi.runAllTimersAsync();
  expect(frames).toEqual([['a', 'b', 'c']]);
});

test('what can wait goes alone where nothing else does', async () => {
  const { frames, outbox } = opened();
  for (const text of ['a', 'b']) {
    outbox.add(part(text), true);
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(frames).toEqual([['a'], ['b']]);
  outbox.add(part('c'), true);
  outbox.close();
  await vi.advanceTimersByTimeAsync(10);
  expect(frames).toEqual([['a'], ['b']]);
});

test('what does not fit into a frame stands first in the next; what is larger than any has one to itself', async () => {
  const { frames, outbox } = opened();
  const texts = ['a', 'b'.repeat(990), 'c', 'd'.repeat(2_000), 'e'];
  for (let round = 1; round <= 2; round++) {
    outbox.add(part(texts[0]!));
    outbox.add(texts.slice(1).map(part).values());
    await vi.runAllTimersAsync();
    expect(frames.splice(0)).toEqual(texts.map((text) => [text]));
  }
});
