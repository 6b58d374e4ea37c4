/** Where writes come in: reported in order once they are on the disk, never after a write that failed, and not while it is full. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { atEndOfTurn } from '../turn.js';
import { Intake } from './intake.js';
import { createJournal, Journal, type Mark, PAGE } from './journal.js';
import { WriteQueue } from './queue.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zab-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const SIZE = 16 * PAGE;
/** Of a write, where several stand in a frame. */
const END = '\n';

/** What was asked for, in the order in which it was reported; `store` is what the store has. */
const opened = (beforeCommit = Promise.resolve(), size = SIZE) => {
  const path = join(folder, 'journal');
  const state = createJournal(path, size);
  const journal = new Journal(path, state).open();
  const said: unknown[] = [];
  const events = {
    full: (message: string | null) => said.push(message),
    failed: (e: unknown) => said.push(e),
  };
  const store: string[] = [];
  const old = new Set<string>();
  const forgets: boolean[] = [];
  const reported: string[] = [];
  const commit = async (puts: () => void): Promise<void> => {
    await beforeCommit;
    puts();
  };
  const queue = new WriteQueue(commit, events);
  const put = (bodies: readonly Buffer[]): void => {
    for (const body of bodies) store.push(...body.toString().split(END).slice(0, -1));
  };
  const isOld = (last: Buffer): boolean => old.has(last.toString().slice(0, -1));
  const forget = (last: Buffer, next: Mark): boolean => {
    store.push(`up to ${last.toString().slice(0, -1)} forgotten, ${next.seq} is next`);
    return forgets.shift() ?? true;
  };
  const intake = new Intake({ journal, size, queue, put, isOld, forget, events });
  const add = (text: string, hasTime = false): void =>
    intake.add({ bytes: Buffer.from(text + END), done: () => reported.push(text), hasTime });
  const ask = (text: string): void =>
    intake.add({
      store: {
        put: () => store.push(text),
        done: () => reported.push(text),
      },
    });
  return { journal, intake, add, ask, store, old, forgets, reported, said };
};

const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

const taking = (ms: number) => (): void => {
  for (const end = performance.now() + ms; performance.now() < end; );
};

/** Three writes in the loop that take long, and no more of them for a while. */
const becomeSlow = async (journal: Journal, add: (text: string) => void): Promise<void> => {
  const inLoop = vi.spyOn(journal, 'write').mockImplementation(taking(5));
  for (let i = 0; i < 3; i++) {
    add('slow');
    await turns(2);
  }
  expect(inLoop).toHaveBeenCalledTimes(3);
};

test('what is asked for in one turn shares a frame, and is reported in order', async () => {
  const { journal, intake, add, reported, store } = opened();
  const frames = vi.spyOn(journal, 'write');
  for (const text of ['a', 'b', 'c']) add(text);
  const sent: (readonly string[])[] = [];
  atEndOfTurn(() => sent.push([...reported]));
  await turns(1);
  // Whatever this turn sends goes out before the loop waits for the disk.
  expect(sent).toEqual([[]]);
  expect(reported).toEqual(['a', 'b', 'c']);
  expect(frames).toHaveBeenCalledTimes(1);
  expect(store).toEqual([]);
  await intake.close();
  expect(store).toEqual(['a', 'b', 'c']);
});

test('the store gets the word once it has all that was asked for before; what follows waits', async () => {
  const { intake, add, ask, reported, store } = opened();
  add('a');
  ask('truncate');
  add('b');
  await vi.waitFor(() => expect(reported).toEqual(['a', 'truncate', 'b']));
  expect(store).toEqual(['a', 'truncate']);
  await intake.close();
  expect(store).toEqual(['a', 'truncate', 'b']);
});

test('what the store is asked for never goes ahead of what was asked for before, though all ends meanwhile', async () => {
  let commit = (): void => {};
  const { intake, add, ask, reported, store } = opened(new Promise((resolve) => (commit = resolve)));
  for (const letter of ['a', 'b', 'c', 'd']) {
    add(letter.repeat(3 * PAGE - 100));
    await vi.waitFor(() => expect(reported.at(-1)?.[0]).toBe(letter));
  }
  // Now the store takes over three frames, and lacks the fourth.
  ask('truncate');
  await turns(2);
  const closed = intake.close();
  commit();
  await closed;
  expect(store.map(([letter]) => letter)).toEqual(['a', 'b', 'c', 'd']);
  expect(reported).toEqual(store);
});

test('the file is not closed while a thread writes to it', async () => {
  const { journal, intake, add } = opened();
  await becomeSlow(journal, add);
  let written = (_: null): void => {};
  vi.spyOn(journal, 'writeByThread').mockImplementation((done) => {
    written = done;
  });
  const fileCloses = vi.spyOn(journal, 'close');
  add('a');
  await turns(2);
  const closed = intake.close();
  await turns(5);
  expect(fileCloses).not.toHaveBeenCalled();
  written(null);
  await closed;
  expect(fileCloses).toHaveBeenCalledTimes(1);
});

test('a disk that is not quick is waited for where that has been all that there was to do, and no longer when there is more', async () => {
  const { journal, add } = opened();
  await becomeSlow(journal, add);
  const byThread = vi.spyOn(journal, 'writeByThread').mockImplementation((done) => done(null));
  const inLoop = vi.spyOn(journal, 'write').mockImplementation(taking(1));
  const counts = async (...writes: boolean[]): Promise<readonly number[]> => {
    byThread.mockClear();
    inLoop.mockClear();
    for (const hasTime of writes) {
      add('a', hasTime);
      await turns(2);
    }
    return [byThread.mock.calls.length, inLoop.mock.calls.length];
  };
  const alone = (count: number): boolean[] => Array.from({ length: count }, () => true);
  expect(await counts(...alone(16))).toEqual([16, 0]);
  expect(await counts(true)).toEqual([0, 1]);
  byThread.mockClear();
  add('a', true);
  add('a', true);
  await turns(2);
  expect(byThread).toHaveBeenCalledTimes(1);
  expect(await counts(...alone(16))).toEqual([16, 0]);
  expect(await counts(true, false, true)).toEqual([2, 1]);
});

test('a disk that takes a while is waited for where writes come one by one, and not where they share frames', async () => {
  const { journal, add } = opened();
  const byThread = vi.spyOn(journal, 'writeByThread').mockImplementation((done) => done(null));
  let clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
  const inLoop = vi.spyOn(journal, 'write').mockImplementation(() => {
    clock += 0.25;
  });
  const counts = async (frames: number, writes: number): Promise<readonly number[]> => {
    byThread.mockClear();
    inLoop.mockClear();
    for (let i = 0; i < frames; i++) {
      for (let j = 0; j < writes; j++) add('a');
      await turns(3);
    }
    return [byThread.mock.calls.length, inLoop.mock.calls.length];
  };
  expect(await counts(20, 1)).toEqual([0, 20]);
  expect(await counts(20, 2)).toEqual([20, 0]);
  expect(await counts(16, 1)).toEqual([16, 0]);
  expect(await counts(10, 1)).toEqual([0, 10]);
});

test('what writes nothing comes in its turn all the same', async () => {
  const { intake, add, reported } = opened();
  intake.hold(true);
  add('a');
  intake.add({ bytes: Buffer.alloc(0), done: () => reported.push('nothing') });
  await turns(3);
  expect(reported).toEqual([]);
  intake.hold(false);
  await vi.waitFor(() => expect(reported).toEqual(['a', 'nothing']));
  await intake.close();
});

test('many times what the journal holds goes through it', async () => {
  const { intake, add, reported, store } = opened();
  const texts = Array.from({ length: 300 }, (_, i) => `${i} `.repeat(i + 1));
  for (const text of texts) add(text);
  await vi.waitFor(() => expect(reported.length).toBe(texts.length));
  expect(reported).toEqual(texts);
  await intake.close();
  expect(store).toEqual(texts);
});

/** Frame by frame; each is on the disk before the next is asked for. */
const addFrames = async (
  { add, reported }: Pick<ReturnType<typeof opened>, 'add' | 'reported'>,
  texts: readonly string[],
): Promise<void> => {
  for (const text of texts) {
    const { length } = reported;
    add(text);
    while (reported.length === length) await turns(1);
  }
  await turns(5);
};

const times = (count: number): readonly string[] => Array.from({ length: count }, () => 'a');

test('the store takes over some frames once little of the journal is left, and the next when it is so again', async () => {
  const all = opened(Promise.resolve(), 1_024 * PAGE);
  const { intake, store } = all;
  await addFrames(all, times(896));
  expect(store.length).toBe(0);
  await addFrames(all, times(1));
  expect(store.length).toBe(256);
  await addFrames(all, times(255));
  expect(store.length).toBe(256);
  await addFrames(all, times(1));
  expect(store.length).toBe(512);
  await intake.close();
  expect(store.length).toBe(1_153);
});

test('what is old by then is forgotten, an eighth of the journal at a time; what is not goes to the store', async () => {
  const all = opened(Promise.resolve(), 4_096 * PAGE);
  const { intake, journal, add, reported, store, old, forgets } = all;
  const texts = Array.from({ length: 3_584 }, (_, i) => `${i}`);
  old.add(texts[511]!);
  forgets.push(false, false, true);
  await addFrames(all, texts);
  expect(store).toEqual([]);
  await addFrames(all, ['last']);
  const forgotten = 'up to 511 forgotten, 513 is next';
  expect(store).toEqual([forgotten, forgotten, forgotten]);
  expect(intake.lacking.length).toBe(3_585 - 512);
  expect(journal.used({ seq: 513, at: 512 * PAGE })).toBe(3_073 * PAGE);
  add('once more');
  await vi.waitFor(() => expect(reported.at(-1)).toBe('once more'));
  await intake.close();
  expect(store.slice(3)).toEqual([...texts.slice(512), 'last', 'once more']);
});

test('a write takes as much as the whole journal; of more it is said that it is too much', async () => {
  const { intake, add, reported, store, said } = opened();
  const texts = ['a', 'b'.repeat(SIZE / 2), 'c', 'd'.repeat(SIZE - 100), 'e'];
  for (const text of texts) add(text);
  await vi.waitFor(() => expect(reported).toEqual(texts));
  add('f'.repeat(SIZE));
  await vi.waitFor(() =>
    expect(said).toEqual([new RangeError('a write of 65537 bytes is more than the whole journal takes')]),
  );
  await intake.close();
  expect(store).toEqual(texts);
});

test.each(['in place', 'by a thread'])('a write that fails is final (%s)', async (how) => {
  const { journal, add, reported, said } = opened();
  const lost = Object.assign(new Error('the disk is gone'), { code: 'EIO' });
  if (how === 'by a thread') await becomeSlow(journal, add);
  vi.spyOn(journal, 'write').mockImplementation(() => {
    throw lost;
  });
  vi.spyOn(journal, 'writeByThread').mockImplementation((done) => void setImmediate(() => done(lost)));
  add('a');
  await vi.waitFor(() => expect(said).toEqual([lost]));
  add('b');
  await turns(3);
  expect(reported).toEqual(how === 'by a thread' ? ['slow', 'slow', 'slow'] : []);
  expect(said).toEqual([lost]);
});

test('a disk that was slow is tried again in the loop now and then, and waited for once it is quick', async () => {
  const { journal, intake, add, reported } = opened();
  await becomeSlow(journal, add);
  const inLoop = vi
    .spyOn(journal, 'write')
    .mockClear()
    .mockImplementation(() => {});
  const byThread = vi
    .spyOn(journal, 'writeByThread')
    .mockImplementation((done) => void setImmediate(() => done(null)));
  const write = async (): Promise<void> => {
    const count = reported.length + 1;
    add('x');
    while (reported.length < count) await turns(1);
  };
  for (let i = 0; i < 100; i++) await write();
  expect([inLoop.mock.calls.length, byThread.mock.calls.length]).toEqual([37, 63]);
  await intake.close();
});

test.each(['in place', 'by a thread'])(
  'a write without room is tried again as it is, and said so once (%s)',
  async (how) => {
    const { journal, intake, add, reported, said } = opened();
    const full = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
    if (how === 'by a thread') await becomeSlow(journal, add);
    vi.spyOn(journal, 'write').mockRestore();
    const write = vi.spyOn(journal, 'write').mockImplementationOnce(() => {
      throw full;
    });
    const byThread = vi
      .spyOn(journal, 'writeByThread')
      .mockImplementationOnce((done) => void setImmediate(() => done(full)));
    reported.length = 0;
    add('a');
    await turns(3);
    expect([reported, said]).toEqual([[], [String(full)]]);
    add('b');
    await vi.waitFor(() => expect(reported).toEqual(['a', 'b']), 5_000);
    // Part of it may be on the disk: the same frame goes to the same place, and what came since is another one.
    expect((how === 'by a thread' ? byThread : write).mock.calls.length).toBe(3);
    expect(said).toEqual([String(full), null]);
    await intake.close();
  },
);
