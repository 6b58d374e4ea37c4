/** One half of the set of visited fingerprints, in the plain: what `kernel/fingerprints.ts` is the twin of. */
import { newMemory, type WasmMemory } from './wasm.js';

export const PARTITION_BITS = 6;
export const PARTITIONS = 1 << PARTITION_BITS;

/** Partitions of a half. */
export const HALF = PARTITIONS / 2;

/** Cells of a bucket, two a fingerprint. */
const BUCKET_CELLS = 16;

/** So high because a bucket is compared at once: a tenth slower than at 0.8, and a byte less a state. */
export const GREATEST_LOAD = 7 / 8;
const GROWTH = 1.2;

/** A partition of fewer buckets doubles: what is small need not be full. */
const SMALL_BUCKETS = 1 << 11;

/** A sixteenth of a stretch stays free for what runs over the last bucket. */
const USABLE = 15 / 16;

/** Cells before the desks: by partition the number of buckets, then of fingerprints. */
export const HEAD_CELLS = 1 << 10;

/** Cells that each thread has to itself. */
export const DESK_CELLS = 1 << 15;

/** What the threads of a run share of the set. */
export interface VisitedMemory {
  readonly halves: readonly [WasmMemory, WasmMemory];
  /** Desks: one for each thread, the first for the one that owns the tables. */
  readonly desks: number;
}

/** When a partition's turn to grow comes, as a fraction of a round: its bits in reverse, so that threads take turns. */
const turnOf = (partition: number): number => {
  let turn = 0;
  for (let bit = 0; bit < PARTITION_BITS; bit++) turn = 2 * turn + ((partition >> bit) & 1);
  return turn / PARTITIONS;
};

/**
 * An empty set. Partitions begin with different sizes, so that later too they grow one after another.
 * @param buckets of the smallest partition.
 */
export const visitedMemory = (desks = 1, buckets = 32): VisitedMemory => {
  const memory: VisitedMemory = { halves: [newMemory(), newMemory()], desks };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const half = memory.halves[partition < HALF ? 0 : 1];
    const cells = new Int32Array(half.buffer, 0, HEAD_CELLS);
    cells[partition % HALF] = Math.round(buckets * GROWTH ** turnOf(partition));
  }
  return memory;
};

export const FULL = 'internal error: the set of visited states is full';

export class Half {
  readonly cells: Int32Array<SharedArrayBuffer>;
  /** By partition: its buckets, not counting those past the last that is anyone's first; and its fingerprints. */
  readonly buckets: Int32Array;
  readonly counts: Int32Array;
  /** Cell at which the first partition begins; and from one to the next. */
  readonly base: number;
  readonly stretch: number;
  readonly mostBuckets: number;

  constructor(
    readonly memory: WasmMemory,
    desks: number,
  ) {
    const { buffer } = memory;
    this.cells = new Int32Array(buffer, 0, buffer.byteLength / 4);
    this.buckets = this.cells.subarray(0, HALF);
    this.counts = this.cells.subarray(HALF, 2 * HALF);
    this.base = HEAD_CELLS + desks * DESK_CELLS;
    this.stretch = BUCKET_CELLS * Math.floor((this.cells.length - this.base) / HALF / BUCKET_CELLS);
    this.mostBuckets = Math.floor((this.stretch * USABLE) / BUCKET_CELLS);
  }

  /** The pair at which a fingerprint is, or would be. Pairs are (lo, hi); one with lo 0 is empty. */
  find(lo: number, hi: number): number {
    const { cells } = this;
    const partition = (hi >>> (32 - PARTITION_BITS)) % HALF;
    const bucket = Math.floor(((lo >>> 0) * this.buckets[partition]!) / 2 ** 32);
    let p = this.base + partition * this.stretch + bucket * BUCKET_CELLS;
    while (cells[p] !== 0 && (cells[p] !== lo || cells[p + 1] !== hi)) p += 2;
    return p;
  }

  has(lo: number, hi: number): boolean {
    return this.cells[this.find(lo, hi)] !== 0;
  }

  /** Adds a fingerprint; false if it was there. */
  add(lo: number, hi: number): boolean {
    const p = this.find(lo, hi);
    if (this.cells[p] !== 0) return false;
    this.cells[p] = lo;
    this.cells[p + 1] = hi;
    const partition = (hi >>> (32 - PARTITION_BITS)) % HALF;
    if (++this.counts[partition]! >= GREATEST_LOAD * 8 * this.buckets[partition]!) this.grow(partition);
    return true;
  }

  /** Copies the fingerprints of a partition, in any order, to an array in which they fit exactly. */
  copy<T extends Int32Array | Uint32Array>(partition: number, keys: T): T {
    const { cells } = this;
    let p = this.base + partition * this.stretch;
    for (let n = 0; n < keys.length; p += 2) {
      if (cells[p] === 0) continue;
      keys[n++] = cells[p]!;
      keys[n++] = cells[p + 1]!;
    }
    return keys;
  }

  private grow(partition: number): void {
    const old = this.buckets[partition]!;
    const grown = Math.min(this.mostBuckets, old < SMALL_BUCKETS ? 2 * old : Math.ceil(old * GROWTH));
    if (grown === old) throw new Error(FULL);
    const keys = this.copy(partition, new Int32Array(2 * this.counts[partition]!));
    this.clear(partition);
    this.buckets[partition] = grown;
    for (let n = 0; n < keys.length; n += 2) this.add(keys[n]!, keys[n + 1]!);
  }

  clear(partition: number): void {
    const { base, buckets, cells, counts, stretch } = this;
    const start = base + partition * stretch;
    let end = start + buckets[partition]! * BUCKET_CELLS;
    // The last bucket may have run over into the ones behind it.
    while (cells[end - 2] !== 0) end += BUCKET_CELLS;
    cells.fill(0, start, end);
    counts[partition] = 0;
  }
}
