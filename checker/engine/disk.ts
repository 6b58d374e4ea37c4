/** Reading and writing of files, and what can go wrong with a disk, in words that name the flag, the file and what helps. */
import { readSync, writeSync } from 'node:fs';
import { InputError } from '../errors.js';

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space, or name a folder on another disk',
  EDQUOT: 'the disk quota is used up; free some space, or name a folder on another disk',
  EFBIG: 'the file has grown as large as files may be; name a folder on another file system',
  EACCES: 'permission denied; name a folder that may be written to',
  EPERM: 'permission denied; name a folder that may be written to',
  EROFS: 'the file system can only be read; name a folder that may be written to',
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a file is in the way; name another folder',
  EISDIR: 'it is a folder, not a file',
  EMFILE: 'too many files are open; raise the limit (ulimit -n)',
  EIO: 'the disk does not work (input/output error); name a folder on another disk',
};

/** Makes of whatever goes wrong a mistake that the user can do something about. */
export const onDisk = <T>(flag: string, path: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new InputError(`${flag}: ${path}: ${reasons[code] ?? message}`, { cause: error });
  }
};

export const writeFully = (file: number, bytes: Uint8Array, offset: number): void => {
  for (let done = 0; done < bytes.length; )
    done += writeSync(file, bytes, done, bytes.length - done, offset + done);
};

/** Fills the array; false if the file ends before. */
export const readFully = (file: number, into: Uint8Array, offset: number): boolean => {
  for (let done = 0; done < into.length; ) {
    const read = readSync(file, into, done, into.length - done, offset + done);
    if (read === 0) return false;
    done += read;
  }
  return true;
};
