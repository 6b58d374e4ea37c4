/** Opens the embedded store (LMDB) of a data folder, after a look at the file that keeps a damaged one from crashing us. */
import { Buffer } from 'node:buffer';
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { CorruptStore } from './records.js';

export interface Environment {
  readonly root: RootDatabase<Buffer, string>;
  readonly meta: Database<Buffer, string>;
  readonly log: Database<Buffer, Buffer>;
  readonly images: Database<Buffer, Buffer>;
}

export const STORE_FILE = 'data.mdb';

const PAGE = 4096;
const MAGIC = 0xbeefc0de;
/** Offsets in a meta page: its magic number, the roots of its two trees, and the number of its transaction. */
const META = { magic: 24, roots: [88, 136], txn: 152 } as const;
const NO_ROOT = 0xffff_ffff_ffff_ffffn;

/**
 * A file that was cut short would be mapped, and reading it would end the process. Both meta pages have to be those of
 * a store, and what the newer one points to has to be in the file.
 * @throws CorruptStore
 */
export const examine = (file: string): void => {
  if (!existsSync(file)) return;
  const fd = openSync(file, 'r');
  try {
    const { size } = fstatSync(fd);
    if (size === 0) return;
    const pages = [0, 1].map((page) => {
      const bytes = Buffer.alloc(PAGE);
      const read = readSync(fd, bytes, 0, PAGE, page * PAGE);
      if (read < PAGE || bytes.readUInt32LE(META.magic) !== MAGIC)
        throw new CorruptStore(`${file}: this is no store, or its beginning was overwritten`);
      return bytes;
    });
    const [a, b] = pages as [Buffer, Buffer];
    const newest = a.readBigUInt64LE(META.txn) > b.readBigUInt64LE(META.txn) ? a : b;
    for (const offset of META.roots) {
      const root = newest.readBigUInt64LE(offset);
      if (root !== NO_ROOT && (root + 1n) * BigInt(PAGE) > BigInt(size))
        throw new CorruptStore(`${file}: the file was cut short, at ${size} bytes`);
    }
  } finally {
    closeSync(fd);
  }
};

const binary = { encoding: 'binary', keyEncoding: 'binary' } as const;

/** @throws CorruptStore */
export const openEnvironment = (folder: string): Environment => {
  const file = join(folder, STORE_FILE);
  examine(file);
  try {
    const root = open<Buffer, string>({
      path: folder,
      noSubdir: false,
      maxDbs: 4,
      pageSize: PAGE,
      encoding: 'binary',
      // A commit is reported when it is on the disk, not before.
      overlappingSync: false,
      // What goes together is said; nothing else is gathered, and no transaction is begun that nobody waits for.
      eventTurnBatching: false,
    });
    return {
      root,
      meta: root.openDB<Buffer, string>('meta', { encoding: 'binary' }),
      log: root.openDB<Buffer, Buffer>('log', binary),
      images: root.openDB<Buffer, Buffer>('images', binary),
    };
  } catch (error) {
    throw new CorruptStore(`${file}: ${error instanceof Error ? error.message : error}`);
  }
};
