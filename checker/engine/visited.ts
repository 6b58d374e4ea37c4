/**
 * The set of fingerprints of the states found: open addressing, cut into partitions by the fingerprint's top bits, so that
 * it grows a 64th at a time and partitions can have different owners.
 *
 * All partitions lie in one array, which is a reservation of address space: memory that is never written to is never
 * resident. Each has a stretch to itself and doubles in place. (An array for each would cost three times as much time a
 * look-up, because so little of two look-ups in different arrays overlaps.)
 */

export const PARTITION_BITS = 6;
export const PARTITIONS = 1 << PARTITION_BITS;

/** The partition of a fingerprint. Places inside a partition use `lo`, so that the two are independent. */
export const partitionOf = (hi: number): number => hi >>> (32 - PARTITION_BITS);

/** Partitions double when between 0.5 and 0.8 full, each at its own point, so that not all grow together. */
const LEAST_LOAD = 0.5;
const LOAD_RANGE = 0.3;

/** Fingerprints whose places are loaded ahead of being looked at: their cache lines fit the first-level cache. */
const AHEAD = 256;

/** Two cells a fingerprint. Indexes must stay below 2^31, to be plain integers for the compiler. */
const GREATEST_STRETCH = 2 ** 31 / PARTITIONS;
const LEAST_STRETCH = 2 ** 14;

type Cells = Int32Array<SharedArrayBuffer>;

/** As much address space as the system grants, eight gigabytes at most. */
const reserve = (): Cells => {
  for (let stretch = GREATEST_STRETCH; stretch > LEAST_STRETCH; stretch /= 2) {
    try {
      return new Int32Array(new SharedArrayBuffer(4 * stretch * PARTITIONS));
    } catch {
      // Refused; half of it may do.
    }
  }
  return new Int32Array(new SharedArrayBuffer(4 * LEAST_STRETCH * PARTITIONS));
};

export class Visited {
  /** Pairs (lo, hi); a pair with lo 0 is empty. */
  private readonly cells = reserve();
  /** Cells from one partition to the next, as a power of two. */
  private readonly stretchBits = 31 - Math.clz32(this.cells.length / PARTITIONS);
  /** Cells in use of a partition, less one. */
  private readonly masks: Int32Array;
  private readonly counts = new Int32Array(PARTITIONS);
  /** Count at which a partition grows. */
  private readonly limits = new Int32Array(PARTITIONS);
  private readonly places = new Int32Array(AHEAD);
  /** Keeps the loads of `touch` from being optimised away. */
  private touched = 0;

  /** @param capacity of each partition at first; a power of two. */
  constructor(capacity = 1 << 8) {
    this.masks = new Int32Array(PARTITIONS).fill(2 * capacity - 1);
    for (let partition = 0; partition < PARTITIONS; partition++) this.setLimit(partition);
  }

  get size(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Adds a fingerprint; false if it was there. */
  add(lo: number, hi: number): boolean {
    const won = new Uint8Array(1);
    this.addAll(Int32Array.of(lo), Int32Array.of(hi), 1, won);
    return won[0] === 1;
  }

  /**
   * Adds n fingerprints in order; `won[i]` tells whether the i-th was new. Zero stands for empty, so a `lo` of zero
   * counts as one.
   */
  addAll(los: Int32Array, his: Int32Array, n: number, won: Uint8Array): void {
    for (let from = 0; from < n; from += AHEAD) {
      const to = Math.min(n, from + AHEAD);
      this.place(los, his, from, to);
      this.touched ^= this.touch();
      this.addRange(los, his, from, to, won);
    }
  }

  has(fingerprintLo: number, hi: number): boolean {
    const lo = fingerprintLo === 0 ? 1 : fingerprintLo;
    const partition = partitionOf(hi);
    const base = partition << this.stretchBits;
    const mask = this.masks[partition]!;
    for (let p = (lo << 1) & mask; this.cells[base | p] !== 0; p = (p + 2) & mask) {
      if (this.cells[base | p] === lo && this.cells[base | p | 1] === hi) return true;
    }
    return false;
  }

  /** Works out where each fingerprint will be looked for. */
  private place(los: Int32Array, his: Int32Array, from: number, to: number): void {
    const { masks, stretchBits, places } = this;
    for (let i = from; i < to; i++) {
      const partition = his[i]! >>> (32 - PARTITION_BITS);
      places[i - from] = (partition << stretchBits) | ((los[i]! << 1) & masks[partition]!);
    }
  }

  /**
   * Loads from those places. Nothing here branches on what is loaded, and there is next to nothing else to do, so the
   * processor has as many cache misses under way at once as it can; a probe that branches would wait for each in turn.
   */
  private touch(): number {
    const { cells, places } = this;
    let sum = 0;
    for (let i = 0; i < AHEAD; i += 4) {
      sum ^= cells[places[i]!]! ^ cells[places[i + 1]!]! ^ cells[places[i + 2]!]! ^ cells[places[i + 3]!]!;
    }
    return sum;
  }

  private addRange(los: Int32Array, his: Int32Array, from: number, to: number, won: Uint8Array): void {
    const { cells, masks, stretchBits } = this;
    for (let i = from; i < to; i++) {
      const lo = los[i]! === 0 ? 1 : los[i]!;
      const hi = his[i]!;
      const partition = hi >>> (32 - PARTITION_BITS);
      const base = partition << stretchBits;
      const mask = masks[partition]!;
      let p = (lo << 1) & mask;
      let found = cells[base | p]!;
      while (found !== 0 && (found !== lo || cells[base | p | 1] !== hi)) {
        p = (p + 2) & mask;
        found = cells[base | p]!;
      }
      won[i] = found === 0 ? 1 : 0;
      if (found !== 0) continue;
      cells[base | p] = lo;
      cells[base | p | 1] = hi;
      if (++this.counts[partition]! >= this.limits[partition]!) this.grow(partition);
    }
  }

  /**
   * Doubles a partition in place, one run of occupied cells after another. An entry belongs where it was or as far up as
   * the partition was long; put back in their order, those that stay never pass the end of their run.
   */
  private grow(partition: number): void {
    const { cells } = this;
    const base = partition << this.stretchBits;
    const oldLength = this.masks[partition]! + 1;
    if (2 * oldLength > 2 ** this.stretchBits) throw new Error('the set of visited states is full');
    this.masks[partition] = 2 * oldLength - 1;
    let start = 0;
    while (cells[base + start] !== 0) start += 2;
    // From an empty cell once around, so that the run across the end is met whole.
    const run: number[] = [];
    for (let step = 2; step <= oldLength; step += 2) {
      const at = base | ((start + step) & (oldLength - 1));
      if (cells[at] !== 0) {
        run.push(cells[at]!, cells[at + 1]!);
        cells[at] = 0;
        continue;
      }
      for (let i = 0; i < run.length; i += 2) this.put(partition, run[i]!, run[i + 1]!);
      run.length = 0;
    }
    this.setLimit(partition);
  }

  /** Puts a fingerprint that is not there. */
  private put(partition: number, lo: number, hi: number): void {
    const { cells } = this;
    const base = partition << this.stretchBits;
    const mask = this.masks[partition]!;
    let p = (lo << 1) & mask;
    while (cells[base | p] !== 0) p = (p + 2) & mask;
    cells[base | p] = lo;
    cells[base | p | 1] = hi;
  }

  private setLimit(partition: number): void {
    const load = LEAST_LOAD + (LOAD_RANGE * partition) / PARTITIONS;
    this.limits[partition] = Math.floor((load * (this.masks[partition]! + 1)) / 2);
  }
}
