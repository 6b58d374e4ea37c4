/**
 * The set of fingerprints of the states found: open addressing, cut into partitions by the fingerprint's top bits, so that
 * it grows a 64th at a time and partitions can have different owners. Its two halves lie in a memory each, because one
 * memory of WebAssembly ends at four gigabytes.
 *
 * A partition is cut into buckets of eight pairs, the length of a cache line. A fingerprint is looked for from the
 * beginning of its bucket on, so that nearly every look-up costs one cache miss. Each partition has a stretch of the
 * memory to itself and grows in place: a small one doubles, a large one grows by a fifth. (A table that doubles is more than
 * half empty at times.)
 */
import {
  DESK_CELLS,
  GREATEST_LOAD,
  HALF,
  HEAD_CELLS,
  Half,
  PARTITION_BITS,
  PARTITIONS,
  type VisitedMemory,
  visitedMemory,
} from './half.js';
import { Inserter } from './inserter.js';
import { type Keys, type Scratch, sortKeys } from './keys.js';

export class Visited {
  private readonly halves: readonly [Half, Half];
  private readonly webAssembly: boolean;
  private readonly inserters: readonly Inserter[];

  /**
   * Of `threads` that share the memory, each adds only to partitions of its own.
   * @param webAssembly whether many are added at a time in WebAssembly.
   */
  constructor(
    readonly memory: VisitedMemory = visitedMemory(),
    webAssembly = true,
    private readonly thread = 0,
    private readonly threads = 1,
  ) {
    const { halves, desks } = memory;
    this.halves = [new Half(halves[0], desks), new Half(halves[1], desks)];
    const desk = HEAD_CELLS + DESK_CELLS * (threads === 1 ? 0 : thread + 1);
    this.webAssembly = webAssembly;
    this.inserters = this.halves.flatMap((half, n) => {
      const own = this.ownOf(n);
      return webAssembly && own !== 0n ? [new Inserter(half, desk, own)] : [];
    });
  }

  get size(): number {
    return this.halves.reduce((all, { counts }) => counts.reduce((sum, count) => sum + count, all), 0);
  }

  /** How many fingerprints there is room for, whichever they are. */
  get most(): number {
    // No partition has more than a few thousandths beyond its share.
    return Math.floor(0.98 * PARTITIONS * 8 * this.halves[0].mostBuckets * GREATEST_LOAD);
  }

  /** Forgets all fingerprints, but keeps the memory. To be called while no other thread uses it. */
  clear(): void {
    for (const half of this.halves) {
      for (let partition = 0; partition < HALF; partition++) half.clear(partition);
    }
  }

  /** The fingerprints of a partition, sorted. */
  sorted(partition: number, scratch: Scratch): Keys {
    const half = this.halves[partition < HALF ? 0 : 1];
    return sortKeys(half.copy(partition % HALF, scratch.of(half.counts[partition % HALF]!)));
  }

  /** Zero stands for empty, so a `lo` of zero counts as one. */
  has(lo: number, hi: number): boolean {
    return this.halfOf(hi).has(lo === 0 ? 1 : lo, hi);
  }

  /** Adds a fingerprint; false if it was there. */
  add(lo: number, hi: number): boolean {
    return this.halfOf(hi).add(lo === 0 ? 1 : lo, hi);
  }

  /**
   * Adds the fingerprints from index `from` up to `to`, in order, as far as they belong to partitions of this thread.
   * Of those that were new, sets `won[i]`, which is to be zero before, to 1.
   * @returns how many were new.
   */
  addAll(los: Int32Array, his: Int32Array, from: number, to: number, won: Uint8Array): number {
    let added = 0;
    for (const inserter of this.inserters) added += inserter.addAll(los, his, from, to, won);
    if (this.webAssembly) return added;
    for (let i = from; i < to; i++) {
      if (!this.owns(his[i]! >>> (32 - PARTITION_BITS)) || !this.add(los[i]!, his[i]!)) continue;
      won[i] = 1;
      added++;
    }
    return added;
  }

  private halfOf(hi: number): Half {
    return this.halves[hi >= 0 ? 0 : 1];
  }

  /** Each thread has partitions that lie side by side, so that two of them do not share a half. */
  private owns(partition: number): boolean {
    return Math.floor((partition * this.threads) / PARTITIONS) === this.thread;
  }

  /** A bit for each partition of this thread in a half. */
  private ownOf(half: number): bigint {
    let bits = 0n;
    for (let partition = HALF * half; partition < HALF * (half + 1); partition++)
      if (this.owns(partition)) bits |= 1n << BigInt(partition);
    return bits;
  }
}
