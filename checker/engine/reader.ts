/**
 * Reads the memo tables for one state at a time: what a group or a property comes to there, what an operation leaves.
 * Where the tables know nothing it asks the resolver, which either finds out at once or answers that it will (0).
 *
 * States that lie side by side in a frontier are siblings and cousins, and have most components in common. So a reader
 * that goes from one to the next looks only at what differs.
 */
import type { Layout } from './frontier.js';
import type { Memory } from './memory.js';
import { DULL, OPERATIONS, PAIRS, VALUES } from './outcome.js';
import { find } from './pairs.js';
import type { Program } from './program.js';
import { answerIn } from './tuples.js';

/** Fills in the tables. Answers are as in the tables; 0 means: not now, leave this state and come back to it. */
export interface Resolver {
  /** Address of a cell that is zero unless `attend` should be called before the next state is looked at. */
  readonly bell: number;
  attend(): void;
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
  private readonly components: Int32Array;
  private readonly ids: Int32Array;
  /** By property: the tuple of its arguments for which it was last found to be dull. */
  private readonly dull: Int32Array;

  constructor(
    readonly cells: Memory['cells'],
    readonly program: Program,
    readonly resolver: Resolver,
  ) {
    this.code = program.code;
    this.state = new Int32Array(program.slots).fill(-1);
    this.changed = new Int32Array(program.slots);
    this.packed = new Int32Array(program.slots + 2);
    const nodes = program.nodes.length / 4;
    this.tuples = new Int32Array(nodes);
    this.parents = new Int32Array(nodes).fill(-1);
    this.components = new Int32Array(nodes).fill(-2);
    this.ids = new Int32Array(nodes).fill(-2);
    this.dull = new Int32Array(program.properties.length).fill(-1);
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
    this.look(this.program.checks[property]!);
    return this.answer(property);
  }

  /** Finds out the tuples, in the present state, of the arguments of a list of properties. */
  look(checks: number): void {
    const { cells, state, tuples, parents, components, ids } = this;
    const { nodes } = this.program;
    let at = checks + 1 + cells[checks]!;
    for (const end = at + cells[at]!; at < end; ) {
      const node = cells[++at]!;
      const component = state[nodes[4 * node + 1]!]!;
      const parent = nodes[4 * node]! < 0 ? 0 : tuples[nodes[4 * node]!]!;
      if (components[node] === component && parents[node] === parent) continue;
      const view = nodes[4 * node + 2]!;
      const id = view === 0 ? component : cells[cells[view]! + component]! - 1;
      components[node] = component;
      if (ids[node] === id && parents[node] === parent) continue;
      const pairs = nodes[4 * node + 3]!;
      const isKnown = parent >= 0 && id >= 0;
      const tuple = !isKnown ? -1 : pairs === 0 ? id : find(cells, pairs, parent, id) - 1;
      tuples[node] = tuple;
      parents[node] = parent;
      ids[node] = id;
      // A tuple that there is none of yet has to be looked for again.
      if (tuple < 0) components[node] = ids[node] = -2;
    }
  }

  /** DULL or NOTEWORTHY, of the present state, in which the arguments have been looked at. */
  answer(property: number): number {
    const { cells, code, dull, tuples } = this;
    const address = this.program.properties[property]!;
    const tuple = tuples[code[address]!]!;
    if (tuple >= 0) {
      if (dull[property] === tuple) return DULL;
      const known = answerIn(cells, code[address + 1]!, tuple * code[address + 2]! + code[address + 3]!);
      if (known === DULL) dull[property] = tuple;
      if (known !== 0) return known;
    }
    return this.resolver.property(property, this.state);
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
