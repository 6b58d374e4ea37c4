/**
 * The set of fingerprints of the states found: open addressing, cut into partitions by the fingerprint's top bits, so that
 * it grows a 64th at a time and partitions can have different owners.
 *
 * All partitions lie in one array, a reservation of address space. Each has a stretch to itself and grows in place, by a quarter. (An array for each would cost a look-up
 * twice the time, because less of two look-ups overlaps, and a table that doubles is more than half empty at times.)
 */

import { type Keys, type Scratch, sortKeys } from './keys.js';
import { reserve } from './reserve.js';

export const PARTITION_BITS = 6;
export const PARTITIONS = 1 << PARTITION_BITS;

/** The partition of a fingerprint. Places inside a partition use `lo`, so that the two are independent. */
export const partitionOf = (hi: number): number => hi >>> (32 - PARTITION_BITS);

/**
 * A partition is cut into buckets of eight pairs, the length of a cache line. A fingerprint is looked for in its bucket
 * from a slot of its own, once around, and only where the bucket is full in the next one: nearly every look-up costs one
 * cache miss.
 */
const BUCKET_CELLS = 16;
const SLOT_MASK = BUCKET_CELLS - 2;

const GREATEST_LOAD = 0.8;
const GROWTH = 1.25;

/** Fingerprints whose places are loaded ahead of being looked at: their cache lines fit the first-level cache. */
const AHEAD = 256;

/** Cells of a stretch, two a fingerprint. Indexes must stay below 2^31, to be plain integers for the compiler. */
const GREATEST_STRETCH = 2 ** 31 / PARTITIONS;
const LEAST_STRETCH = 2 ** 14;

/** A sixteenth of a stretch stays free for what runs over the last bucket. */
const USABLE = 15 / 16;

/** Large allocations of glibc begin 16 bytes into a page; what is lost where this does not hold is only some speed. */
const ALIGNMENT = 48;

type Cells = Int32Array<SharedArrayBuffer>;

/** What the threads of a run share of the set. */
export interface VisitedMemory {
  /** Pairs (lo, hi); a pair with lo 0 is empty. */
  readonly cells: Cells;
  /** By partition: its buckets, not counting those past the last that is anyone's first. */
  readonly buckets: Int32Array<SharedArrayBuffer>;
  readonly counts: Int32Array<SharedArrayBuffer>;
  /** Buckets over 2^32: the bucket of a fingerprint is lo (unsigned) times this, rounded down. */
  readonly scales: Float64Array<SharedArrayBuffer>;
}

/**
 * An empty set. Partitions begin with different sizes, so that later too they grow one after another.
 * @param buckets of the smallest partition.
 */
export const visitedMemory = (buckets = 32): VisitedMemory => {
  const memory = {
    cells: reserve(GREATEST_STRETCH * PARTITIONS, LEAST_STRETCH * PARTITIONS, ALIGNMENT),
    buckets: new Int32Array(new SharedArrayBuffer(4 * PARTITIONS)),
    counts: new Int32Array(new SharedArrayBuffer(4 * PARTITIONS)),
    scales: new Float64Array(new SharedArrayBuffer(8 * PARTITIONS)),
  };
  for (let partition = 0; partition < PARTITIONS; partition++) {
    memory.buckets[partition] = Math.round(buckets * GROWTH ** (partition / PARTITIONS));
    memory.scales[partition] = memory.buckets[partition]! / 2 ** 32;
  }
  return memory;
};

export class Visited {
  /** Cells from one partition to the next, as a power of two. */
  private readonly stretchBits: number;
  /** By partition: 1 if it is this thread's. */
  private readonly own: Uint8Array;
  /** Of the fingerprints about to be added: their indexes, and where each will be looked for. */
  private readonly indexes = new Int32Array(AHEAD);
  private readonly places = new Int32Array(AHEAD);
  private run = new Int32Array(1 << 10);
  /** Keeps the loads of `touch` from being optimised away. */
  private touched = 0;

  /** Of `threads` that share the memory, each adds only to partitions of its own. */
  constructor(
    readonly memory: VisitedMemory = visitedMemory(),
    thread = 0,
    threads = 1,
  ) {
    this.stretchBits = 31 - Math.clz32(memory.cells.length / PARTITIONS);
    this.own = Uint8Array.from({ length: PARTITIONS }, (_, partition) =>
      partition % threads === thread ? 1 : 0,
    );
  }

  get size(): number {
    return this.memory.counts.reduce((sum, count) => sum + count, 0);
  }

  private get mostBuckets(): number {
    return Math.floor((2 ** this.stretchBits * USABLE) / BUCKET_CELLS);
  }

  /** How many fingerprints the reservation holds, whichever they are. */
  get most(): number {
    // No partition has more than a few thousandths beyond its share.
    return Math.floor(0.98 * PARTITIONS * 8 * this.mostBuckets * GREATEST_LOAD);
  }

  /** Forgets all fingerprints, but keeps the memory. To be called while no other thread uses it. */
  clear(): void {
    const { cells, counts, buckets } = this.memory;
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const base = partition << this.stretchBits;
      let end = base | (buckets[partition]! * BUCKET_CELLS);
      while (this.isFull(end - BUCKET_CELLS)) end += BUCKET_CELLS;
      cells.fill(0, base, end);
    }
    counts.fill(0);
  }

  /** The fingerprints of a partition, sorted. */
  sorted(partition: number, scratch: Scratch): Keys {
    const { cells, counts, buckets } = this.memory;
    const keys = scratch.of(counts[partition]!);
    const base = partition << this.stretchBits;
    const end = base | (buckets[partition]! * BUCKET_CELLS);
    let n = 0;
    for (let p = base; p < end || n < 2 * counts[partition]!; p += 2) {
      if (cells[p] === 0) continue;
      keys[n++] = cells[p]!;
      keys[n++] = cells[p + 1]!;
    }
    return sortKeys(keys);
  }

  /** Adds a fingerprint; false if it was there. */
  add(lo: number, hi: number): boolean {
    const won = new Uint8Array(1);
    this.addAll(Int32Array.of(lo), Int32Array.of(hi), 0, 1, won);
    return won[0] === 1;
  }

  /**
   * Adds the fingerprints from index `from` up to `to`, in order, as far as they belong to partitions of this thread;
   * `won[i]` tells whether the i-th was new. Zero stands for empty, so a `lo` of zero counts as one.
   * @returns how many were new.
   */
  addAll(los: Int32Array, his: Int32Array, from: number, to: number, won: Uint8Array): number {
    const { own, indexes } = this;
    let added = 0;
    let n = 0;
    for (let i = from; i < to; i++) {
      indexes[n] = i;
      n += own[his[i]! >>> (32 - PARTITION_BITS)]!;
      if (n < AHEAD) continue;
      added += this.addIndexed(los, his, n, won);
      n = 0;
    }
    return added + this.addIndexed(los, his, n, won);
  }

  private addIndexed(los: Int32Array, his: Int32Array, n: number, won: Uint8Array): number {
    this.place(los, his, 0, n);
    this.touched ^= this.touch();
    return this.addPlaced(los, his, n, won);
  }

  has(fingerprintLo: number, hi: number): boolean {
    const { cells } = this.memory;
    const lo = fingerprintLo === 0 ? 1 : fingerprintLo;
    const place = this.placeOf(lo, hi);
    let p = place;
    while (cells[p] !== 0 && (cells[p] !== lo || cells[p + 1] !== hi)) p = this.after(p, place);
    return cells[p] !== 0;
  }

  private placeOf(lo: number, hi: number): number {
    const partition = partitionOf(hi);
    const bucket = (lo >>> 0) * this.memory.scales[partition]!;
    return (partition << this.stretchBits) | (bucket << 4) | ((lo << 1) & SLOT_MASK);
  }

  /** The pair to look at after p, for a fingerprint with this place. */
  private after(p: number, place: number): number {
    const next = (p & ~SLOT_MASK) | ((p + 2) & SLOT_MASK);
    return (next & SLOT_MASK) === (place & SLOT_MASK) ? next + BUCKET_CELLS : next;
  }

  /** Works out where each of the indexed fingerprints, from the k-th up to the n-th, will be looked for. */
  private place(los: Int32Array, his: Int32Array, k: number, n: number): void {
    const { stretchBits, places, indexes } = this;
    const { scales } = this.memory;
    for (; k < n; k++) {
      const i = indexes[k]!;
      const lo = los[i]! === 0 ? 1 : los[i]!;
      const partition = his[i]! >>> (32 - PARTITION_BITS);
      const bucket = (lo >>> 0) * scales[partition]!;
      places[k] = (partition << stretchBits) | (bucket << 4) | ((lo << 1) & SLOT_MASK);
    }
  }

  /**
   * Loads from those places. Nothing here branches on what is loaded, and there is next to nothing else to do, so the
   * processor has as many cache misses under way at once as it can; a probe that branches would wait for each in turn.
   */
  private touch(): number {
    const { places } = this;
    const { cells } = this.memory;
    let sum = 0;
    for (let i = 0; i < AHEAD; i += 4) {
      sum ^= cells[places[i]!]! ^ cells[places[i + 1]!]! ^ cells[places[i + 2]!]! ^ cells[places[i + 3]!]!;
    }
    return sum;
  }

  private addPlaced(los: Int32Array, his: Int32Array, n: number, won: Uint8Array): number {
    const { places, indexes } = this;
    const { cells } = this.memory;
    let added = 0;
    for (let k = 0; k < n; k++) {
      const i = indexes[k]!;
      const lo = los[i]! === 0 ? 1 : los[i]!;
      const hi = his[i]!;
      const place = places[k]!;
      let p = place;
      let found = cells[p]!;
      while (found !== 0 && (found !== lo || cells[p + 1] !== hi)) {
        p = (p & ~SLOT_MASK) | ((p + 2) & SLOT_MASK);
        if (((p ^ place) & SLOT_MASK) === 0) p += BUCKET_CELLS;
        found = cells[p]!;
      }
      won[i] = 0;
      if (found !== 0) continue;
      won[i] = 1;
      cells[p] = lo;
      cells[p + 1] = hi;
      added++;
      if (this.counted(hi >>> (32 - PARTITION_BITS))) this.place(los, his, k + 1, n);
    }
    return added;
  }

  /** Counts one more fingerprint in a partition; true if that made it grow, so that all places in it are others now. */
  private counted(partition: number): boolean {
    const { counts, buckets } = this.memory;
    counts[partition]!++;
    if (counts[partition]! < GREATEST_LOAD * 8 * buckets[partition]!) return false;
    this.grow(partition);
    return true;
  }

  /**
   * Makes a partition longer in place. Buckets keep their order, so nothing moves down: from the top, each run of full
   * buckets, with the one they may have run over into, is lifted out and put where it now belongs, which is never below
   * where the run began.
   */
  private grow(partition: number): void {
    const { buckets, scales } = this.memory;
    const base = partition << this.stretchBits;
    const old = buckets[partition]!;
    const grown = Math.min(this.mostBuckets, Math.ceil(old * GROWTH));
    if (grown === old) throw new Error('internal error: the set of visited states is full');
    buckets[partition] = grown;
    scales[partition] = grown / 2 ** 32;
    let end = base | (old * BUCKET_CELLS);
    while (this.isFull(end - BUCKET_CELLS)) end += BUCKET_CELLS;
    while (end > base) {
      let start = end - BUCKET_CELLS;
      while (start > base && this.isFull(start - BUCKET_CELLS)) start -= BUCKET_CELLS;
      this.putAgain(start, end);
      end = start;
    }
  }

  private isFull(bucket: number): boolean {
    const { cells } = this.memory;
    for (let p = bucket; p < bucket + BUCKET_CELLS; p += 2) {
      if (cells[p] === 0) return false;
    }
    return true;
  }

  private putAgain(start: number, end: number): void {
    const { cells } = this.memory;
    const length = end - start;
    if (length > this.run.length) this.run = new Int32Array(2 * length);
    const { run } = this;
    for (let i = 0; i < length; i++) run[i] = cells[start + i]!;
    for (let i = 0; i < length; i += 2) cells[start + i] = 0;
    for (let i = 0; i < length; i += 2) {
      if (run[i] !== 0) this.put(run[i]!, run[i + 1]!);
    }
  }

  /** Puts a fingerprint that is not there. */
  private put(lo: number, hi: number): void {
    const { cells } = this.memory;
    const place = this.placeOf(lo, hi);
    let p = place;
    while (cells[p] !== 0) p = this.after(p, place);
    cells[p] = lo;
    cells[p + 1] = hi;
  }
}
