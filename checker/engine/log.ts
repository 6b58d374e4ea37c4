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

export class Log {
  count = 0;

  constructor(public memory: LogMemory) {}

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
