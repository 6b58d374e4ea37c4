/**
 * Reads the memo tables for one state at a time: what a group or a property comes to there, what an operation leaves.
 * Where the tables know nothing it asks the resolver, which either finds out at once or answers that it will (0).
 *
 * States that lie side by side in a frontier are siblings and cousins, and have most components in common. So a reader
 * that goes from one to the next looks only at what differs.
 */
import type { Layout } from './frontier.js';
import type { Memory } from './memory.js';
import { OPERATIONS, PAIRS, VALUES } from './outcome.js';
import { find } from './pairs.js';
import type { Program } from './program.js';
import { answerIn } from './tuples.js';

/** Fills in the tables. Answers are as in the tables; 0 means: not now, leave this state and come back to it. */
export interface Resolver {
  /** Address of the words of bits that stand for the groups that a component of this slot does not rule out. */
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
  /** The slots in which the state that was loaded last differs from the one before; as many as `load` returned. */
  readonly changed: Int32Array;
  /** The packed words that the present state was loaded from, and their layout; absent if it has been changed since. */
  private readonly packed: Int32Array;
  private layout: Layout | undefined;
  /** By node of the tree of properties' arguments: its tuple for this tuple of its parent and this component. */
  private readonly tuples: Int32Array;
  private readonly parents: Int32Array;
  private readonly leaves: Int32Array;

  constructor(
    readonly cells: Memory['cells'],
    readonly program: Program,
    readonly resolver: Resolver,
  ) {
    this.code = program.code;
    this.state = new Int32Array(program.slots).fill(-1);
    this.changed = new Int32Array(program.slots);
    this.packed = new Int32Array(program.slots + 2);
    this.tuples = new Int32Array(program.tupleNodes);
    this.parents = new Int32Array(program.tupleNodes).fill(-1);
    this.leaves = new Int32Array(program.tupleNodes).fill(-1);
  }

  /**
   * Makes the present state the one in a record.
   * @returns how many slots that has changed.
   */
  load(layout: Layout, cells: Int32Array, record: number): number {
    const { state, changed, packed } = this;
    const { shifts, masks, ends, stride } = layout;
    const isOther = layout !== this.layout;
    this.layout = layout;
    let n = 0;
    let slot = 0;
    for (let word = 2; word < stride; word++) {
      const end = ends[word]!;
      const bits = cells[record + word]!;
      if (bits !== packed[word] || isOther) {
        packed[word] = bits;
        for (; slot < end; slot++) {
          const component = (bits >>> shifts[slot]!) & masks[slot]!;
          if (component === state[slot]) continue;
          state[slot] = component;
          changed[n++] = slot;
        }
      }
      slot = end;
    }
    return n;
  }

  /** Makes of the present state none at all: the next one that is loaded differs from it in every slot. */
  unload(): void {
    this.state.fill(-1);
    this.layout = undefined;
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
    const { cells, code, state, tuples, parents, leaves } = this;
    let tuple = 0;
    for (const end = at + 4 * nodes; at < end; at += 4) {
      const node = code[at]!;
      const component = state[code[at + 1]!]!;
      if (leaves[node] === component && parents[node] === tuple) {
        tuple = tuples[node]!;
        continue;
      }
      let id = component;
      const header = code[at + 2]!;
      if (header !== 0) id = cells[cells[header]! + id]! - 1;
      if (id < 0) return -1;
      const pairs = code[at + 3]!;
      const parent = tuple;
      tuple = pairs === 0 ? id : find(cells, pairs, parent, id) - 1;
      if (tuple < 0) return -1;
      leaves[node] = component;
      parents[node] = parent;
      tuples[node] = tuple;
    }
    return tuple;
  }

  /** Makes of the present state what it becomes by an outcome. */
  apply(outcome: number): void {
    const { cells, state } = this;
    this.layout = undefined;
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
