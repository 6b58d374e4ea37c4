/**
 * One state at a time, by the memo tables: what is enabled in it, and what it becomes by one of these. For whatever looks
 * at states in another order than the search, which has loops of its own over blocks of them.
 */
import type { Group } from '../model.js';
import { CHECKS, ENTRY, FLAGS, NAME } from './outcome.js';
import { compileProgram, type Program } from './program.js';
import { Reader } from './reader.js';
import type { Tables } from './tables.js';

export class Stepper {
  /** Component ids of the present state, to be written to from outside as well. */
  readonly state: Int32Array;
  /** Addresses of the outcomes that `list` found, in the order in which the search numbers them. */
  outcomes = new Int32Array(256);
  /** The group of each, by its number among `groups`. */
  groupOf = new Int32Array(256);
  count = 0;
  /** How many of them come first because they are not the environment's. */
  own = 0;
  /** By number; not in the order of the model, but sorted by urgency. */
  readonly groups: readonly Group[];
  private readonly reader: Reader;
  private readonly program: Program;
  private readonly candidates: Int32Array;

  constructor(readonly tables: Tables) {
    this.program = compileProgram(tables);
    this.reader = new Reader(tables.memory.cells, this.program, tables);
    this.state = this.reader.state;
    this.groups = tables.groups.map(({ group }) => group);
    this.candidates = new Int32Array(this.program.allGroups.length);
  }

  /**
   * Finds out what is enabled in the present state.
   * @throws Thrown
   */
  list(): void {
    const { progressEnd, idleEnd, environmentEnd } = this.program;
    this.count = 0;
    this.ruleOut();
    this.run(0, progressEnd);
    if (this.count === 0) this.run(progressEnd, idleEnd);
    this.own = this.count;
    this.run(idleEnd, environmentEnd);
  }

  /**
   * Goes where the n-th outcome that was listed leads.
   * @throws Thrown
   */
  take(n: number): void {
    this.reader.apply(this.outcomes[n]!);
  }

  /** Number of the action name of an outcome. */
  nameOf(outcome: number): number {
    return this.reader.cells[outcome + NAME]!;
  }

  /** DULL or NOTEWORTHY, of the present state. */
  property(property: number): number {
    return this.reader.property(property);
  }

  /** Numbers of the properties of actions that are noteworthy of an outcome. */
  flagsOf(outcome: number): Int32Array {
    return this.items(this.reader.cells[outcome + FLAGS]!);
  }

  /** Numbers of the properties of states that an outcome may change. */
  checksOf(outcome: number): Int32Array {
    return this.items(this.reader.cells[outcome + CHECKS]!);
  }

  /** Of a list in the tables; none at address 0. */
  private items(address: number): Int32Array {
    const { cells } = this.reader;
    return address === 0 ? cells.subarray(0, 0) : cells.subarray(address + 1, address + 1 + cells[address]!);
  }

  /** Leaves in `candidates` the groups whose conditions the present state fulfils. */
  private ruleOut(): void {
    const { candidates, reader, state } = this;
    const { cells, resolver } = reader;
    const { allGroups, conditioned, conditionHeaders } = this.program;
    const words = allGroups.length;
    candidates.set(allGroups);
    for (let i = 0; i < conditioned.length; i++) {
      const slot = conditioned[i]!;
      const component = state[slot]!;
      const bits =
        cells[cells[conditionHeaders[slot]!]! + component]! || resolver.conditions(slot, component);
      for (let word = 0; word < words; word++) candidates[word]! &= cells[bits + word]!;
    }
  }

  /** Lists the outcomes of the candidates in these words of bits. */
  private run(from: number, to: number): void {
    const { reader, candidates, state } = this;
    const { code, resolver } = reader;
    const { groups } = this.program;
    for (let word = from; word < to; word++) {
      for (let bits = candidates[word]!; bits !== 0; bits &= bits - 1) {
        const address = groups[(word << 5) + 31 - Math.clz32(bits & -bits)]!;
        const group = code[address]!;
        const list = reader.memoised(address + 2, code[address + 1]!) || resolver.group(group, state);
        this.append(group, list);
      }
    }
  }

  private append(group: number, list: number): void {
    const { cells } = this.reader;
    for (let at = list + 1, left = cells[list]!; left > 0; at += ENTRY, left--) {
      if (this.count === this.outcomes.length) this.widen();
      this.outcomes[this.count] = cells[at]!;
      this.groupOf[this.count++] = group;
    }
  }

  private widen(): void {
    const { outcomes, groupOf } = this;
    this.outcomes = new Int32Array(2 * outcomes.length);
    this.groupOf = new Int32Array(2 * outcomes.length);
    this.outcomes.set(outcomes);
    this.groupOf.set(groupOf);
  }
}
