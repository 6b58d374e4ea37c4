/**
 * Everything that a run knows of its model, as integers: components, views, operations, the outcomes of groups and the
 * truth of properties, each found out by calling the model once and kept in `Memory`. The search reads `Memory` and
 * calls the methods of `Resolver` only where it finds a zero.
 */
import type { Hash } from '../canonical.js';
import type { Goal, Group, Invariant, Model, Outcome, Slot, Urgency, Write } from '../model.js';
import { type Symmetry, slotsAfter, verifySymmetry } from '../symmetry.js';
import {
  type Argument,
  type ArgumentList,
  argumentIdOf,
  argumentValueOf,
  chainOf,
  compileArguments,
  memoise,
  memoised,
  nothing,
} from './arguments.js';
import { Components } from './components.js';
import { Memory } from './memory.js';
import { CHECKS, DULL, FLAGS, NAME, NOTEWORTHY, OPERATIONS, PAIRS, REPLACED, VALUES } from './outcome.js';
import { find, insert } from './pairs.js';
import type { Resolver } from './reader.js';
import { ModelClock, Thrown } from './thrown.js';
import { type TupleList, type TupleNode, Tuples } from './tuples.js';

interface CompiledGroup {
  readonly group: Group;
  /** Its place among the bits that stand for groups. */
  readonly bit: number;
  readonly when: readonly Argument[];
  readonly list: ArgumentList;
  readonly nodes: Int32Array;
}

interface CompiledProperty {
  readonly property: Invariant | Goal;
  readonly isGoal: boolean;
  /** In the order of what it reads. */
  readonly arguments: readonly Argument[];
  /** Absent for a property of actions. */
  readonly tuples: PropertyTuples | undefined;
}

/** What properties of states read of a slot: the slot whole, or one view of it; and which of them do. */
interface Reading {
  readonly argument: Argument;
  readonly properties: number[];
}

interface PropertyTuples {
  readonly list: TupleList;
  /** For each argument of the list's path, its place among the property's. */
  readonly order: readonly number[];
  /** The property's place in the rows of the list. */
  readonly place: number;
}

interface KnownWrites {
  lo: number;
  hi: number;
  readonly replaced: number[];
  readonly values: number[];
  readonly operations: number[];
  readonly changes: Change[];
}

/** Of a slot, the components before and after, where they are known. */
interface Change {
  readonly slot: number;
  readonly old: number | undefined;
  readonly next: number | undefined;
}

const URGENCIES: readonly Urgency[] = ['progress', 'idle', 'environment'];

export class Tables implements Resolver {
  /** A cell that stays zero: nobody else asks it anything. */
  readonly bell = 0;
  readonly memory = new Memory();
  readonly clock = new ModelClock();
  /** By slot. */
  readonly components: readonly Components[];
  readonly mixHeaders: Int32Array;
  readonly operationPairs: Int32Array;
  /** By slot: the header of its contributions to the fingerprints of images; none but in a search for orbits. */
  readonly imageHeaders: Int32Array;
  /** Progress first, then idle, then the environment: the order in which the outcomes of a state are numbered. */
  readonly groups: readonly CompiledGroup[];
  /** Where the words of bits that stand for groups of each urgency end. */
  readonly groupWords = { progressEnd: 0, idleEnd: 0, environmentEnd: 0 };
  /** By slot: the cell with the address of the table of conditions on it; 0 where there are none. */
  readonly conditionHeaders: Int32Array;
  /** Invariants in the order of the model, then goals. */
  readonly properties: readonly CompiledProperty[];
  /** Numbers of the properties of actions. */
  private readonly ofActions: readonly number[];
  /** By slot. */
  private readonly readings: readonly (readonly Reading[])[];
  tupleNodes: readonly TupleNode[] = [];
  readonly kinds: readonly Components[];
  private readonly sizesBySlot: Float64Array;
  private readonly slotNumbers: ReadonlyMap<Slot<any, any>, number>;
  private readonly actionNumbers: ReadonlyMap<string, number>;
  private readonly lists = new Map<string, number>();
  /** Addresses of lists of checks, by the properties. */
  private readonly checkLists = new Map<string, number>();

  /** @param symmetry what is interchangeable, for a search for orbits. */
  constructor(
    readonly model: Model,
    readonly symmetry?: Symmetry,
  ) {
    this.slotNumbers = numberSlots(model);
    this.actionNumbers = new Map(model.actions.map((name, index) => [name, index]));
    const byKind = new Map(model.slots.map(({ kind }) => [kind, new Components(kind, this.memory)]));
    this.kinds = [...byKind.values()];
    this.components = model.slots.map(({ kind }) => byKind.get(kind)!);
    this.mixHeaders = Int32Array.from(this.components, (components, slot) => components.addSlot(slot));
    this.operationPairs = Int32Array.from(this.components, (components) => components.operationPairs);
    this.imageHeaders = this.addImages();
    this.sizesBySlot = new Float64Array(model.slots.length);
    this.groups = this.compileGroups();
    this.conditionHeaders = this.addConditions();
    this.properties = this.compileProperties();
    this.ofActions = [...this.properties.keys()].filter((index) => this.isAsked(index, 'action'));
    this.readings = model.slots.map((_, slot) => this.readingsOf(slot));
  }

  attend(): void {}

  /** Component ids of the initial state. */
  initial(): Int32Array {
    return Int32Array.from(this.model.slots, ({ name, initial }, slot) =>
      this.clock.call('the initial state', () => this.components[slot]!.idOf(initial, `slot ${name}`)),
    );
  }

  /** Of a state, from the beginning. */
  fingerprint(state: Int32Array): Hash {
    const sum = { lo: 0, hi: 0 };
    for (let slot = 0; slot < state.length; slot++) this.toggle(sum, slot, state[slot]!);
    return sum;
  }

  /** Number of components that each slot's kind has so far. The same array at every call. */
  sizes(): Float64Array {
    for (let slot = 0; slot < this.sizesBySlot.length; slot++)
      this.sizesBySlot[slot] = this.components[slot]!.size;
    return this.sizesBySlot;
  }

  conditions(slot: number, component: number): number {
    const width = this.groupWords.environmentEnd;
    const ruledOut = new Int32Array(width);
    for (const { group, bit, when } of this.groups) {
      for (const argument of when) {
        if (argument.slot !== slot || this.isFulfilled(group, argument, component)) continue;
        ruledOut[bit >> 5]! |= 1 << (bit & 31);
      }
    }
    const words = this.listOf([...ruledOut].map((bits) => ~bits)) + 1;
    const { cells } = this.memory;
    Atomics.store(cells, cells[this.conditionHeaders[slot]!]! + component, words);
    return words;
  }

  /** Address of the list of outcomes of a group in this state. */
  group(index: number, state: Int32Array): number {
    const { group, list, nodes } = this.groups[index]!;
    const ids = list.arguments.map((argument) => this.argumentId(argument, state));
    const known = memoised(this.memory, list, ids);
    if (known !== 0) return known;
    const values = group.reads.map((_, i) => argumentValueOf(list.arguments[i]!, ids[i]!));
    const outcomes = this.clock.call(`group ${group.name}`, () => group.outcomes(values));
    const whole = new Map(list.arguments.flatMap(({ slot, view }, i) => (view ? [] : [[slot, ids[i]!]])));
    const entries = outcomes.flatMap((outcome) => this.addOutcome(group, outcome, whole));
    const address = outcomes.length === 0 ? this.listOf([]) : this.store([outcomes.length, ...entries]);
    memoise(this.memory, list, nodes, ids, address);
    return address;
  }

  /** Component id + 1. */
  operation(slot: number, component: number, operation: number): number {
    const components = this.components[slot]!;
    const known = find(this.memory.cells, components.operationPairs, component, operation);
    if (known !== 0) return known;
    const { kind, interned, operations } = components;
    const what = `operation ${operations.texts[operation]} of ${kind.name}`;
    const next = this.clock.call(what, () =>
      components.idOf(kind.apply(interned.values[component], operations.values[operation]), what),
    );
    insert(this.memory, components.operationPairs, component, operation, next + 1);
    return next + 1;
  }

  /** DULL or NOTEWORTHY. */
  property(index: number, state: Int32Array): number {
    const { property, isGoal, arguments: reads, tuples } = this.properties[index]!;
    if (tuples === undefined || property.on === 'action')
      throw new Error(`${property.name} is not about states`);
    const ids = reads.map((argument) => this.argumentId(argument, state));
    const tuple = tuples.list.tupleOf(tuples.order.map((place) => ids[place]!));
    const known = tuples.list.answer(tuple, tuples.place);
    if (known !== 0) return known;
    const values = property.reads.map((_, i) => argumentValueOf(reads[i]!, ids[i]!));
    const result = this.clock.call(`property ${property.name}`, () => property.holds(values)) === isGoal;
    tuples.list.setAnswer(tuple, tuples.place, result ? NOTEWORTHY : DULL);
    return result ? NOTEWORTHY : DULL;
  }

  /** Numbers of the properties that are asked of terminal states. */
  terminalProperties(): readonly number[] {
    return [...this.properties.keys()].filter((index) => this.isAsked(index, 'terminal'));
  }

  private isAsked(index: number, on: Invariant['on']): boolean {
    return this.properties[index]!.property.on === on;
  }

  private readingsOf(slot: number): readonly Reading[] {
    const readings: Reading[] = [];
    for (const [index, { arguments: reads }] of this.properties.entries()) {
      if (!this.isAsked(index, 'state')) continue;
      for (const argument of reads.filter((one) => one.slot === slot)) {
        const known = readings.find((one) => one.argument.view === argument.view);
        if (known === undefined) readings.push({ argument, properties: [index] });
        else known.properties.push(index);
      }
    }
    return readings;
  }

  private isFulfilled(group: Group, argument: Argument, component: number): boolean {
    const value = argumentValueOf(argument, argumentIdOf(this.memory, this.clock, argument, component));
    if (typeof value === 'boolean') return value;
    throw new Thrown(`condition ${argument.view?.view.name} of group ${group.name} is not a boolean`);
  }

  private argumentId(argument: Argument, state: Int32Array): number {
    return argumentIdOf(this.memory, this.clock, argument, state[argument.slot]!);
  }

  private compileGroups(): readonly CompiledGroup[] {
    const groups: CompiledGroup[] = [];
    let words = 0;
    for (const urgency of URGENCIES) {
      const ofUrgency = this.model.groups.filter((group) => group.urgency === urgency);
      for (const [index, group] of ofUrgency.entries())
        groups.push(this.compileGroup(group, 32 * words + index));
      words += Math.ceil(ofUrgency.length / 32);
      this.groupWords[`${urgency}End`] = words;
    }
    return groups;
  }

  private compileGroup(group: Group, bit: number): CompiledGroup {
    const when = group.when.map(({ slot, view }): Argument => {
      const index = this.slotOf(slot);
      const components = this.components[index]!;
      return { slot: index, components, view: view && components.addView(view) };
    });
    const list = this.compileList(group.reads);
    return { group, bit, when, list, nodes: new Int32Array(list.pairs.length) };
  }

  private addImages(): Int32Array {
    const { model, symmetry, components } = this;
    if (symmetry === undefined) return new Int32Array(0);
    verifySymmetry(model, symmetry);
    const { permutations } = symmetry;
    const places = permutations.map((permutation) => slotsAfter(model, permutation));
    return Int32Array.from(components, (one, slot) =>
      one.addImages(
        permutations,
        places.map((to) => to[slot]!),
      ),
    );
  }

  private addConditions(): Int32Array {
    const slots = new Set(this.groups.flatMap(({ when }) => when.map(({ slot }) => slot)));
    return Int32Array.from(this.components, (components, slot) =>
      slots.has(slot) ? components.addTable(1) : 0,
    );
  }

  private compileProperties(): readonly CompiledProperty[] {
    const { invariants, goals } = this.model;
    const all: readonly (Invariant | Goal)[] = [...invariants, ...goals];
    const lists = all.map((property) => (property.on === 'action' ? [] : this.compileReads(property.reads)));
    const tuples = new Tuples(this.memory, lists);
    this.tupleNodes = tuples.nodes;
    return all.map((property, index) => {
      const isGoal = index >= invariants.length;
      const reads = lists[index]!;
      if (property.on === 'action') return { property, isGoal, arguments: reads, tuples: undefined };
      const { list, order } = tuples.listOf(reads);
      return { property, isGoal, arguments: reads, tuples: { list, order, place: list.width++ } };
    });
  }

  /** What has no reads reads the first slot, through a view that sees nothing. */
  private compileReads(reads: Group['reads']): readonly Argument[] {
    const atLeastOne = reads.length > 0 ? reads : [{ slot: this.model.slots[0]!, view: nothing }];
    return compileArguments(atLeastOne, (slot) => this.slotOf(slot), this.components);
  }

  private compileList(reads: Group['reads']): ArgumentList {
    return chainOf(this.memory, this.compileReads(reads));
  }

  private slotOf(slot: Slot<any, any>): number {
    const index = this.slotNumbers.get(slot);
    if (index === undefined)
      throw new Error(`slot ${slot.name} is not a slot of the model ${this.model.name}`);
    return index;
  }

  /** Address of a list of integers (their number first, if not said otherwise), the same for the same integers. */
  private listOf(items: readonly number[], count = items.length): number {
    const key = `${count}:${items.join()}`;
    let address = this.lists.get(key);
    if (address === undefined) {
      address = this.store([count, ...items]);
      this.lists.set(key, address);
    }
    return address;
  }

  private store(record: readonly number[]): number {
    const address = this.memory.allocate(record.length);
    this.memory.cells.set(record, address);
    return address;
  }

  /** The entry of an outcome in a list. */
  private addOutcome(group: Group, outcome: Outcome, whole: ReadonlyMap<number, number>): readonly number[] {
    const what = `an outcome of group ${group.name}`;
    const { name } = outcome.action;
    const number = this.actionNumbers.get(name);
    if (number === undefined)
      throw new Thrown(`${what} has the action ${name}, which the model does not list`);
    const slots = outcome.writes.map(({ slot }) => this.slotOf(slot));
    if (new Set(slots).size < slots.length) throw new Thrown(`${what} (${name}) writes a slot twice`);
    const known = this.resolveWrites(what, outcome.writes, slots, whole);
    const record = [...new Array(PAIRS).fill(0), ...known.replaced, ...known.values, ...known.operations];
    record[NAME] = number;
    record[FLAGS] = this.flagsOf(outcome);
    record[CHECKS] = this.checksOf(known.changes);
    record[VALUES] = (known.replaced.length + known.values.length) / 2;
    record[REPLACED] = known.replaced.length / 2;
    record[OPERATIONS] = known.operations.length / 2;
    const isOpen = record[FLAGS] !== 0 || record[REPLACED] !== 0 || record[OPERATIONS] !== 0;
    return [this.store(record), known.lo, known.hi, 2 * number + (isOpen ? 1 : 0)];
  }

  private resolveWrites(
    what: string,
    writes: readonly Write[],
    slots: readonly number[],
    whole: ReadonlyMap<number, number>,
  ): KnownWrites {
    const known: KnownWrites = { lo: 0, hi: 0, replaced: [], values: [], operations: [], changes: [] };
    for (const [i, write] of writes.entries()) {
      const slot = slots[i]!;
      const old = whole.get(slot);
      const next = this.writtenId(what, write, slot, old);
      known.changes.push({ slot, old, next });
      if (next === undefined) {
        known.operations.push(slot, this.operationId(what, write, slot));
        continue;
      }
      this.toggle(known, slot, next);
      if (old === undefined) known.replaced.push(slot, next);
      else {
        this.toggle(known, slot, old);
        known.values.push(slot, next);
      }
    }
    return known;
  }

  /** The component that a write leaves, if that is known without the state. */
  private writtenId(what: string, write: Write, slot: number, old: number | undefined): number | undefined {
    if (!('operation' in write)) {
      return this.clock.call(what, () => this.components[slot]!.idOf(write.value, `slot ${write.slot.name}`));
    }
    if (old === undefined) return undefined;
    return this.operation(slot, old, this.operationId(what, write, slot)) - 1;
  }

  private operationId(what: string, write: Write, slot: number): number {
    const operation = 'operation' in write ? write.operation : undefined;
    return this.clock.call(what, () =>
      this.components[slot]!.operations.idOf(operation, `operation on ${write.slot.name}`),
    );
  }

  private toggle(known: { lo: number; hi: number }, slot: number, id: number): void {
    const { cells } = this.memory;
    const address = cells[this.mixHeaders[slot]!]! + 2 * id;
    known.lo ^= cells[address]!;
    known.hi ^= cells[address + 1]!;
  }

  /** List of the properties of actions that are noteworthy of this outcome. */
  private flagsOf(outcome: Outcome): number {
    const flags = this.ofActions.filter((index) => {
      const { property, isGoal } = this.properties[index]!;
      return (
        property.on === 'action' &&
        this.clock.call(`property ${property.name}`, () => property.holds(outcome)) === isGoal
      );
    });
    return flags.length === 0 ? 0 : this.listOf(flags);
  }

  /** List of the properties of states that may see a difference. */
  private checksOf(changes: readonly Change[]): number {
    const found = new Set<number>();
    for (const change of changes) {
      for (const { argument, properties } of this.readings[change.slot]!) {
        if (properties.every((index) => found.has(index)) || !this.differs(argument, change)) continue;
        for (const index of properties) found.add(index);
      }
    }
    return this.checks([...found].sort((a, b) => a - b));
  }

  /** Address of a list of properties, followed by one of the nodes that stand for their arguments, parents first. */
  checks(properties: readonly number[]): number {
    const key = properties.join();
    let address = this.checkLists.get(key);
    if (address === undefined) {
      address = this.addChecks(properties);
      this.checkLists.set(key, address);
    }
    return address;
  }

  private addChecks(properties: readonly number[]): number {
    const paths = properties.flatMap((index) => this.properties[index]!.tuples?.list.path ?? []);
    const nodes = [...new Set(paths.map(({ number }) => number))].sort((a, b) => a - b);
    return this.listOf([...properties, nodes.length, ...nodes], properties.length);
  }

  private differs(argument: Argument, { old, next }: Change): boolean {
    if (old === undefined || next === undefined) return true;
    const { memory, clock } = this;
    return argumentIdOf(memory, clock, argument, old) !== argumentIdOf(memory, clock, argument, next);
  }
}

const numberSlots = (model: Model): ReadonlyMap<Slot<any, any>, number> => {
  if (model.slots.length === 0) throw new Error(`the model ${model.name} has no slots`);
  const numbers = new Map(model.slots.map((slot, index) => [slot, index] as const));
  if (numbers.size < model.slots.length) throw new Error(`the model ${model.name} lists a slot twice`);
  return numbers;
};
