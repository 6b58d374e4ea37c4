/**
 * The one array of integers in which all memo tables of a run lie, so that the search touches a single typed array and
 * any number of threads can read it. Addresses are indexes. Fresh cells are zero, and zero means "not known" everywhere.
 */
import { reserve } from './reserve.js';

/** Four gigabytes. */
const MOST = 2 ** 30;
const LEAST = 2 ** 22;

export class Memory {
  readonly cells = reserve(MOST, LEAST);
  private top = 0;
  /** Addresses given back, by size. */
  private readonly free = new Map<number, number[]>();

  /**
   * Address of `size` zero cells.
   * @throws Error when the reservation is used up.
   */
  allocate(size: number): number {
    const again = this.free.get(size)?.pop();
    if (again !== undefined) {
      this.cells.fill(0, again, again + size);
      return again;
    }
    const address = this.top;
    this.top += size;
    if (this.top > this.cells.length) {
      throw new Error(`the memo tables of this model exceed ${this.cells.length / 2 ** 18} megabytes`);
    }
    return address;
  }

  /** Gives cells back for an allocation of the same size. */
  release(address: number, size: number): void {
    const addresses = this.free.get(size);
    if (addresses === undefined) this.free.set(size, [address]);
    else addresses.push(address);
  }
}
