/**
 * Reads the memo tables for one state at a time: what a group or a property comes to there, what an operation leaves.
 * Where the tables know nothing it asks the resolver, which either finds out at once or answers that it will (0).
 */
import type { Memory } from './memory.js';
import { find } from './pairs.js';
import type { Program } from './program.js';

/** Fills in the tables. Answers are as in the tables; 0 means: not now, leave this state and come back to it. */
export interface Resolver {
  /** 1, when the row of a component in the table of conditions on this slot is filled in. */
  conditions(slot: number, component: number): number;
  /** Address of a list of outcomes. */
  group(group: number, state: Int32Array): number;
  /** Component id + 1. */
  operation(slot: number, component: number, operation: number): number;
  /** DULL or NOTEWORTHY. */
  property(property: number, state: Int32Array): number;
}

export class Reader {
  readonly state: Int32Array;
  readonly code: Int32Array;

  constructor(
    readonly cells: Memory['cells'],
    readonly program: Program,
    readonly resolver: Resolver,
  ) {
    this.code = program.code;
    this.state = new Int32Array(program.slots);
  }

  /** What is memoised for the reads whose code is at `at`, for the present state; 0 if nothing is. */
  memoised(at: number, reads: number): number {
    const { cells, code, state } = this;
    const readsEnd = at + 2 * reads;
    let pairs = readsEnd;
    let read = at;
    let node = 0;
    if (reads > 1) {
      node = state[code[at]!]!;
      const header = code[at + 1]!;
      if (header !== 0) node = cells[cells[header]! + node]! - 1;
      if (node < 0) return 0;
      read = at + 2;
    }
    let value = 0;
    for (; read < readsEnd; read += 2) {
      let id = state[code[read]!]!;
      const header = code[read + 1]!;
      if (header !== 0) id = cells[cells[header]! + id]! - 1;
      if (id < 0) return 0;
      value = find(cells, code[pairs++]!, node, id);
      if (value === 0) return 0;
      node = value - 1;
    }
    return value;
  }

  /** DULL or NOTEWORTHY, of the present state. */
  property(property: number): number {
    const address = this.program.properties[property]!;
    const known = this.memoised(address + 1, this.code[address]!);
    return known !== 0 ? known : this.resolver.property(property, this.state);
  }

  /** Component id + 1 after an operation. */
  operated(slot: number, component: number, operation: number): number {
    const known = find(this.cells, this.program.operationPairs[slot]!, component, operation);
    return known !== 0 ? known : this.resolver.operation(slot, component, operation);
  }
}
