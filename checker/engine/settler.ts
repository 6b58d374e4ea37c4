/**
 * The second half of the hot loop: what becomes of the successors that turned out to be new. Each is linked to its
 * parent, packed into the next frontier, and asked for the properties that may have changed.
 */
import type { Findings } from './findings.js';
import { type Segment, unpack } from './frontier.js';
import type { Log } from './log.js';
import { CHECKS, NOTEWORTHY, OPERATIONS, PAIRS, VALUES } from './outcome.js';
import type { Reader } from './reader.js';

/** Takes the new states, in order. */
export interface Sink {
  add(parent: number, action: number, state: Int32Array, lo: number, hi: number): void;
}

export class Settler {
  /** Number of the state whose successors are being settled, and of the action. */
  atState = 0;
  atAction = -1;
  private readonly before: Int32Array;

  constructor(
    private readonly reader: Reader,
    private readonly findings: Findings,
    private readonly sink: Sink,
  ) {
    this.before = new Int32Array(reader.program.slots);
  }

  /**
   * Settles what the log holds of the records [from, to) of a segment; the parameters are those of `expand`.
   * @returns the record that comes next, which is the one of a property that the resolver put off, if it did.
   */
  settle(
    segment: Segment,
    from: number,
    to: number,
    first: number,
    depth: number,
    starts: Int32Array,
    { memory }: Log,
  ): void {
    const { before, reader } = this;
    const { state } = reader;
    const { won, outcome, lo, hi } = memory;
    for (let at = from; at < to; at++) {
      const start = starts[at - from]!;
      const end = starts[at - from + 1]!;
      let n = start;
      while (n < end && won[n] === 0) n++;
      if (n === end) continue;
      this.atState = first + at - from;
      unpack(segment.layout, segment.cells, at * segment.layout.stride, before);
      for (let slot = 0; slot < state.length; slot++) state[slot] = before[slot]!;
      for (; n < end; n++) {
        if (won[n] === 0) continue;
        this.atAction = n - start;
        this.write(outcome[n]!);
        this.sink.add(this.atState, this.atAction, state, lo[n]!, hi[n]!);
        this.ask(outcome[n]!, depth + 1, lo[n]!, hi[n]!);
        this.unwrite(outcome[n]!);
      }
    }
    this.atAction = -1;
  }

  /** Turns the present state into the successor. Expanding has memoised all operations. */
  private write(outcome: number): void {
    const { reader } = this;
    const { state } = reader;
    const { cells } = reader.memory;
    let at = outcome + PAIRS;
    const valuesEnd = at + 2 * cells[outcome + VALUES]!;
    const end = valuesEnd + 2 * cells[outcome + OPERATIONS]!;
    for (; at < valuesEnd; at += 2) state[cells[at]!] = cells[at + 1]!;
    for (; at < end; at += 2) {
      const slot = cells[at]!;
      state[slot] = reader.operated(slot, state[slot]!, cells[at + 1]!) - 1;
    }
  }

  private unwrite(outcome: number): void {
    const { before, reader } = this;
    const { cells } = reader.memory;
    const count = cells[outcome + VALUES]! + cells[outcome + OPERATIONS]!;
    for (let i = 0; i < count; i++) {
      const slot = cells[outcome + PAIRS + 2 * i]!;
      reader.state[slot] = before[slot]!;
    }
  }

  private ask(outcome: number, depth: number, lo: number, hi: number): void {
    const { findings, reader, atState, atAction } = this;
    const { memory } = reader;
    const checks = memory.cells[outcome + CHECKS]!;
    const count = memory.cells[checks]!;
    for (let i = 1; i <= count; i++) {
      const property = memory.cells[checks + i]!;
      if (findings.open[property] === 0 || reader.property(property) !== NOTEWORTHY) continue;
      findings.note({ property, depth, parent: atState, action: atAction, lo, hi });
    }
  }
}
