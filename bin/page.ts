/** Pages on disk: written beside the target and renamed, so that a browser never loads half of one. */
import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { InputError } from '../checker/errors.js';
import { refusal } from '../traces/file.js';

/** @throws InputError that says why it cannot be written. */
export const writePage = (file: string, html: string): void => {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, html, { flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new InputError(`${file}: ${refusal(error)}`);
  }
};
