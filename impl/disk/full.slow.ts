/** A file system without room: nothing is reported, and all of it once there is room. Needs to be allowed to mount one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeZxid } from '../../spec/zxid.js';
import { until } from '../testing.js';
import { DiskStorage } from './storage.js';

const mounted = (): string | null => {
  const folder = mkdtempSync(join(tmpdir(), 'zab-full-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
  if (status === 0) return folder;
  rmSync(folder, { recursive: true });
  return null;
};

const folder = mounted();
/** More than the store has room for and the journal besides, and less than the file system holds without the ballast. */
const COUNT = 34;

test.skipIf(folder === null)(
  'a full disk stops the reports, says so, and is made up for (skipped where mount is forbidden)',
  async () => {
    try {
      const said: (string | null)[] = [];
      const failures: unknown[] = [];
      const events = {
        full: (message: string | null) => said.push(message),
        failed: (error: unknown) => failures.push(error),
      };
      const journalSize = 2 ** 20;
      const options = { folder: join(folder!, 'data'), sid: 1, window: 500, events, journalSize };
      const disk = await DiskStorage.open(options);
      disk.load();
      const ballast = join(folder!, 'ballast');
      writeFileSync(ballast, Buffer.alloc(2 ** 21));
      let reported = 0;
      for (let i = 1; i <= COUNT; i++)
        disk.write(
          { write: 'append', txn: { zxid: makeZxid(1, i), origin: 1, payload: 'x'.repeat(60_000) } },
          () => {
            reported += 1;
          },
        );
      await until(() => said.length > 0);
      expect(reported).toBeLessThan(COUNT);
      rmSync(ballast);
      await until(() => reported === COUNT);
      expect(said).toEqual([expect.any(String), null]);
      expect(failures).toEqual([]);
      await disk.close();
      const again = await DiskStorage.open(options);
      expect(again.load().history.entries.length).toBe(COUNT);
      await again.close();
    } finally {
      spawnSync('umount', [folder!]);
      rmSync(folder!, { recursive: true });
    }
  },
);
