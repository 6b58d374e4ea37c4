/**
 * Where a model is symmetric: the keys under which successors are looked for in the set of visited states, each the least
 * fingerprint of the successor's orbit. The fingerprints of all images of a state are kept side by side and updated as the
 * one of the state itself is: what the old component contributes to each goes out, what the new one does comes in. The
 * rows for that are as long as there are permutations.
 */
import { type Hash, spread } from '../canonical.js';
import type { Layout } from './frontier.js';
import type { LogMemory } from './log.js';
import { OPERATIONS, PAIRS, VALUES } from './outcome.js';
import type { Reader } from './reader.js';

/** What a search without symmetry would have counted. */
export interface Members {
  readonly distinct: number;
  readonly generated: number;
}

export const NONE: Members = { distinct: 0, generated: 0 };

export class Orbits {
  private distinct = 0;
  private generated = 0;
  /** Fingerprints of the images of the present state, and of one of its successors: pairs (lo, hi). */
  private readonly ofState: Int32Array;
  private readonly ofSuccessor: Int32Array;
  /** By slot, the component that is in those of the present state; -1 before there is any. */
  private readonly shown: Int32Array;

  constructor(private readonly reader: Reader) {
    const { permutations, slots } = reader.program;
    this.ofState = new Int32Array(2 * permutations);
    this.ofSuccessor = new Int32Array(2 * permutations);
    this.shown = new Int32Array(slots).fill(-1);
  }

  get members(): Members {
    return { distinct: this.distinct, generated: this.generated };
  }

  /** Brings the fingerprints of the images to the reader's present state, in which so many slots have changed. */
  show(count: number): void {
    const { ofState, reader, shown } = this;
    for (let i = 0; i < count; i++) {
      const slot = reader.changed[i]!;
      const old = shown[slot]!;
      const component = reader.state[slot]!;
      if (old === component) continue;
      if (old >= 0) this.toggle(ofState, slot, old);
      this.toggle(ofState, slot, component);
      shown[slot] = component;
    }
  }

  /** Logs the key of the present state's successor by this outcome as that of entry `n`. */
  log({ keyLo, keyHi }: LogMemory, n: number, outcome: number): void {
    this.become(outcome);
    const { lo, hi } = keyOf(this.ofSuccessor);
    keyLo[n] = lo;
    keyHi[n] = hi;
  }

  /** Counts the present state, of which so many successors have been generated. */
  count(actions: number): void {
    const size = this.sizeOfOrbit();
    this.distinct += size;
    this.generated += size * actions;
  }

  /** The key of a state that is packed. */
  keyOf(layout: Layout, cells: Int32Array, record: number): Hash {
    this.show(this.reader.load(layout, cells, record));
    return keyOf(this.ofState);
  }

  /** Works out the fingerprints of the images of the present state's successor by this outcome. */
  private become(outcome: number): void {
    const { ofState, ofSuccessor, reader } = this;
    const { cells, state } = reader;
    for (let i = 0; i < ofState.length; i++) ofSuccessor[i] = ofState[i]!;
    let pair = outcome + PAIRS;
    const valuesEnd = pair + 2 * cells[outcome + VALUES]!;
    const end = valuesEnd + 2 * cells[outcome + OPERATIONS]!;
    for (; pair < end; pair += 2) {
      const slot = cells[pair]!;
      const old = state[slot]!;
      let next = cells[pair + 1]!;
      if (pair >= valuesEnd) next = reader.operated(slot, old, next) - 1;
      // Where an operation is not known yet all this is done again.
      if (next === old || next < 0) continue;
      this.toggle(ofSuccessor, slot, old);
      this.toggle(ofSuccessor, slot, next);
    }
  }

  private toggle(sums: Int32Array, slot: number, component: number): void {
    const { cells, program } = this.reader;
    const row = cells[program.imageHeaders[slot]!]! + component * sums.length;
    for (let i = 0; i < sums.length; i++) sums[i]! ^= cells[row + i]!;
  }

  /** As many as there are permutations, over those that leave the present state as it is. */
  private sizeOfOrbit(): number {
    const { ofState } = this;
    let fixing = 0;
    for (let i = 0; i < ofState.length; i += 2)
      if (ofState[i] === ofState[0] && ofState[i + 1] === ofState[1]) fixing++;
    return ofState.length / 2 / fixing;
  }
}

/** The least of some fingerprints, which are pairs (lo, hi). */
const keyOf = (sums: Int32Array): Hash => {
  let least = 0;
  for (let i = 2; i < sums.length; i += 2) {
    const hi = sums[i + 1]!;
    if (hi < sums[least + 1]! || (hi === sums[least + 1] && sums[i]! < sums[least]!)) least = i;
  }
  const lo = sums[least]!;
  return { lo, hi: spread(lo, sums[least + 1]!) };
};

/** None where nothing is interchangeable. */
export const orbitsOf = (reader: Reader): Orbits | undefined =>
  reader.program.permutations > 0 ? new Orbits(reader) : undefined;
