/** A set of addresses of outcomes, as bits. */

/** Outcomes are longer than this many cells, so that no two share a bit. */
const CELLS_BITS = 2;

export class Marks {
  count = 0;
  private bits = new Uint8Array(1 << 12);

  add(address: number): void {
    const at = address >>> CELLS_BITS;
    if (at >>> 3 >= this.bits.length) this.widen(at >>> 3);
    const bit = 1 << (at & 7);
    if ((this.bits[at >>> 3]! & bit) !== 0) return;
    this.bits[at >>> 3]! |= bit;
    this.count++;
  }

  private widen(byte: number): void {
    let { length } = this.bits;
    while (byte >= length) length *= 2;
    const wider = new Uint8Array(length);
    wider.set(this.bits);
    this.bits = wider;
  }
}
