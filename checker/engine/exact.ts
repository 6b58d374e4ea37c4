/**
 * The set of the states found, as packed vectors instead of fingerprints: nothing rests on probability. Fingerprints only
 * say where to look; two states are the same if every slot has the same component. Slower, and larger by the vectors.
 */
import { append, Frontier, SegmentPool } from './frontier.js';
import { SEGMENT_CELLS } from './shares.js';

const GREATEST_LOAD = 0.5;

export class ExactStates {
  /** Every state found, in order; nothing of it is ever given back. */
  private readonly store = new Frontier(new SegmentPool(SEGMENT_CELLS));
  /** Number of the first state in each segment of the store. */
  private readonly firsts: number[] = [];
  /** Open addressing by fingerprint: number of a state + 1, or 0. */
  private table = new Uint32Array(1 << 12);

  get size(): number {
    return this.store.count;
  }

  /** Makes sure that ids below these sizes fit; see `Frontier.prepare`. */
  prepare(sizes: ArrayLike<number>): void {
    this.store.prepare(sizes);
  }

  /** Adds a state; false if it was there. */
  add(state: Int32Array, lo: number, hi: number): boolean {
    const mask = this.table.length - 1;
    let p = lo & mask;
    for (; this.table[p] !== 0; p = (p + 1) & mask) {
      if (this.isSame(this.table[p]! - 1, state, lo, hi)) return false;
    }
    append(this.store, state, lo, hi);
    while (this.firsts.length < this.store.segments) this.firsts.push(this.size - 1);
    this.table[p] = this.size;
    if (this.size > GREATEST_LOAD * this.table.length) this.grow();
    return true;
  }

  /** Whether a state with this fingerprint is there. */
  has(lo: number, hi: number): boolean {
    const mask = this.table.length - 1;
    for (let p = lo & mask; this.table[p] !== 0; p = (p + 1) & mask) {
      const { cells, record } = this.record(this.table[p]! - 1);
      if (cells[record] === lo && cells[record + 1] === hi) return true;
    }
    return false;
  }

  private record(state: number) {
    let low = 0;
    let high = this.firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.firsts[middle]! <= state) low = middle;
      else high = middle - 1;
    }
    const { cells, layout } = this.store.segment(low);
    return { cells, layout, record: (state - this.firsts[low]!) * layout.stride };
  }

  private isSame(known: number, state: Int32Array, lo: number, hi: number): boolean {
    const { cells, layout, record } = this.record(known);
    if (cells[record] !== lo || cells[record + 1] !== hi) return false;
    const { words, shifts, masks } = layout;
    for (let slot = 0; slot < state.length; slot++) {
      if (((cells[record + words[slot]!]! >>> shifts[slot]!) & masks[slot]!) !== state[slot]!) return false;
    }
    return true;
  }

  private grow(): void {
    const table = new Uint32Array(2 * this.table.length);
    const mask = table.length - 1;
    for (let state = 0; state < this.size; state++) {
      const { cells, record } = this.record(state);
      let p = cells[record]! & mask;
      while (table[p] !== 0) p = (p + 1) & mask;
      table[p] = state + 1;
    }
    this.table = table;
  }
}
