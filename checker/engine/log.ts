/**
 * Successors in the order in which they were generated, before anyone knows which of them are new. Those that are known
 * not to be are left out.
 */

import type { Memory } from './memory.js';

type Cells = Int32Array<SharedArrayBuffer>;

export interface LogMemory {
  /** Fingerprints. */
  readonly lo: Cells;
  readonly hi: Cells;
  /**
   * What the set of visited states is asked for. Without symmetry these are the fingerprints, in the very same arrays;
   * with it, the least fingerprints of the orbits.
   */
  readonly keyLo: Cells;
  readonly keyHi: Cells;
  /** Addresses of outcomes. */
  readonly outcome: Cells;
  /** Numbers of the actions among those of the parent. */
  readonly action: Uint16Array<SharedArrayBuffer>;
  /** 1 for a successor that turned out to be new. */
  readonly won: Uint8Array<SharedArrayBuffer>;
}

/** Where in the memory of all threads a log lies, which is what they tell each other of it. */
export interface LogPlace {
  /** Entries that there is room for; a multiple of four. */
  readonly length: number;
  readonly address: number;
  /** Whether keys are not the fingerprints. */
  readonly hasKeys: boolean;
}

/** The log that lies there. */
export const logAt = ({ cells: { buffer } }: Memory, { length, address, hasKeys }: LogPlace): LogMemory => {
  let at = address;
  const take = (size: number): number => {
    at += size;
    return 4 * (at - size);
  };
  const cells = (): Cells => new Int32Array(buffer, take(length), length);
  const lo = cells();
  const hi = cells();
  return {
    lo,
    hi,
    keyLo: hasKeys ? cells() : lo,
    keyHi: hasKeys ? cells() : hi,
    outcome: cells(),
    action: new Uint16Array(buffer, take(length / 2), length),
    won: new Uint8Array(buffer, take(length / 4), length),
  };
};

/** Where the successors of a state are. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

export class Log {
  count = 0;

  memory: LogMemory;
  place: LogPlace;

  /** @param hasKeys whether keys are not the fingerprints. */
  constructor(
    private readonly store: Memory,
    length: number,
    hasKeys: boolean,
  ) {
    this.place = this.newPlace(length, hasKeys);
    this.memory = logAt(store, this.place);
  }

  private newPlace(length: number, hasKeys: boolean): LogPlace {
    const cells = (hasKeys ? 5 : 3) * length + (3 * length) / 4;
    return { length, address: this.store.fresh(cells), hasKeys };
  }

  /**
   * Puts the successors of a chunk of states one after another again, at the end.
   * @param starts where the successors of each state begin, and where the last end; is changed to where they are then.
   * @param missed states without successors there, in order, and where theirs are.
   */
  assemble(starts: Int32Array, missed: readonly number[], pieces: ReadonlyMap<number, Piece>): void {
    const old = starts.slice();
    const states = starts.length - 1;
    let done = 0;
    for (const state of [...missed, states]) {
      this.move(old[done]!, old[state]!, old, starts, done, state);
      if (state === states) break;
      const { start, end } = pieces.get(state)!;
      starts[state] = this.count;
      this.copy(start, end);
      done = state + 1;
    }
    starts[states] = this.count;
  }

  /** Moves what states [from, to) have to the end. */
  private move(
    start: number,
    end: number,
    old: Int32Array,
    starts: Int32Array,
    from: number,
    to: number,
  ): void {
    for (let state = from; state < to; state++) starts[state] = this.count + old[state]! - start;
    this.copy(start, end);
  }

  private copy(start: number, end: number): void {
    this.reserve(end - start);
    const { lo, hi, keyLo, keyHi, outcome, action } = this.memory;
    for (const cells of [lo, hi, keyLo, keyHi, outcome, action]) cells.copyWithin(this.count, start, end);
    this.count += end - start;
  }

  /** Makes room for `more` entries. */
  reserve(more: number): void {
    let { length } = this.memory.lo;
    if (this.count + more <= length) return;
    while (this.count + more > length) length *= 2;
    const { lo, hi, keyLo, keyHi, outcome, action } = this.memory;
    this.place = this.newPlace(length, this.place.hasKeys);
    const wider = logAt(this.store, this.place);
    wider.lo.set(lo);
    wider.hi.set(hi);
    wider.keyLo.set(keyLo);
    wider.keyHi.set(keyHi);
    wider.outcome.set(outcome);
    wider.action.set(action);
    this.memory = wider;
  }
}
