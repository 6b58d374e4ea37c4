/** File systems that write in part, or not past the page cache. */
import { constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createJournal, Journal, PAGE } from './journal.js';

const system = vi.hoisted(() => ({
  isShort: false,
  /** What is said to a write past the page cache; none is opened so where it is null. */
  direct: 'ok' as 'ok' | 'EINVAL' | 'EOPNOTSUPP' | 'ENOSPC' | null,
  opened: new Map<number, number>(),
}));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const isDirect = (flags: number): boolean => (flags & fs.constants.O_DIRECT) !== 0;
  return {
    ...fs,
    openSync: (path: string, flags: number) => {
      if (system.direct === null && isDirect(flags))
        throw Object.assign(new Error('EINVAL'), { code: 'EINVAL' });
      // Whatever the file system of the test takes.
      const fd = fs.openSync(path, isDirect(flags) ? flags - fs.constants.O_DIRECT : flags);
      system.opened.set(fd, flags);
      return fd;
    },
    closeSync: (fd: number) => {
      system.opened.delete(fd);
      fs.closeSync(fd);
    },
    writeSync: (...args: Parameters<typeof fs.writeSync>) => {
      const code = system.direct;
      if (code !== 'ok' && code !== null && isDirect(system.opened.get(args[0]) ?? 0))
        throw Object.assign(new Error(code), { code });
      return system.isShort ? PAGE / 2 : fs.writeSync(...args);
    },
    write: (...args: unknown[]) =>
      system.isShort
        ? (args.at(-1) as (error: null, written: number) => void)(null, PAGE / 2)
        : (fs.write as (...args: unknown[]) => void)(...args),
  };
});

test.each(['in place', 'by a thread'])('a short write finds no more room (%s)', async (how) => {
  const folder = mkdtempSync(join(tmpdir(), 'zab-'));
  const path = join(folder, 'journal');
  const state = createJournal(path, 8 * PAGE);
  const journal = new Journal(path, state).open();
  const write = async (): Promise<void> => {
    if (how === 'in place') journal.write();
    else
      await new Promise<void>((resolve, reject) =>
        journal.writeByThread((error) => (error === null ? resolve() : reject(error))),
      );
  };
  journal.compose([Buffer.alloc(10, 1)], 10);
  system.isShort = true;
  await expect(write()).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(journal.mark).toEqual({ seq: 1, at: 0 });
  system.isShort = false;
  await write();
  journal.close();
  const again = new Journal(path, state).open();
  expect(again.found).toEqual([Buffer.alloc(10, 1)]);
  again.close();
  rmSync(folder, { recursive: true });
});

const isLinux = process.platform === 'linux';

test.skipIf(!isLinux).each([
  ['takes', 'ok', true],
  ['does not open', null, false],
  ['opens and refuses', 'EINVAL', false],
  ['opens and does not know', 'EOPNOTSUPP', false],
  ['has no room for', 'ENOSPC', true],
] as const)('a file system that %s writes past the page cache', (_, direct, isDirect) => {
  const folder = mkdtempSync(join(tmpdir(), 'zab-'));
  const path = join(folder, 'journal');
  const state = createJournal(path, 8 * PAGE);
  const write = (journal: Journal, byte: number): void => {
    journal.compose([Buffer.alloc(10, byte)], 10);
    journal.write();
  };
  const journal = new Journal(path, state).open();
  write(journal, 1);
  journal.close();
  system.direct = direct;
  const again = new Journal(path, state).open();
  expect([...system.opened.values()].map((flags) => (flags & constants.O_DIRECT) !== 0)).toEqual([isDirect]);
  if (direct === 'ENOSPC') system.direct = 'ok';
  write(again, 2);
  again.close();
  expect(system.opened.size).toBe(0);
  system.direct = 'ok';
  const last = new Journal(path, state).open();
  expect(last.found).toEqual([Buffer.alloc(10, 1), Buffer.alloc(10, 2)]);
  last.close();
  rmSync(folder, { recursive: true });
});
