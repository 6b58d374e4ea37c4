/** Successors in the order in which they were generated, before anyone knows which of them are new. */

type Cells = Int32Array<SharedArrayBuffer>;

const cells = (length: number): Cells => new Int32Array(new SharedArrayBuffer(4 * length));

export interface LogMemory {
  /** Fingerprints. */
  readonly lo: Cells;
  readonly hi: Cells;
  /** Addresses of outcomes. */
  readonly outcome: Cells;
  /** 1 for a successor that turned out to be new. */
  readonly won: Uint8Array<SharedArrayBuffer>;
}

export const logMemory = (length: number): LogMemory => ({
  lo: cells(length),
  hi: cells(length),
  outcome: cells(length),
  won: new Uint8Array(new SharedArrayBuffer(length)),
});

/** Where the successors of a state are. */
export interface Piece {
  readonly start: number;
  readonly end: number;
}

export class Log {
  count = 0;

  constructor(public memory: LogMemory) {}

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
    const { lo, hi, outcome } = this.memory;
    for (const cells of [lo, hi, outcome]) cells.copyWithin(this.count, start, end);
    this.count += end - start;
  }

  /** Makes room for `more` entries. */
  reserve(more: number): void {
    let { length } = this.memory.lo;
    if (this.count + more <= length) return;
    while (this.count + more > length) length *= 2;
    const wider = logMemory(length);
    wider.lo.set(this.memory.lo);
    wider.hi.set(this.memory.hi);
    wider.outcome.set(this.memory.outcome);
    this.memory = wider;
  }
}
