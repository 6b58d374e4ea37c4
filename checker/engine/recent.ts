/**
 * The fingerprints logged last, as far as they have not been pushed out by others. About half of all successors, in some
 * models three of four, are ones that a sibling or a cousin had a moment ago, or the state itself; what is found here need not be
 * looked for in the visited set, which is far away in memory.
 *
 * It may forget at any time, but must only ever be told of what is, or will be, in the log before everything it is asked
 * about: whoever is turned away here counts on the other to be inserted, with the lesser link.
 */

/** Pairs of cells: what fits the first-level cache and leaves room there. */
const SIZE = 1 << 12;

export class Recent {
  /** Pairs (lo, hi), each at the place that its lo determines. */
  private readonly cells = new Int32Array(2 * SIZE);

  /** @param trustful whether equal fingerprints are equal states, and nobody wants to see all of them. */
  constructor(public trustful: boolean) {}

  /** Whether a fingerprint is known to have been here; from now on it is. */
  seen(lo: number, hi: number): boolean {
    const { cells } = this;
    const place = (lo & (SIZE - 1)) << 1;
    // Zero stands for empty.
    if (cells[place] === lo && cells[place + 1] === hi && lo !== 0) return this.trustful;
    cells[place] = lo;
    cells[place + 1] = hi;
    return false;
  }

  /** Of a fingerprint that is not in the log after all. */
  forget(lo: number): void {
    const place = (lo & (SIZE - 1)) << 1;
    this.cells[place] = this.cells[place + 1] = 0;
  }
}
