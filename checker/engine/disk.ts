/** What can go wrong with a disk, in words that name the flag, the file and what helps. */
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

export const diskError = (flag: string, path: string, error: unknown): InputError => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return new InputError(`${flag}: ${path}: ${reasons[code] ?? message}`, { cause: error });
};
