/**
 * One user a folder. The lock is a listening socket in the folder: the system lets go of it however its holder ends, so
 * that a server or a search that was killed can go on at once. Imports nothing of ours, so that anyone may import it.
 */
import { unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join, relative } from 'node:path';

/** Somebody has this folder already. */
export class FolderInUse extends Error {
  override readonly name = 'FolderInUse';
}

const listen = (path: string): Promise<Server | null> =>
  new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(null);
      else reject(error);
    });
    server.listen(path, () => resolve(server.unref()));
  });

const isAlive = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Socket paths are short on every system; a folder's may not be, but it may be near. */
const LONGEST = 100;

const socketIn = (folder: string): string => {
  const path = join(folder, 'lock');
  const near = relative(process.cwd(), path);
  return near.length < path.length ? near : path;
};

/**
 * @returns a function that unlocks
 * @throws FolderInUse
 */
export const lockFolder = async (folder: string): Promise<() => Promise<void>> => {
  const path = socketIn(folder);
  if (Buffer.byteLength(path) > LONGEST)
    throw new RangeError(
      `the path of the folder is longer than ${LONGEST - '/lock'.length} bytes: ${folder}`,
    );
  for (let attempt = 0; attempt < 2; attempt++) {
    const server = await listen(path);
    if (server !== null) return () => new Promise((resolve) => server.close(() => resolve()));
    if (await isAlive(path)) break;
    // Left behind by a process that was killed.
    unlinkSync(path);
  }
  throw new FolderInUse(`another process uses the data folder ${folder}`);
};
