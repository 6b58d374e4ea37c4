/**
 * The second half of the hot loop: what becomes of the successors that turned out to be new. Each is packed into the next
 * frontier and asked for the properties that may have changed.
 */
import type { Findings } from './findings.js';
import { type Output, pack, type Segment } from './frontier.js';
import type { LogMemory } from './log.js';
import type { Question } from './messages.js';
import { CHECKS, DULL, NOTEWORTHY, OPERATIONS, PAIRS, VALUES } from './outcome.js';
import type { Reader } from './reader.js';

export class Settler {
  /** Number of the state whose successors are being settled, and of the action; -1 while there is none. */
  atState = 0;
  atAction = -1;
  /** What the resolver has put off. */
  readonly questions: Question[] = [];

  constructor(
    /** Of the settler alone. */
    private readonly reader: Reader,
    private readonly findings: Findings,
  ) {}

  /** Settles what the log holds of the records [from, to) of a segment; for the parameters see `expand`. */
  settle(
    segment: Segment,
    from: number,
    to: number,
    first: number,
    depth: number,
    starts: Int32Array,
    log: LogMemory,
    output: Output,
  ): void {
    const { won, outcome, action, lo, hi } = log;
    const { cells, resolver } = this.reader;
    for (let at = from; at < to; at++) {
      if (Atomics.load(cells, resolver.bell) !== 0) resolver.attend();
      const end = starts[at - from + 1]!;
      for (let n = starts[at - from]!; n < end; n++) {
        if (won[n] === 0) continue;
        this.atState = first + at - from;
        this.atAction = action[n]!;
        const record = output.record(this.atState, this.atAction);
        output.cells[record] = lo[n]!;
        output.cells[record + 1] = hi[n]!;
        if (segment.layout === output.layout) this.patch(segment, at, outcome[n]!, output, record);
        else this.repack(segment, at, outcome[n]!, output, record);
        const checks = cells[outcome[n]! + CHECKS]!;
        if (cells[checks] !== 0) this.ask(checks, depth + 1, output, record);
      }
    }
    this.atAction = -1;
  }

  /** Copies the parent, then overwrites the ids of the slots that the outcome writes. */
  private patch(segment: Segment, at: number, outcome: number, output: Output, record: number): void {
    const { reader } = this;
    const { words, shifts, masks, stride } = segment.layout;
    const parent = at * stride;
    const target = output.cells;
    for (let word = 2; word < stride; word++) target[record + word] = segment.cells[parent + word]!;
    const { cells } = reader;
    let pair = outcome + PAIRS;
    const valuesEnd = pair + 2 * cells[outcome + VALUES]!;
    const end = valuesEnd + 2 * cells[outcome + OPERATIONS]!;
    for (; pair < end; pair += 2) {
      const slot = cells[pair]!;
      const shift = shifts[slot]!;
      const mask = masks[slot]!;
      const word = record + words[slot]!;
      let id = cells[pair + 1]!;
      if (pair >= valuesEnd) id = reader.operated(slot, (target[word]! >>> shift) & mask, id) - 1;
      target[word] = (target[word]! & ~(mask << shift)) | (id << shift);
    }
  }

  /** The same where the next frontier is wider than this one. */
  private repack(segment: Segment, at: number, outcome: number, output: Output, record: number): void {
    const { reader } = this;
    reader.load(segment.layout, segment.cells, at * segment.layout.stride);
    reader.apply(outcome);
    pack(output.layout, output.cells, record, reader.state);
  }

  /** Asks the state in this record for a list of properties. */
  private ask(checks: number, depth: number, output: Output, record: number): void {
    const { findings, reader, atState, atAction } = this;
    const { cells } = reader;
    reader.load(output.layout, output.cells, record);
    reader.look(checks);
    const count = cells[checks]!;
    for (let i = 1; i <= count; i++) {
      const property = cells[checks + i]!;
      if (findings.open[property] === 0) continue;
      const answer = reader.answer(property);
      if (answer === DULL) continue;
      const lo = output.cells[record]!;
      const hi = output.cells[record + 1]!;
      const finding = { property, depth, parent: atState, action: atAction, lo, hi };
      if (answer === NOTEWORTHY) findings.note(finding);
      else this.questions.push({ ...finding, state: reader.state.slice() });
    }
  }
}
