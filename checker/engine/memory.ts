/**
 * The one array of integers in which all memo tables of a run lie, so that the search touches a single typed array and
 * any number of threads can read it. Addresses are indexes. Fresh cells are zero, and zero means "not known" everywhere.
 */
import { reserve } from './reserve.js';

/** Four gigabytes. */
const MOST = 2 ** 30;
const LEAST = 2 ** 22;

/** Cells of a block that is worth cutting up. */
const LARGE = 2 ** 10;

export class Memory {
  readonly cells = reserve(MOST, LEAST);
  private top = 0;
  /** Small blocks given back, by size. */
  private readonly free = new Map<number, number[]>();
  /** Large ones, and what is left of them. */
  private readonly spare: { address: number; size: number }[] = [];

  /**
   * Address of `size` zero cells.
   * @throws Error when the reservation is used up.
   */
  allocate(size: number): number {
    const again = this.free.get(size)?.pop() ?? this.cut(size);
    if (again === undefined) return this.fresh(size);
    this.cells.fill(0, again, again + size);
    return again;
  }

  /** The same, of cells that were never written to, so that they take no memory until they are. */
  fresh(size: number): number {
    const address = this.top;
    this.top += size;
    if (this.top > this.cells.length) {
      throw new Error(`the memo tables of this model exceed ${this.cells.length / 2 ** 18} megabytes`);
    }
    return address;
  }

  /** Whether so much is used up that nothing should be taken beyond what is needed. */
  get isScarce(): boolean {
    return this.top > this.cells.length / 2;
  }

  /** Cuts what is asked for off a large block that was given back. */
  private cut(size: number): number | undefined {
    const block = this.spare.find((one) => one.size >= size);
    if (block === undefined) return undefined;
    const { address } = block;
    block.address += size;
    block.size -= size;
    return address;
  }

  /** Gives cells back, to be allocated again. */
  release(address: number, size: number): void {
    if (size >= LARGE) {
      this.spare.push({ address, size });
      return;
    }
    const addresses = this.free.get(size);
    if (addresses === undefined) this.free.set(size, [address]);
    else addresses.push(address);
  }
}
