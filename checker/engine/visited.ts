/**
 * The set of fingerprints of the states found, open addressing in typed arrays, cut into partitions by the fingerprint's
 * top bits so that it grows a 64th at a time and partitions can have different owners.
 */

export const PARTITION_BITS = 6;
export const PARTITIONS = 1 << PARTITION_BITS;

/** The partition of a fingerprint. Places inside a partition use `lo`, so that the two are independent. */
export const partitionOf = (hi: number): number => hi >>> (32 - PARTITION_BITS);

/** Partitions double when between 0.5 and 0.8 full, each at its own point, so that not all grow together. */
const LEAST_LOAD = 0.5;
const LOAD_RANGE = 0.3;

type Cells = Int32Array<SharedArrayBuffer>;

const cellsFor = (capacity: number): Cells => new Int32Array(new SharedArrayBuffer(capacity * 8));

export class Visited {
  /** Pairs (lo, hi); a pair with lo 0 is empty. The length is twice a power of two. */
  readonly partitions: Cells[];
  readonly counts = new Int32Array(PARTITIONS);
  /** Count at which a partition grows. */
  private readonly limits = new Int32Array(PARTITIONS);

  constructor(capacity = 1 << 8) {
    this.partitions = Array.from({ length: PARTITIONS }, () => cellsFor(capacity));
    for (let p = 0; p < PARTITIONS; p++) this.setLimit(p);
  }

  get size(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  get capacity(): number {
    return this.partitions.reduce((sum, cells) => sum + cells.length / 2, 0);
  }

  /** Adds a fingerprint; false if it was there. Zero stands for empty, so a `lo` of zero counts as one. */
  add(fingerprintLo: number, hi: number): boolean {
    const lo = fingerprintLo === 0 ? 1 : fingerprintLo;
    const partition = partitionOf(hi);
    const cells = this.partitions[partition]!;
    const mask = cells.length - 1;
    let p = (lo << 1) & mask;
    for (;;) {
      const found = cells[p]!;
      if (found === 0) break;
      if (found === lo && cells[p + 1] === hi) return false;
      p = (p + 2) & mask;
    }
    cells[p] = lo;
    cells[p + 1] = hi;
    if (++this.counts[partition]! >= this.limits[partition]!) this.grow(partition);
    return true;
  }

  /**
   * Adds n fingerprints in order; `won[i]` tells whether the i-th was new. A plain loop without calls: the processor
   * overlaps the cache misses of several turns, which makes it several times as fast as adding one by one between
   * other work.
   */
  addAll(los: Int32Array, his: Int32Array, n: number, won: Uint8Array): void {
    const { partitions, counts, limits } = this;
    for (let i = 0; i < n; i++) {
      const lo = los[i]! === 0 ? 1 : los[i]!;
      const hi = his[i]!;
      const partition = hi >>> (32 - PARTITION_BITS);
      const cells = partitions[partition]!;
      const mask = cells.length - 1;
      let p = (lo << 1) & mask;
      let found = cells[p]!;
      while (found !== 0 && (found !== lo || cells[p + 1] !== hi)) {
        p = (p + 2) & mask;
        found = cells[p]!;
      }
      won[i] = found === 0 ? 1 : 0;
      if (found !== 0) continue;
      cells[p] = lo;
      cells[p + 1] = hi;
      if (++counts[partition]! >= limits[partition]!) this.grow(partition);
    }
  }

  has(fingerprintLo: number, hi: number): boolean {
    const lo = fingerprintLo === 0 ? 1 : fingerprintLo;
    const cells = this.partitions[partitionOf(hi)]!;
    const mask = cells.length - 1;
    for (let p = (lo << 1) & mask; cells[p] !== 0; p = (p + 2) & mask) {
      if (cells[p] === lo && cells[p + 1] === hi) return true;
    }
    return false;
  }

  private grow(partition: number): void {
    const old = this.partitions[partition]!;
    const cells = cellsFor(old.length);
    const mask = cells.length - 1;
    for (let i = 0; i < old.length; i += 2) {
      const lo = old[i]!;
      if (lo === 0) continue;
      let p = (lo << 1) & mask;
      while (cells[p] !== 0) p = (p + 2) & mask;
      cells[p] = lo;
      cells[p + 1] = old[i + 1]!;
    }
    this.partitions[partition] = cells;
    this.setLimit(partition);
  }

  private setLimit(partition: number): void {
    const load = LEAST_LOAD + (LOAD_RANGE * partition) / PARTITIONS;
    this.limits[partition] = Math.floor((load * this.partitions[partition]!.length) / 2);
  }
}
