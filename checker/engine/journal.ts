/**
 * Every state found, in order, in a file that only grows: what it is remembered by in the visited set, and how it was
 * first reached. It is written block by block, each with a checksum, and means as much as the checkpoint says: what lies
 * behind that was written by a run that came to a sudden end, and is overwritten.
 *
 * A block: number of states, checksum of what follows; then lo, hi and parent of each in 32 bits, and its action in 16.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { InputError } from '../errors.js';
import { onDisk, readFully, writeFully } from './disk.js';

const HEADER = 8;
const STATE_BYTES = 14;
const BLOCK_STATES = 1 << 14;

interface Block {
  readonly count: number;
  readonly lo: Int32Array;
  readonly hi: Int32Array;
  readonly parents: Uint32Array;
  readonly actions: Uint16Array;
}

const blockIn = (count: number, buffer: ArrayBuffer, offset: number): Block => ({
  count,
  lo: new Int32Array(buffer, offset, count),
  hi: new Int32Array(buffer, offset + 4 * count, count),
  parents: new Uint32Array(buffer, offset + 8 * count, count),
  actions: new Uint16Array(buffer, offset + 12 * count, count),
});

export class Journal {
  private readonly file: number;
  /** Written so far. */
  private bytes = 0;
  private pending = 0;
  private readonly block = blockIn(BLOCK_STATES, new ArrayBuffer(STATE_BYTES * BLOCK_STATES), 0);

  /** @param bytes of it that count; the rest is cut off. */
  constructor(
    private readonly path: string,
    bytes: number,
  ) {
    this.file = onDisk('--checkpoint', path, () => openSync(path, bytes === 0 ? 'w+' : 'r+'));
    this.bytes = bytes;
  }

  add(lo: number, hi: number, parent: number, action: number): void {
    const { block } = this;
    block.lo[this.pending] = lo;
    block.hi[this.pending] = hi;
    block.parents[this.pending] = parent;
    block.actions[this.pending] = action;
    if (++this.pending === BLOCK_STATES) this.write();
  }

  private write(): void {
    const { pending: count, block } = this;
    const bytes = new Uint8Array(HEADER + STATE_BYTES * count);
    const out = blockIn(count, bytes.buffer, HEADER);
    for (const part of ['lo', 'hi', 'parents', 'actions'] as const)
      out[part].set(block[part].subarray(0, count));
    new Uint32Array(bytes.buffer, 0, 2).set([count, crc32(bytes.subarray(HEADER))]);
    onDisk('--checkpoint', this.path, () => writeFully(this.file, bytes, this.bytes));
    this.bytes += bytes.length;
    this.pending = 0;
  }

  /** Makes sure that all that was added is on the disk. @returns its length. */
  sync(): number {
    if (this.pending > 0) this.write();
    onDisk('--checkpoint', this.path, () => fsyncSync(this.file));
    return this.bytes;
  }

  /**
   * The blocks that count, and cuts off what comes behind them.
   * @throws InputError if one of them is not what was written.
   */
  *read(): Iterable<Block> {
    const header = new Uint32Array(2);
    for (let at = 0; at < this.bytes; ) {
      const damaged = (): never => {
        throw new InputError(
          `--resume: ${this.path}: damaged or cut off at byte ${at}; the search has to begin again, in another folder`,
        );
      };
      const read = (into: Uint8Array, offset: number): boolean =>
        onDisk('--resume', this.path, () => readFully(this.file, into, offset));
      if (!read(new Uint8Array(header.buffer), at)) damaged();
      const count = header[0]!;
      if (count === 0 || count > BLOCK_STATES) damaged();
      const bytes = new Uint8Array(STATE_BYTES * count);
      if (!read(bytes, at + HEADER) || crc32(bytes) !== header[1]) damaged();
      yield blockIn(count, bytes.buffer, 0);
      at += HEADER + bytes.length;
    }
    onDisk('--resume', this.path, () => ftruncateSync(this.file, this.bytes));
  }

  close(): void {
    closeSync(this.file);
  }
}
