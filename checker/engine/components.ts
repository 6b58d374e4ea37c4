/**
 * The components of one kind: their ids, what each contributes to a fingerprint in each slot of the kind, the views of
 * them, and the memo of operations on them. View and mix tables in `Memory` always cover every id given out, so that
 * the search reads them without asking.
 */
import { encode, hash64, mix } from '../canonical.js';
import type { Kind, View } from '../model.js';
import { type Permutation, renamed } from '../symmetry.js';
import { Intern } from './intern.js';
import type { Memory } from './memory.js';
import { createPairs } from './pairs.js';

/** The results of a view, and which of them each component has. */
export interface ViewTable {
  readonly view: View<any, any>;
  readonly results: Intern;
  /** Address of the cell that holds the address of the table; entry = result id + 1, or 0. */
  readonly header: number;
}

export class Components {
  readonly interned = new Intern();
  readonly operations = new Intern();
  /** Pairs (component id, operation id) -> component id + 1. */
  readonly operationPairs: number;
  readonly views = new Map<View<any, any>, ViewTable>();
  private readonly mixHeaders: { readonly slot: number; readonly header: number }[] = [];
  /** What they become, and by slot where to; none but in a search for orbits. */
  private permutations: readonly Permutation[] = [];
  private readonly images: { readonly slots: readonly number[]; readonly header: number }[] = [];
  private readonly tables: { readonly header: number; readonly width: number }[] = [];
  private capacity = 16;

  constructor(
    readonly kind: Kind<any, any>,
    private readonly memory: Memory,
  ) {
    this.operationPairs = createPairs(memory);
  }

  get size(): number {
    return this.interned.values.length;
  }

  /** Address of the cell that holds the address of the slot's mixes: two cells an id. To be called before any component. */
  addSlot(slot: number): number {
    const header = this.addTable(2);
    this.mixHeaders.push({ slot, header });
    return header;
  }

  /**
   * What a component in this slot contributes to the fingerprints of a state's images. To be called before any component.
   * @param slots by permutation: the slot that the component goes to.
   * @returns address of the cell that holds the address of the table: two cells a permutation in each row.
   */
  addImages(permutations: readonly Permutation[], slots: readonly number[]): number {
    const header = this.addTable(2 * permutations.length);
    this.permutations = permutations;
    this.images.push({ slots, header });
    return header;
  }

  addView(view: View<any, any>): ViewTable {
    let table = this.views.get(view);
    if (table === undefined) {
      table = { view, results: new Intern(), header: this.addTable(1) };
      this.views.set(view, table);
    }
    return table;
  }

  idOf(component: unknown, what: string): number {
    const known = this.size;
    const id = this.interned.idOf(component, what);
    if (id === known) this.added(id);
    return id;
  }

  /** Gives ids to components, by their canonical encodings, as another run did. */
  restore(texts: readonly string[]): void {
    for (const [id, text] of texts.entries()) {
      if (this.idOf(JSON.parse(text), `a ${this.kind.name} of the checkpoint`) !== id)
        throw new Error(`internal error: component ${id} of kind ${this.kind.name} has another id here`);
    }
  }

  private added(id: number): void {
    if (id >= this.capacity) this.memory.exclusively(() => this.grow());
    const hash = hash64(this.interned.texts[id]!);
    const { cells } = this.memory;
    for (const { slot, header } of this.mixHeaders) {
      const contribution = mix(slot, hash);
      const address = cells[header]! + 2 * id;
      cells[address] = contribution.lo;
      cells[address + 1] = contribution.hi;
    }
    for (const [number, permutation] of this.permutations.entries()) this.addImage(id, number, permutation);
  }

  private addImage(id: number, number: number, permutation: Permutation): void {
    const { kind, interned, images, permutations, memory } = this;
    const hash = hash64(encode(renamed(permutation, kind, interned.values[id]), `a renamed ${kind.name}`));
    for (const { slots, header } of images) {
      const contribution = mix(slots[number]!, hash);
      const address = memory.cells[header]! + 2 * (permutations.length * id + number);
      memory.cells[address] = contribution.lo;
      memory.cells[address + 1] = contribution.hi;
    }
  }

  /**
   * A table of rows, one for every id given out now or later, at first zero.
   * @param width cells of a row.
   * @returns address of the cell that holds the address of the table.
   */
  addTable(width: number): number {
    const header = this.memory.allocate(1);
    const table = this.memory.allocate(width * this.capacity);
    this.memory.cells[header] = table;
    this.tables.push({ header, width });
    return header;
  }

  private grow(): void {
    const { cells } = this.memory;
    for (const { header, width } of this.tables) {
      const size = width * this.capacity;
      const table = this.memory.allocate(2 * size);
      const old = cells[header]!;
      cells.copyWithin(table, old, old + size);
      this.memory.release(old, size);
      cells[header] = table;
    }
    this.capacity *= 2;
  }
}
