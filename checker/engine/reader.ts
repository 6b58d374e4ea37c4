/**
 * Reads the memo tables for one state at a time: what a group or a property comes to there, what an operation leaves.
 * Where the tables know nothing it asks the resolver, which either finds out at once or answers that it will (0).
 */

import type { Memory } from './memory.js';
import { OPERATIONS, PAIRS, VALUES } from './outcome.js';
import { find } from './pairs.js';
import type { Program } from './program.js';
import { answerIn } from './tuples.js';

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
  /** By node of the tree of properties' arguments: its tuple in the present state, if the stamp is the present one. */
  private readonly tuples: Int32Array;
  private readonly stamps: Int32Array;
  private stamp = 0;

  constructor(
    readonly cells: Memory['cells'],
    readonly program: Program,
    readonly resolver: Resolver,
  ) {
    this.code = program.code;
    this.state = new Int32Array(program.slots);
    this.tuples = new Int32Array(program.tupleNodes);
    this.stamps = new Int32Array(program.tupleNodes).fill(-1);
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

  /** To be called when the present state has become another, before it is asked for properties. */
  changed(): void {
    this.stamp = (this.stamp + 1) | 0;
  }

  /** DULL or NOTEWORTHY, of the present state. */
  property(property: number): number {
    const { cells, code } = this;
    const address = this.program.properties[property]!;
    const tuple = this.tuple(address + 4, code[address]!);
    if (tuple >= 0) {
      const known = answerIn(cells, code[address + 1]!, tuple * code[address + 2]! + code[address + 3]!);
      if (known !== 0) return known;
    }
    return this.resolver.property(property, this.state);
  }

  /** Number of the tuple at the end of a path of nodes, in the present state; -1 if it has none yet. */
  private tuple(at: number, nodes: number): number {
    const { cells, code, state, stamps, tuples, stamp } = this;
    let tuple = 0;
    for (const end = at + 4 * nodes; at < end; at += 4) {
      const node = code[at]!;
      if (stamps[node] === stamp) {
        tuple = tuples[node]!;
        continue;
      }
      let id = state[code[at + 1]!]!;
      const header = code[at + 2]!;
      if (header !== 0) id = cells[cells[header]! + id]! - 1;
      if (id < 0) return -1;
      const pairs = code[at + 3]!;
      tuple = pairs === 0 ? id : find(cells, pairs, tuple, id) - 1;
      if (tuple < 0) return -1;
      stamps[node] = stamp;
      tuples[node] = tuple;
    }
    return tuple;
  }

  /** Makes of the present state what it becomes by an outcome. */
  apply(outcome: number): void {
    const { cells, state } = this;
    let pair = outcome + PAIRS;
    const valuesEnd = pair + 2 * cells[outcome + VALUES]!;
    const end = valuesEnd + 2 * cells[outcome + OPERATIONS]!;
    for (; pair < end; pair += 2) {
      const slot = cells[pair]!;
      const id = cells[pair + 1]!;
      state[slot] = pair < valuesEnd ? id : this.operated(slot, state[slot]!, id) - 1;
    }
  }

  /** Component id + 1 after an operation. */
  operated(slot: number, component: number, operation: number): number {
    const known = find(this.cells, this.program.operationPairs[slot]!, component, operation);
    return known !== 0 ? known : this.resolver.operation(slot, component, operation);
  }
}
