/** What is known of states, by fingerprint: an open-addressing table that grows. */

export type Fate = number;
/** Not known. */
export const OPEN: Fate = 0;
/** Some continuation recovers. */
export const RECOVERS: Fate = 1;
/** No continuation does, and none was cut short by a bound. */
export const TRAPPED: Fate = 2;
/** None was found to, but a bound was in the way. */
export const UNDETERMINED: Fate = 3;

/** Cells of an entry: the fingerprint, and the fate. */
const ENTRY = 3;

export class Fates {
  count = 0;
  private cells = new Int32Array(ENTRY << 12);
  private mask = (1 << 12) - 1;

  get(lo: number, hi: number): Fate {
    return this.cells[this.place(lo, hi) + 2]!;
  }

  set(lo: number, hi: number, fate: Fate): void {
    let at = this.place(lo, hi);
    if (this.cells[at + 2] === OPEN) {
      if (2 * ++this.count > this.mask) {
        this.grow();
        at = this.place(lo, hi);
      }
      this.cells[at] = lo;
      this.cells[at + 1] = hi;
    }
    this.cells[at + 2] = fate;
  }

  /** Where the entry of this fingerprint is, or would be. Fingerprints are hashes already. */
  private place(lo: number, hi: number): number {
    const { cells, mask } = this;
    for (let p = (lo ^ (hi >>> 7)) & mask; ; p = (p + 1) & mask) {
      const at = ENTRY * p;
      if (cells[at + 2] === OPEN || (cells[at] === lo && cells[at + 1] === hi)) return at;
    }
  }

  private grow(): void {
    const old = this.cells;
    this.mask = 2 * this.mask + 1;
    this.cells = new Int32Array(ENTRY * (this.mask + 1));
    for (let from = 0; from < old.length; from += ENTRY) {
      if (old[from + 2] === OPEN) continue;
      const at = this.place(old[from]!, old[from + 1]!);
      this.cells.set(old.subarray(from, from + ENTRY), at);
    }
  }
}
