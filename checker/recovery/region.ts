/**
 * All that can be reached from a state, breadth-first, until something recovers. If nothing does, what remains is divided
 * into what is cut short by a bound somewhere, which is undetermined, and closed regions, which are traps.
 */
import type { Stepper } from '../engine/stepper.js';
import { type Fate, type Fates, OPEN, RECOVERS, TRAPPED, UNDETERMINED } from './fates.js';

/** What is asked of a state besides its successors. */
export interface Conditions {
  readonly recovered: (stepper: Stepper) => boolean;
  readonly exhausted: (stepper: Stepper) => boolean;
}

export class Region {
  /** States, one after another in the order in which they were found. */
  private readonly states: Int32Array[] = [];
  private readonly los: number[] = [];
  private readonly his: number[] = [];
  /** Number of a state by its fingerprint; fates are positive, so these are numbers + 1. */
  private readonly numbers: Fates;
  /** Steps between states, by number. */
  private readonly sources: number[] = [];
  private readonly targets: number[] = [];
  private readonly recovering: number[] = [];
  private readonly open: number[] = [];
  /** How many of the states have been expanded, or need not be. */
  private done = 0;
  /** Numbers of the names of actions that can happen. */
  readonly names = new Set<number>();

  constructor(
    private readonly stepper: Stepper,
    private readonly conditions: Conditions,
    private readonly fates: Fates,
    numbers: Fates,
  ) {
    this.numbers = numbers;
  }

  get size(): number {
    return this.states.length;
  }

  /**
   * Explores from the present state of the stepper, and records the fates of all that is found out.
   * @param most states to find.
   * @returns the fate of that state.
   */
  explore(most: number): Fate {
    this.numberOf();
    while (this.done < this.size && this.recovering.length === 0 && this.size <= most) {
      this.expand(this.done++);
    }
    const reached = this.recovering.length > 0;
    if (reached) this.spread(this.recovering, RECOVERS);
    else {
      for (let n = this.done; n < this.size; n++) this.open.push(n);
      this.spread(this.open, UNDETERMINED);
      this.closeRest();
    }
    const fate = this.fates.get(this.los[0]!, this.his[0]!);
    return fate === OPEN ? UNDETERMINED : fate;
  }

  private expand(number: number): void {
    const { stepper, conditions } = this;
    const state = this.states[number]!;
    const fate = this.fates.get(this.los[number]!, this.his[number]!);
    if (fate === TRAPPED) return;
    if (fate === UNDETERMINED) {
      this.open.push(number);
      return;
    }
    stepper.state.set(state);
    if (fate === RECOVERS || conditions.recovered(stepper)) {
      this.recovering.push(number);
      return;
    }
    if (conditions.exhausted(stepper)) this.open.push(number);
    stepper.list();
    for (let n = 0; n < stepper.count; n++) {
      this.names.add(stepper.nameOf(stepper.outcomes[n]!));
      if (n > 0) stepper.state.set(state);
      stepper.take(n);
      this.sources.push(number);
      this.targets.push(this.numberOf());
    }
  }

  /** Number of the present state of the stepper, new or known. */
  private numberOf(): number {
    const { stepper, numbers } = this;
    const { lo, hi } = stepper.tables.fingerprint(stepper.state);
    const known = numbers.get(lo, hi);
    if (known > 0) return known - 1;
    this.states.push(stepper.state.slice());
    this.los.push(lo);
    this.his.push(hi);
    numbers.set(lo, hi, this.size);
    return this.size - 1;
  }

  /** Gives a fate to these states and to all that were seen to lead there, as far as they were expanded. */
  private spread(from: readonly number[], fate: Fate): void {
    const before: number[][] = this.states.map(() => []);
    for (const [step, target] of this.targets.entries()) before[target]!.push(this.sources[step]!);
    const seen = new Uint8Array(this.size);
    const queue = [...from];
    for (const number of queue) {
      if (seen[number] === 1) continue;
      seen[number] = 1;
      // What was not expanded may still be found to be a trap, or not to be.
      if (number < this.done && this.fates.get(this.los[number]!, this.his[number]!) === OPEN)
        this.fates.set(this.los[number]!, this.his[number]!, fate);
      queue.push(...before[number]!);
    }
  }

  /** Whatever has been expanded and leads nowhere else is closed. */
  private closeRest(): void {
    for (let number = 0; number < this.done; number++) {
      if (this.fates.get(this.los[number]!, this.his[number]!) === OPEN)
        this.fates.set(this.los[number]!, this.his[number]!, TRAPPED);
    }
  }
}
