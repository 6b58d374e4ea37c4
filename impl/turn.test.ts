/** What goes out at the end of a turn, and in which order. */
import { expect, test } from 'vitest';
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
