/** The disk: what was reported is there after a restart, what was damaged is named, and one process has it alone. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ABORT } from 'lmdb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DiskOperation } from '../../spec/disk.js';
import { history, txn, zxidOf } from '../../spec/testing.js';
import { readFrom } from './log.js';
import { DiskStorage } from './storage.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zab-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const events = {
  full: () => {},
  failed: (error: unknown) => {
    throw error;
  },
};
const journalSize = 2 ** 20;
const opened = (sid = 1, window = 3) => DiskStorage.open({ folder, sid, window, events, journalSize });

const written = (disk: DiskStorage, ...operations: readonly DiskOperation[]): Promise<readonly string[]> =>
  new Promise((resolve) => {
    const order: string[] = [];
    for (const operation of operations)
      disk.write(operation, () => {
        order.push(operation.write);
        if (order.length === operations.length) resolve(order);
      });
  });

const appends = (entries: string): readonly DiskOperation[] =>
  history(entries).entries.map((one) => ({ write: 'append', txn: one }));

const text = (image: { pieces: Iterable<Uint8Array> } | null): string | null =>
  image && Buffer.concat([...image.pieces]).toString();

const reopened = async (disk: DiskStorage): Promise<DiskStorage> => {
  await disk.close();
  return opened();
};

test('an empty folder is an empty disk', async () => {
  const disk = await opened();
  expect(disk.load()).toEqual({ acceptedEpoch: 0, currentEpoch: 0, history: history(''), image: null });
  await disk.close();
});

test('what was reported is there after a restart, and reports come in order', async () => {
  let disk = await opened();
  disk.load();
  const order = await written(
    disk,
    { write: 'acceptedEpoch', epoch: 1 },
    ...appends('1:1 1:2'),
    { write: 'currentEpoch', epoch: 1 },
    ...appends('1:3'),
    { write: 'truncate', zxid: zxidOf('1:2') },
    ...appends('2:1'),
  );
  expect(order).toEqual([
    'acceptedEpoch',
    'append',
    'append',
    'currentEpoch',
    'append',
    'truncate',
    'append',
  ]);
  const { boot } = disk;
  disk = await reopened(disk);
  expect(disk.load()).toMatchObject({ acceptedEpoch: 1, currentEpoch: 1, history: history('1:1 1:2 2:1') });
  expect(disk.boot).toBeGreaterThan(boot);
  await disk.close();
});

/** What a server that was killed now would leave behind. */
const killed = (): Promise<DiskStorage> => {
  const left = join(folder, 'left');
  mkdirSync(left);
  for (const file of ['data.mdb', 'journal', 'zab.json']) copyFileSync(join(folder, file), join(left, file));
  return DiskStorage.open({ folder: left, sid: 1, window: 3, events, journalSize });
};

test('what was reported is there after a kill, before the store has it', async () => {
  const disk = await opened();
  disk.load();
  await written(
    disk,
    ...appends('1:1 1:2 1:3'),
    { write: 'acceptedEpoch', epoch: 2 },
    { write: 'truncate', zxid: zxidOf('1:2') },
    ...appends('2:1'),
    { write: 'currentEpoch', epoch: 2 },
  );
  expect([...readFrom(disk.environment.log, 0)].map((record) => record.txn.zxid)).toEqual([
    zxidOf('1:1'),
    zxidOf('1:2'),
  ]);
  const again = await killed();
  expect(again.load()).toMatchObject({ acceptedEpoch: 2, currentEpoch: 2, history: history('1:1 1:2 2:1') });
  await disk.close();
  await again.close();
});

test('the log can be read before the store has it', async () => {
  const disk = await opened();
  disk.load();
  await written(
    disk,
    ...appends('1:1 1:2'),
    { write: 'truncate', zxid: zxidOf('1:1') },
    ...appends('1:2 1:3'),
  );
  expect(disk.readLog(0, zxidOf('1:3'))).toEqual(history('1:1 1:2 1:3').entries);
  expect(disk.readLog(zxidOf('1:2'), zxidOf('1:3'))).toEqual(history('1:3').entries);
  expect(disk.readLog(zxidOf('1:1'), zxidOf('1:2'))).toEqual(history('1:2').entries);
  expect(disk.readLog(zxidOf('1:1'), zxidOf('1:4'))).toBeNull();
  expect(disk.readLog(zxidOf('1:4'), zxidOf('1:4'))).toBeNull();
  await disk.close();
});

test('payloads of any byte come back', async () => {
  const payload = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
  let disk = await opened();
  disk.load();
  await written(disk, { write: 'append', txn: { ...txn(1, 1), payload } });
  disk = await reopened(disk);
  expect(disk.load().history.entries[0]!.payload).toBe(payload);
  await disk.close();
});

test("a leader's snapshot replaces everything at once, its image with it", async () => {
  let disk = await opened();
  disk.load();
  await written(disk, ...appends('1:1 1:2'));
  disk.stage.begin(zxidOf('2:4'));
  for (const piece of ['the ', 'image']) disk.stage.piece(Buffer.from(piece));
  await written(disk, { write: 'snapshot', history: history('2:3 2:4 2:5', '2:2') }, ...appends('2:6'));
  disk = await reopened(disk);
  const { history: found, image } = disk.load();
  expect(found).toEqual(history('2:3 2:4 2:5 2:6', '2:2'));
  expect([image!.zxid, text(image)]).toEqual([zxidOf('2:4'), 'the image']);
  await disk.close();
});

const piecesOf = (content: string): Buffer[] => Array.from({ length: 40 }, () => Buffer.from(content));

const saved = (disk: DiskStorage, zxid: string, pieces: Iterable<Uint8Array>): Promise<void> =>
  new Promise((resolve) => disk.saveImage({ zxid: zxidOf(zxid), pieces }, resolve));

test("an image that was being saved when a leader's snapshot came is none, though it was ahead of that", async () => {
  let disk = await opened();
  disk.load();
  await written(disk, ...appends('1:1 1:2 1:3'));
  const own = saved(disk, '1:3', piecesOf('own'));
  disk.stage.begin(zxidOf('1:2'));
  disk.stage.piece(Buffer.from("the leader's"));
  await written(disk, { write: 'snapshot', history: history('1:2 1:3 2:1', '1:1') });
  await own;
  disk = await reopened(disk);
  const { image } = disk.load();
  expect([image!.zxid, text(image)]).toEqual([zxidOf('1:2'), "the leader's"]);
  await disk.close();
});

test('an image for which there is no room at the last moment is in force once there is', async () => {
  let disk = await opened();
  disk.load();
  await written(disk, ...appends('1:1 1:2'));
  await saved(disk, '1:1', [Buffer.from('at 1:1')]);
  const { root } = disk.environment;
  const batch = root.batch.bind(root);
  const failing = async (puts: () => unknown): Promise<boolean> => {
    root.transactionSync(() => {
      puts();
      return ABORT;
    });
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  };
  // The piece, then what says that it counts.
  vi.spyOn(root, 'batch').mockImplementationOnce(batch).mockImplementationOnce(failing);
  await saved(disk, '1:2', [Buffer.from('at 1:2')]);
  disk = await reopened(disk);
  const { image } = disk.load();
  expect([image!.zxid, text(image)]).toEqual([zxidOf('1:2'), 'at 1:2']);
  await disk.close();
});

test("old images go, though a leader's was begun and never came", async () => {
  const disk = await opened();
  disk.load();
  await written(disk, ...appends('1:1 1:2 1:3'));
  disk.stage.begin(zxidOf('1:9'));
  disk.stage.piece(Buffer.from('half of it'));
  for (const zxid of ['1:1', '1:2', '1:3']) await saved(disk, zxid, [Buffer.from(zxid)]);
  const generations = () => [...disk.environment.images.getKeys()].map((key) => key.readUInt32BE(0));
  await vi.waitFor(() => expect(generations()).toEqual([1, 4]));
  await disk.close();
});

test('an image of its own bounds what a restart holds; the log before it can be read', async () => {
  let disk = await opened();
  disk.load();
  await written(disk, ...appends('1:1 1:2 1:3 1:4 1:5 1:6'));
  await new Promise<void>((resolve) =>
    disk.saveImage({ zxid: zxidOf('1:5'), pieces: [Buffer.from('at 1:5')] }, resolve),
  );
  disk = await reopened(disk);
  const { history: found, image } = disk.load();
  expect(found).toEqual(history('1:3 1:4 1:5 1:6', '1:2'));
  expect(text(image)).toBe('at 1:5');
  expect(disk.readLog(zxidOf('1:1'), zxidOf('1:3'))).toEqual(history('1:2 1:3').entries);
  expect(disk.readLog(zxidOf('0:0'), zxidOf('1:1'))).toEqual(history('1:1').entries);
  expect(disk.readLog(zxidOf('1:1'), zxidOf('1:9'))).toBeNull();
  expect(disk.readLog(zxidOf('2:1'), zxidOf('2:1'))).toBeNull();
  await disk.close();
});

/** Several in a frame: 200 of them, of which the journal holds more than a learner may lack, or fewer. */
const appended = async (
  disk: DiskStorage,
  epoch: number,
  first: number,
  last: number,
  inFrame = 200,
): Promise<void> => {
  const appendOf = (n: number): DiskOperation => ({ write: 'append', txn: txn(epoch, n) });
  for (let n = first; n <= last; n += inFrame)
    await written(disk, ...Array.from({ length: inFrame }, (_, i) => appendOf(n + i)));
};

const inStore = (disk: DiskStorage): number => [...readFrom(disk.environment.log, 0)].length;

test('what an image holds and no learner will be sent is never put into the store, and what follows is there after a kill', async () => {
  const disk = await opened();
  disk.load();
  await written(disk, { write: 'acceptedEpoch', epoch: 3 }, { write: 'currentEpoch', epoch: 3 });
  await appended(disk, 3, 1, 12_000);
  await saved(disk, '3:12000', [Buffer.from('at 3:12000')]);
  await appended(disk, 3, 12_001, 23_000);
  const reach = (one: DiskStorage): number => {
    let from = 0;
    while (one.readLog(zxidOf(`3:${from}`), zxidOf('3:13000')) === null) from += 200;
    return from;
  };
  // With what a frame has room for, an eighth of the journal.
  await vi.waitFor(() => expect(reach(disk)).toBe(3_200));
  expect(inStore(disk)).toBe(0);
  expect(disk.readLog(zxidOf('3:3200'), zxidOf('3:13200'))!.length).toBe(10_000);
  expect(disk.readLog(zxidOf('3:3200'), zxidOf('3:13201'))).toBeNull();
  expect(disk.readLog(zxidOf('3:3199'), zxidOf('3:13000'))).toBeNull();

  const again = await killed();
  const { acceptedEpoch, currentEpoch, history: found, image } = again.load();
  expect([acceptedEpoch, currentEpoch, text(image)]).toEqual([3, 3, 'at 3:12000']);
  expect([found.floor, found.entries.length]).toEqual([zxidOf('3:11997'), 11_003]);
  expect(found.entries.at(-1)!.zxid).toBe(zxidOf('3:23000'));
  expect(reach(again)).toBe(3_200);
  await disk.close();

  // A start had the store take over what it lacked: it goes once it is old.
  expect(inStore(again)).toBe(19_800);
  await appended(again, 3, 23_001, 40_000);
  await saved(again, '3:34000', [Buffer.from('at 3:34000')]);
  expect(inStore(again)).toBeGreaterThan(0);
  await appended(again, 3, 40_001, 50_000);
  await vi.waitFor(() => expect(inStore(again)).toBe(0));
  await written(again, { write: 'truncate', zxid: zxidOf('3:49900') }, ...appends('4:1'));
  await again.close();
  const last = await DiskStorage.open({
    folder: join(folder, 'left'),
    sid: 1,
    window: 3,
    events,
    journalSize,
  });
  expect(last.load().history.entries.slice(-2)).toEqual([txn(3, 49_900), txn(4, 1)]);
  await last.close();
});

test('what is forgotten takes with it all that the store has of the log, however many runs that is', async () => {
  const disk = await opened();
  disk.load();
  for (let n = 1; n <= 200; n++)
    await written(disk, { write: 'append', txn: { ...txn(3, n), payload: 'x'.repeat(66_000) } });
  await appended(disk, 3, 201, 9_000);
  await saved(disk, '3:9000', [Buffer.from('at 3:9000')]);
  const runs = (): number => [...disk.environment.log.getKeys()].length;
  let most = runs();
  expect(most).toBeGreaterThan(100);
  for (let n = 9_001; runs() >= most; n += 200) {
    most = runs();
    await appended(disk, 3, n, n + 199);
  }
  await vi.waitFor(() => expect(runs()).toBe(0));
  const again = await killed();
  expect(again.load().history.floor).toBe(zxidOf('3:8997'));
  await disk.close();
  await again.close();
});

test('what an image does not hold, or is of an epoch before, goes to the store', async () => {
  const disk = await opened();
  disk.load();
  await appended(disk, 3, 1, 2_000);
  await saved(disk, '3:2000', [Buffer.from('at 3:2000')]);
  await appended(disk, 3, 2_001, 23_000);
  await vi.waitFor(() => expect(inStore(disk)).toBeGreaterThan(0));
  await saved(disk, '3:23000', [Buffer.from('at 3:23000')]);
  await appended(disk, 4, 1, 9_000);
  const { length } = disk.readLog(zxidOf('3:22000'), zxidOf('4:9000'))!;
  expect(length).toBe(10_000);
  await disk.close();
});

test('what an image holds goes to the store if a learner may still be sent it, also by the leader of the next epoch', async () => {
  const disk = await opened();
  disk.load();
  await appended(disk, 3, 1, 4_000, 20);
  await saved(disk, '3:4000', [Buffer.from('at 3:4000')]);
  await appended(disk, 3, 4_001, 6_000, 20);
  await vi.waitFor(() => expect(inStore(disk)).toBeGreaterThan(0));
  await saved(disk, '3:6000', [Buffer.from('at 3:6000')]);
  await appended(disk, 4, 1, 3_000, 20);
  await vi.waitFor(() => expect(inStore(disk)).toBeGreaterThan(3_000));
  expect(disk.readLog(0, zxidOf('4:3000'))!.length).toBe(9_000);
  await disk.close();
});

test('a second process is kept out, and a lock that a killed one left behind is taken', async () => {
  const disk = await opened();
  await expect(opened()).rejects.toThrow(/another process uses the data folder/);
  await disk.close();
  const again = await opened();
  await again.close();
});

test('the folder of another server is refused', async () => {
  await (await opened(1)).close();
  await expect(opened(2)).rejects.toThrow(/zab\.json: the data folder is that of server 1/);
  writeFileSync(join(folder, 'zab.json'), '{"format":');
  await expect(opened(1)).rejects.toThrow(/not a line of JSON/);
});

const filled = async (): Promise<void> => {
  const disk = await opened();
  disk.load();
  await written(
    disk,
    ...Array.from({ length: 400 }, (_, i): DiskOperation => {
      const one = txn(1, i + 1);
      return { write: 'append', txn: { ...one, payload: `1:${i + 1}${'-'.repeat(1_000)}` } };
    }),
  );
  await disk.close();
};

const damage = (at: number, bytes: Uint8Array): void => {
  const fd = openSync(join(folder, 'data.mdb'), 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
};

test('a flipped bit in the log is named', async () => {
  await filled();
  const file = readFileSync(join(folder, 'data.mdb'));
  // Old versions of a page may hold the record too.
  for (let at = file.indexOf('1:77-'); at >= 0; at = file.indexOf('1:77-', at + 1))
    damage(at, Buffer.from('2'));
  const disk = await opened();
  expect(() => disk.load()).toThrow(/transaction 4294967373 of the log: its checksum is wrong/);
  await disk.close();
});

test('a file that was cut short, emptied at its beginning, or is something else, is named', async () => {
  await filled();
  const { size } = statSync(join(folder, 'data.mdb'));
  truncateSync(join(folder, 'data.mdb'), 3 * 4096);
  await expect(opened()).rejects.toThrow(/data\.mdb: the file was cut short/);
  truncateSync(join(folder, 'data.mdb'), size);
  damage(0, Buffer.alloc(4096));
  await expect(opened()).rejects.toThrow(/data\.mdb: this is no store/);
});

test('a store or a journal that has gone is not an empty one', async () => {
  await filled();
  rmSync(join(folder, 'journal'));
  await expect(opened()).rejects.toThrow(/journal is missing/);
  rmSync(join(folder, 'data.mdb'));
  await expect(opened()).rejects.toThrow(/data\.mdb is missing/);
});

test('a hole in the log is named', async () => {
  await filled();
  let disk = await opened();
  const [, second, third] = [...disk.environment.log.getKeys()];
  await disk.environment.log.remove(second!);
  disk = await reopened(disk);
  const behind = `transaction ${third!.readBigUInt64BE()} of the log: the one before it is missing`;
  expect(() => disk.load()).toThrow(behind);
  await disk.close();
});

test('a piece of the image that is missing is named', async () => {
  let disk = await opened();
  disk.load();
  await written(disk, ...appends('1:1'));
  const pieces = ['a', 'b', 'c'].map((piece) => Buffer.from(piece));
  await new Promise<void>((resolve) => disk.saveImage({ zxid: zxidOf('1:1'), pieces }, resolve));
  await disk.environment.images.remove(Buffer.from('0000000100000001', 'hex'));
  disk = await reopened(disk);
  expect(() => text(disk.load().image)).toThrow(/piece 1 of the image at 4294967297 is missing/);
  await disk.close();
});
