/**
 * The fingerprints that are not in memory: runs, each sorted, in files. They are looked for many at a time, in order, so
 * that no block of a run is read twice, and one that nobody asks for is not read at all. Where there are too many runs
 * they are merged into one.
 */
import { compareKeys, type Keys, newKeys } from './keys.js';
import type { ScratchFile } from './scratch.js';

/** Keys of a block: 32 kilobytes, what is read at once. */
const BLOCK = 1 << 12;
const MOST_RUNS = 8;

const bytesOf = (keys: Uint32Array): Uint8Array =>
  new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength);

/** A sorted run. */
class Run {
  count = 0;
  /** First key of each block. */
  private firsts = newKeys(64);
  private readonly block = newKeys(BLOCK);
  private blockNumber = -1;
  private pending = 0;

  constructor(readonly file: ScratchFile) {}

  /** Adds a key that comes after all that are there. */
  add(keys: Uint32Array, i: number): void {
    if (this.pending === BLOCK) this.write();
    this.block[2 * this.pending] = keys[i]!;
    this.block[2 * this.pending++ + 1] = keys[i + 1]!;
  }

  /** To be called after the last key has been added. */
  end(): void {
    if (this.pending > 0) this.write();
  }

  private write(): void {
    const number = this.count / BLOCK;
    if (2 * number === this.firsts.length) {
      const longer = newKeys(2 * number);
      longer.set(this.firsts);
      this.firsts = longer;
    }
    this.firsts[2 * number] = this.block[0]!;
    this.firsts[2 * number + 1] = this.block[1]!;
    this.file.append(bytesOf(this.block.subarray(0, 2 * this.pending)));
    this.count += this.pending;
    this.pending = 0;
  }

  get blocks(): number {
    return Math.ceil(this.count / BLOCK);
  }

  /** The keys of a block, until the next one is asked for. */
  read(number: number): Keys {
    const keys = this.block.subarray(0, 2 * Math.min(BLOCK, this.count - number * BLOCK));
    if (this.blockNumber !== number) this.file.read(bytesOf(keys), 8 * BLOCK * number);
    this.blockNumber = number;
    return keys;
  }

  /** The last block, from this one on, that does not begin behind the key. */
  blockOf(keys: Uint32Array, i: number, from: number): number {
    let low = from;
    let high = this.blocks - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (compareKeys(this.firsts, 2 * middle, keys, i) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

export class Runs {
  private runs: Run[] = [];

  constructor(private readonly newFile: () => ScratchFile) {}

  get count(): number {
    return this.runs.length;
  }

  /** Adds a run from sorted keys, given in pieces. */
  add(pieces: Iterable<Keys>): void {
    if (this.runs.length === MOST_RUNS) this.merge();
    const run = new Run(this.newFile());
    for (const keys of pieces) for (let i = 0; i < keys.length; i += 2) run.add(keys, i);
    run.end();
    this.runs.push(run);
  }

  /** Calls back with the indexes of the sorted keys that are in some run; maybe with one more than once. */
  find(keys: Keys, found: (index: number) => void): void {
    for (const run of this.runs) findIn(run, keys, found);
  }

  has(lo: number, hi: number): boolean {
    let is = false;
    this.find(Uint32Array.of(lo, hi) as Keys, () => {
      is = true;
    });
    return is;
  }

  /** Makes one run of all, each key once. */
  private merge(): void {
    const merged = new Run(this.newFile());
    let open = this.runs.filter(({ count }) => count > 0).map((run) => new Cursor(run));
    while (open.length > 0) {
      let least = open[0]!;
      for (const cursor of open)
        if (compareKeys(cursor.keys, cursor.at, least.keys, least.at) < 0) least = cursor;
      const [lo, hi] = [least.keys[least.at]!, least.keys[least.at + 1]!];
      merged.add(least.keys, least.at);
      for (const cursor of open)
        if (cursor.keys[cursor.at] === lo && cursor.keys[cursor.at + 1] === hi) cursor.next();
      if (open.some(({ isAtEnd }) => isAtEnd)) open = open.filter(({ isAtEnd }) => !isAtEnd);
    }
    merged.end();
    this.close();
    this.runs = [merged];
  }

  close(): void {
    for (const { file } of this.runs) file.close();
    this.runs = [];
  }
}

/** Goes through a run from its beginning. */
class Cursor {
  keys: Keys;
  at = 0;
  isAtEnd = false;
  private block = 0;

  constructor(private readonly run: Run) {
    this.keys = run.read(0);
  }

  next(): void {
    this.at += 2;
    if (this.at < this.keys.length) return;
    this.at = 0;
    if (++this.block === this.run.blocks) this.isAtEnd = true;
    else this.keys = this.run.read(this.block);
  }
}

const findIn = (run: Run, keys: Keys, found: (index: number) => void): void => {
  let block = 0;
  for (let i = 0; i < keys.length && run.count > 0; ) {
    block = run.blockOf(keys, i, block);
    const there = run.read(block);
    for (let j = 0; i < keys.length && j < there.length; ) {
      const order = compareKeys(keys, i, there, j);
      if (order === 0) found(i >> 1);
      if (order <= 0) i += 2;
      else j += 2;
    }
    // What is left is behind the last key of this block; if there is no further block, it is nowhere.
    if (++block === run.blocks) return;
  }
};
