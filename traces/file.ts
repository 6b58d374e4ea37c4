/** Traces on disk: read with errors that name file and line, written so that a reader never sees half of one. */
import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { InputError } from '../checker/errors.js';
import { formatTrace, parseTrace, type Trace, TraceFormatError } from './format.js';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  EISDIR: 'is a directory',
  ENOTDIR: 'part of the path is not a directory',
  ENOSPC: 'no space left on the device',
};

/** Why the operating system refused, in words. */
export const refusal = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return reasons[code] ?? (error as Error).message;
};

export const readTextFile = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`${file}: ${refusal(error)}`);
  }
};

export const readTraceFile = (file: string): Trace => {
  const text = readTextFile(file);
  try {
    return parseTrace(text);
  } catch (error) {
    if (!(error instanceof TraceFormatError)) throw error;
    throw new InputError(`${file}:${error.line}: ${error.message}`);
  }
};

/** Beside the target, so that the rename stays on one file system. */
export const writeTraceFile = (file: string, trace: Trace): void => {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, formatTrace(trace), { flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new InputError(`${file}: ${refusal(error)}`);
  }
};
