/** A write of the journal that comes out short is no write: it is done again, whole. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createJournal, Journal, PAGE } from './journal.js';

const system = vi.hoisted(() => ({ isShort: false }));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    writeSync: (...args: Parameters<typeof fs.writeSync>) =>
      system.isShort ? PAGE / 2 : fs.writeSync(...args),
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
  const journal = new Journal(path, state);
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
  const again = new Journal(path, state);
  expect(again.found).toEqual([Buffer.alloc(10, 1)]);
  again.close();
  rmSync(folder, { recursive: true });
});
