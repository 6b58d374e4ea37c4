/**
 * The arguments of properties, interned as tuples. Many properties read nearly the same wide list, and the tables of wide
 * lists are what does not fit the caches; so the lists are put into one order, common arguments first, and form a tree
 * of prefixes. A node of it stands for a prefix: a tuple of the node is a number, found from the number of the tuple of
 * its parent and the id of one more argument. What the properties with the same list come to lies in one row a tuple.
 */
import type { Argument } from './arguments.js';
import type { Memory } from './memory.js';
import { createPairs, find, insert } from './pairs.js';

export interface TupleNode {
  /** In the order in which they were made; a parent comes before its children. */
  readonly number: number;
  /** Number of the parent; -1 if it has none. */
  readonly parent: number;
  readonly argument: Argument;
  /** Table of pairs (tuple of the parent, id of the argument) -> tuple + 1; 0: the tuple is the id itself. */
  readonly pairs: number;
  readonly children: TupleNode[];
  /** Tuples numbered so far. */
  count: number;
  /** The list that ends here, which has to have a row for every tuple, whoever it was numbered for. */
  list: TupleList | undefined;
}

/** All properties that read the same. */
export class TupleList {
  /** Address of the cell that holds the address of the rows: a byte for each answer, four a cell. */
  readonly header: number;
  /** Bytes of a row: as many as there are properties. */
  width = 0;
  /** Rows that there is room for; memory that is not written to is not resident. */
  private capacity = 0;

  constructor(
    /** From the first argument on; the last node stands for the whole list. */
    readonly path: readonly TupleNode[],
    private readonly memory: Memory,
  ) {
    this.header = memory.allocate(1);
  }

  /** Number of the tuple of these ids, which are in the order of the path. */
  tupleOf(ids: readonly number[]): number {
    let tuple = 0;
    for (const [i, node] of this.path.entries()) tuple = this.step(node, tuple, ids[i]!);
    return tuple;
  }

  /** What the `place`-th property of the list comes to; 0 if that is not known. */
  answer(tuple: number, place: number): number {
    return answerIn(this.memory.cells, this.header, tuple * this.width + place);
  }

  /** To be called once. */
  setAnswer(tuple: number, place: number, answer: number): void {
    const { cells } = this.memory;
    const index = tuple * this.width + place;
    cells[cells[this.header]! + (index >> 2)]! |= answer << ((index & 3) << 3);
  }

  private step(node: TupleNode, parent: number, id: number): number {
    if (node.pairs === 0) return id;
    const known = find(this.memory.cells, node.pairs, parent, id);
    if (known !== 0) return known - 1;
    const tuple = node.count++;
    node.list?.makeRow(tuple);
    insert(this.memory, node.pairs, parent, id, tuple + 1);
    return tuple;
  }

  /** Makes sure that a tuple has a row. */
  makeRow(tuple: number): void {
    if (tuple >= this.capacity) this.memory.exclusively(() => this.grow());
  }

  private grow(): void {
    const { memory, header, capacity, width } = this;
    this.capacity = Math.max(16, (memory.isScarce ? 2 : 8) * capacity);
    const size = Math.ceil((width * capacity) / 4);
    const rows = memory.fresh(Math.ceil((width * this.capacity) / 4));
    const old = memory.cells[header]!;
    memory.cells.copyWithin(rows, old, old + size);
    if (capacity > 0) memory.release(old, size);
    memory.cells[header] = rows;
  }
}

/** The answer with this index in the rows that a header leads to. */
export const answerIn = (cells: Int32Array, header: number, index: number): number =>
  (cells[cells[header]! + (index >> 2)]! >>> ((index & 3) << 3)) & 0xff;

const keyOf = ({ slot, view }: Argument): string => `${slot},${view?.header ?? 0}`;

export class Tuples {
  readonly nodes: TupleNode[] = [];
  private readonly roots: TupleNode[] = [];
  private readonly lists = new Map<string, TupleList>();
  private readonly frequency = new Map<string, number>();

  /** @param lists what is going to be asked for, so that common arguments come first. */
  constructor(
    private readonly memory: Memory,
    lists: readonly (readonly Argument[])[],
  ) {
    for (const key of lists.flat().map(keyOf)) this.frequency.set(key, (this.frequency.get(key) ?? 0) + 1);
  }

  /** The list of these arguments, and for each node of its path the place of its argument among them. */
  listOf(wanted: readonly Argument[]): { readonly list: TupleList; readonly order: readonly number[] } {
    const order = [...wanted.keys()].sort((a, b) => this.compare(wanted[a]!, wanted[b]!) || a - b);
    const sorted = order.map((place) => wanted[place]!);
    const key = sorted.map(keyOf).join(' ');
    let list = this.lists.get(key);
    if (list === undefined) {
      list = new TupleList(this.pathOf(sorted), this.memory);
      list.path.at(-1)!.list = list;
      this.lists.set(key, list);
    }
    return { list, order };
  }

  private compare(a: Argument, b: Argument): number {
    const byFrequency = this.frequency.get(keyOf(b))! - this.frequency.get(keyOf(a))!;
    return byFrequency || a.slot - b.slot || (a.view?.header ?? 0) - (b.view?.header ?? 0);
  }

  private pathOf(sorted: readonly Argument[]): readonly TupleNode[] {
    // The ids of one argument alone may be many more than the tuples that occur; these have numbers of their own.
    if (sorted.length === 1) return [this.newNode(sorted[0]!, -1, createPairs(this.memory))];
    const path: TupleNode[] = [];
    let siblings = this.roots;
    for (const argument of sorted) {
      let node = siblings.find((other) => keyOf(other.argument) === keyOf(argument));
      if (node === undefined) {
        node = this.newNode(
          argument,
          path.at(-1)?.number ?? -1,
          path.length === 0 ? 0 : createPairs(this.memory),
        );
        siblings.push(node);
      }
      path.push(node);
      siblings = node.children;
    }
    return path;
  }

  private newNode(argument: Argument, parent: number, pairs: number): TupleNode {
    const number = this.nodes.length;
    const node = { number, parent, argument, pairs, children: [], count: 0, list: undefined };
    this.nodes.push(node);
    return node;
  }
}
