/**
 * Between the two halves of the hot loop, where a model is symmetric: the keys under which the successors in a log are
 * looked for in the set of visited states, each the least fingerprint of the successor's orbit. The fingerprints of all
 * images of a state are kept side by side and updated as the one of the state itself is: what the old component
 * contributes to each goes out, what the new one does comes in. The rows for that are as long as there are permutations.
 */
import { type Hash, spread } from '../canonical.js';
import type { Layout, Segment } from './frontier.js';
import type { LogMemory } from './log.js';
import { OPERATIONS, PAIRS, VALUES } from './outcome.js';
import type { Program } from './program.js';
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

  constructor(private readonly reader: Reader) {
    const { permutations } = reader.program;
    this.ofState = new Int32Array(2 * permutations);
    this.ofSuccessor = new Int32Array(2 * permutations);
  }

  get members(): Members {
    return { distinct: this.distinct, generated: this.generated };
  }

  /** Fills in the keys of what the log holds of the records [from, to) of a segment; for the parameters see `expand`. */
  name(segment: Segment, from: number, to: number, starts: Int32Array, log: LogMemory): void {
    const { cells, layout } = segment;
    for (let at = from; at < to; at++) {
      this.reader.load(layout, cells, at * layout.stride);
      this.begin();
      const start = starts[at - from]!;
      const end = starts[at - from + 1]!;
      for (let n = start; n < end; n++) {
        this.become(log.outcome[n]!);
        this.least(log, n);
      }
      const size = this.sizeOfOrbit();
      this.distinct += size;
      this.generated += size * (end - start);
    }
  }

  /** The key of a state that is packed. */
  keyOf(layout: Layout, cells: Int32Array, record: number): Hash {
    const { ofState, reader } = this;
    reader.load(layout, cells, record);
    this.begin();
    const i = leastOf(ofState);
    return { lo: ofState[i]!, hi: spread(ofState[i]!, ofState[i + 1]!) };
  }

  /** Works out the fingerprints of the images of the present state. */
  private begin(): void {
    const { ofState, reader } = this;
    const { imageHeaders } = reader.program;
    ofState.fill(0);
    for (let slot = 0; slot < imageHeaders.length; slot++) this.toggle(ofState, slot, reader.state[slot]!);
  }

  /** Works out those of the present state's successor by this outcome. */
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
      if (next === old) continue;
      this.toggle(ofSuccessor, slot, old);
      this.toggle(ofSuccessor, slot, next);
    }
  }

  private toggle(sums: Int32Array, slot: number, component: number): void {
    const { cells, program } = this.reader;
    const row = cells[program.imageHeaders[slot]!]! + component * sums.length;
    for (let i = 0; i < sums.length; i++) sums[i]! ^= cells[row + i]!;
  }

  private least({ keyLo, keyHi }: LogMemory, n: number): void {
    const { ofSuccessor } = this;
    const i = leastOf(ofSuccessor);
    keyLo[n] = ofSuccessor[i]!;
    keyHi[n] = spread(ofSuccessor[i]!, ofSuccessor[i + 1]!);
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

/** Index of the least of some fingerprints, which are pairs (lo, hi). */
const leastOf = (sums: Int32Array): number => {
  let least = 0;
  for (let i = 2; i < sums.length; i += 2) {
    const hi = sums[i + 1]!;
    if (hi < sums[least + 1]! || (hi === sums[least + 1] && sums[i]! < sums[least]!)) least = i;
  }
  return least;
};

/** None where nothing is interchangeable. */
export const orbitsOf = (reader: Reader, { permutations }: Program): Orbits | undefined =>
  permutations > 0 ? new Orbits(reader) : undefined;
