/**
 * A file for what does not fit the memory. It has no name once it is open, so that nothing is left of it when the process
 * ends, however it ends.
 */
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onDisk, readFully, writeFully } from './disk.js';

let number = 0;

export class ScratchFile {
  size = 0;
  private readonly descriptor: number;
  private readonly path: string;
  private isOpen = true;

  /** @throws InputError as every method does, where the disk is full or does not work. */
  constructor(
    folder: string,
    name: string,
    private readonly onWrite: (bytes: number) => void,
  ) {
    this.path = join(folder, `zab-${process.pid}-${number++}-${name}`);
    this.descriptor = onDisk('--spill', this.path, () => {
      mkdirSync(folder, { recursive: true });
      const descriptor = openSync(this.path, 'wx+', 0o600);
      rmSync(this.path);
      return descriptor;
    });
  }

  /** @returns the offset at which the bytes lie. */
  append(bytes: Uint8Array): number {
    const offset = this.size;
    onDisk('--spill', this.path, () => writeFully(this.descriptor, bytes, offset));
    this.size += bytes.length;
    this.onWrite(bytes.length);
    return offset;
  }

  /** Fills the array with what lies from this offset on. */
  read(into: Uint8Array, offset: number): void {
    onDisk('--spill', this.path, () => {
      if (!readFully(this.descriptor, into, offset))
        throw new Error('the file is shorter than what was written to it');
    });
  }

  close(): void {
    if (this.isOpen) closeSync(this.descriptor);
    this.isOpen = false;
  }
}
