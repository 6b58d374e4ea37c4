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

test('a pause that does not make a calm server busy does not calm a busy one either', async () => {
  let nowMs = performance.now() + 5;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const done: string[] = [];
  const begin = (name: string, pauseMs: number): void => {
    nowMs += pauseMs;
    atEndOfTurn(() => done.push(name));
  };
  /** What was done with the callback, not with the iteration. */
  const doneAtOnce = async (): Promise<readonly string[]> => {
    await null;
    await null;
    const soFar = done.splice(0);
    await nextTurn();
    done.splice(0);
    return soFar;
  };
  begin('calm', 1);
  expect(await doneAtOnce()).toEqual(['calm']);
  begin('still calm', 0.06);
  expect(await doneAtOnce()).toEqual(['still calm']);
  begin('busy', 0);
  expect(await doneAtOnce()).toEqual([]);
  begin('still busy', 0.06);
  expect(await doneAtOnce()).toEqual([]);
  begin('calm again', 0.2);
  expect(await doneAtOnce()).toEqual(['calm again']);
  now.mockRestore();
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
