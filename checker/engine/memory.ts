/**
 * The one array of integers in which all memo tables of a run lie, so that the search touches a single typed array and
 * any number of threads can read it, in WebAssembly too. Addresses are indexes. Fresh cells are zero, and zero means "not
 * known" everywhere.
 */
import { newMemory } from './wasm.js';

/** The cell that says how many are in use, to all threads. (Address 0 means "none": what lies there is an empty list.) */
const TOP = 1;

/** Cells of a block that is worth cutting up. */
const LARGE = 2 ** 10;

export class Memory {
  readonly cells: Int32Array<SharedArrayBuffer>;
  /** Small blocks given back, by size. */
  private readonly free = new Map<number, number[]>();
  /** Large ones, and what is left of them. */
  private readonly spare: { address: number; size: number }[] = [];

  /** @param store of a memory that other threads have too, which then ask for nothing but fresh cells. */
  constructor(readonly store = newMemory()) {
    this.cells = new Int32Array(store.buffer, 0, store.buffer.byteLength / 4);
    Atomics.compareExchange(this.cells, TOP, 0, TOP + 1);
  }

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
    const address = Atomics.add(this.cells, TOP, size);
    if (address + size > this.cells.length) {
      throw new Error(`the memo tables of this model exceed ${this.cells.length / 2 ** 18} megabytes`);
    }
    return address;
  }

  /** Moves cells that are in use. Whoever lets other threads read them sees to it that none does meanwhile. */
  exclusively: (work: () => void) => void = (work) => work();

  /** Whether so much is used up that nothing should be taken beyond what is needed. */
  get isScarce(): boolean {
    return this.cells[TOP]! > this.cells.length / 2;
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
