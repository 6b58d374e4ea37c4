/** What goes out at the end of a turn, and in which order. */
import { expect, test, vi } from 'vitest';
import { atEndOfTurn, lastInTurn } from './turn.js';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what is sent goes before what keeps the loop waiting, and what is sent because of that in the same turn', async () => {
  const done: string[] = [];
  lastInTurn(() => {
    done.push('write');
    atEndOfTurn(() => done.push('send what was written'));
  });
  atEndOfTurn(() => {
    done.push('send');
    lastInTurn(() => done.push('write more'));
  });
  await nextTurn();
  expect(done).toEqual(['send', 'write', 'send what was written', 'write more']);
});

test('where there is little to do a turn ends with its callback, and elsewhere with the iteration of the loop', async () => {
  const done: string[] = [];
  const callback = (name: string) => (): void => {
    for (const part of ['a', 'b']) atEndOfTurn(() => done.push(name + part));
    done.push(name);
  };
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.advanceTimersByTime(5);
  for (const name of ['1', '2', '3']) setImmediate(callback(name));
  await nextTurn();
  await nextTurn();
  vi.useRealTimers();
  // The second and the third follow a turn closely, and share theirs.
  expect(done).toEqual(['1', '1a', '1b', '2', '3', '2a', '2b', '3a', '3b']);
});

test('what keeps the loop waiting over and over leaves turns to all else', async () => {
  let count = 0;
  const again = (): void => {
    count += 1;
    if (count < 100) lastInTurn(again);
  };
  lastInTurn(again);
  await nextTurn();
  expect(count).toBe(1);
  await nextTurn();
  expect(count).toBe(2);
});
