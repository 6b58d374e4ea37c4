/**
 * The states of a finished search, once more, in the order in which they were found. Nothing but how each was reached has
 * been kept of them, so they are made again, a level from the one before it; only two levels are held at a time, packed.
 */
import { type Layout, layoutFor, pack, unpack } from '../engine/frontier.js';
import type { Links } from '../engine/links.js';
import { Stepper } from '../engine/stepper.js';
import type { Tables } from '../engine/tables.js';

/** What a search knows when it has finished. */
export interface Searched {
  readonly tables: Tables;
  readonly links: Links;
  /** States found at each depth. */
  readonly levels: readonly number[];
}

interface Level {
  /** Number of its first state. */
  readonly first: number;
  readonly cells: Int32Array;
}

export class Again {
  /** The present state: its number, its depth, and its component ids in an array that is used again. */
  number = -1;
  depth = 0;
  readonly state: Int32Array;
  private readonly stepper: Stepper;
  private readonly layout: Layout;
  private before: Level;
  private level: Level;
  private readonly parent: Int32Array;
  private parentNumber = -1;

  constructor(private readonly searched: Searched) {
    this.stepper = new Stepper(searched.tables);
    this.state = this.stepper.state;
    this.layout = layoutFor(searched.tables.sizes());
    this.parent = this.state.slice();
    this.level = this.empty(0, 1);
    this.before = this.level;
  }

  /** Goes on to the next state; false if there is none. */
  next(): boolean {
    const { searched, layout, state } = this;
    if (++this.number >= searched.links.count) return false;
    if (this.number === 0) state.set(searched.tables.initial());
    else {
      if (this.number === this.level.first + searched.levels[this.depth]!) this.descend();
      this.make();
    }
    pack(layout, this.level.cells, (this.number - this.level.first) * layout.stride, state);
    return true;
  }

  private descend(): void {
    this.before = this.level;
    this.level = this.empty(this.number, this.searched.levels[++this.depth]!);
  }

  private empty(first: number, size: number): Level {
    return { first, cells: new Int32Array(size * this.layout.stride) };
  }

  /** Leaves the present state in the stepper. */
  private make(): void {
    const { stepper, layout, parent, number, before } = this;
    const { parent: parentNumber, action } = this.searched.links.at(number);
    if (parentNumber === this.parentNumber) stepper.state.set(parent);
    else {
      unpack(layout, before.cells, (parentNumber - before.first) * layout.stride, parent);
      stepper.state.set(parent);
      stepper.list();
      this.parentNumber = parentNumber;
    }
    stepper.take(action);
  }
}
