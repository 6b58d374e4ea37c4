/**
 * The one array of integers in which all memo tables of a run lie, so that the search touches a single typed array and
 * any number of threads can read it. Addresses are indexes; what is given up is not reused (tables double, so that the
 * waste is at most what is in use). It lies in shared memory, fresh cells are zero, and zero means "not known" everywhere.
 */
export class Memory {
  cells: Int32Array<SharedArrayBuffer>;
  private top = 0;

  constructor(capacity = 1 << 16) {
    this.cells = new Int32Array(new SharedArrayBuffer(capacity * 4));
  }

  /** Address of `size` fresh zero cells. May replace `cells`: whoever holds it must fetch it again. */
  allocate(size: number): number {
    const address = this.top;
    this.top += size;
    if (this.top > this.cells.length) this.grow();
    return address;
  }

  private grow(): void {
    let capacity = this.cells.length;
    while (capacity < this.top) capacity *= 2;
    // An address is an int32 and so are its neighbours in the records that hold it.
    if (capacity > 1 << 30) throw new Error('the memo tables of this model exceed four gigabytes');
    const cells = new Int32Array(new SharedArrayBuffer(capacity * 4));
    cells.set(this.cells);
    this.cells = cells;
  }
}
