/**
 * Takes walks through the memo tables of a model, and notes what breaks and what is reached on the way.
 *
 * A walk that chose evenly among all that is enabled would spend its faults at once and never see one late; and messages
 * would overtake each other so evenly that nobody was ever far behind. So each walk draws how seldom the environment
 * acts, and which groups are slow.
 */
import { NOTEWORTHY } from '../engine/outcome.js';
import { Stepper } from '../engine/stepper.js';
import type { Tables } from '../engine/tables.js';
import { Marks } from './marks.js';
import { Random } from './random.js';

/** The environment acts once in two of its chances, or in four, …, or in as many as this power of two. */
const MOST_SELDOM = 7;
/** Weights of slow groups and of the others. */
const SLOW = 1;
const QUICK = 12;

/** What was noticed in a walk. */
export interface Noticed {
  readonly property: number;
  readonly walk: number;
  /** Numbers of the actions of the walk so far. */
  readonly trail: readonly number[];
}

export class Walker {
  readonly stepper: Stepper;
  /** Where each property was first noteworthy: an invariant broken, a goal reached. */
  readonly noticed: (Noticed | undefined)[];
  /** Times that each action was taken. */
  readonly coverage: Float64Array;
  readonly taken = new Marks();
  readonly met = new Marks();
  steps = 0;
  longest = 0;
  ended = 0;
  cutOff = 0;
  /** Numbers of the actions of the present walk. */
  trail: number[] = [];
  /** An invariant broke in the present walk. */
  private broken = false;
  private walkNumber = 0;
  private readonly initial: Int32Array;
  private readonly weights: Uint8Array;
  private readonly always: readonly number[];
  private readonly ofTerminal: readonly number[];

  constructor(
    private readonly tables: Tables,
    private readonly seed: number,
    private readonly depth: number,
    private readonly keepGoing: boolean,
  ) {
    this.stepper = new Stepper(tables);
    this.noticed = Array.from({ length: tables.properties.length });
    this.coverage = new Float64Array(tables.model.actions.length);
    this.weights = new Uint8Array(tables.groups.length);
    this.initial = tables.initial();
    const numbers = [...tables.properties.keys()];
    this.always = numbers.filter((number) => tables.properties[number]!.property.on === 'state');
    this.ofTerminal = tables.terminalProperties();
  }

  /**
   * @returns whether an invariant broke that had not been seen to break before.
   * @throws Thrown, where `trail` leads.
   */
  walk(number: number): boolean {
    const { stepper } = this;
    const random = new Random(this.seed, number);
    const seldom = 2 ** (1 + random.below(MOST_SELDOM));
    for (let group = 0; group < this.weights.length; group++)
      this.weights[group] = random.below(4) === 0 ? SLOW : QUICK;
    this.walkNumber = number;
    this.trail = [];
    this.broken = false;
    stepper.state.set(this.initial);
    for (const property of this.always) this.ask(property);
    while (this.goesOn()) this.step(random, seldom);
    this.longest = Math.max(this.longest, this.trail.length);
    return this.broken;
  }

  /** Lists what is enabled, unless the walk is over. */
  private goesOn(): boolean {
    const { stepper, trail } = this;
    if (this.broken && !this.keepGoing) return false;
    stepper.list();
    for (let n = 0; n < stepper.count; n++) this.met.add(stepper.outcomes[n]!);
    if (stepper.own === 0) for (const property of this.ofTerminal) this.ask(property);
    if (this.broken && !this.keepGoing) return false;
    if (stepper.count === 0) this.ended++;
    else if (trail.length >= this.depth) this.cutOff++;
    else return true;
    return false;
  }

  private step(random: Random, seldom: number): void {
    const { stepper } = this;
    const number = this.choose(random, seldom);
    const outcome = stepper.outcomes[number]!;
    this.trail.push(number);
    this.steps++;
    this.taken.add(outcome);
    this.coverage[stepper.nameOf(outcome)]!++;
    stepper.take(number);
    for (const property of stepper.flagsOf(outcome)) this.note(property);
    for (const property of stepper.checksOf(outcome)) this.ask(property);
  }

  private choose(random: Random, seldom: number): number {
    const { own, count } = this.stepper;
    const isEnvironment = own === 0 || (own < count && random.below(seldom) === 0);
    const [from, to] = isEnvironment ? [own, count] : [0, own];
    const { groupOf } = this.stepper;
    const { weights } = this;
    let total = 0;
    for (let n = from; n < to; n++) total += weights[groupOf[n]!]!;
    let left = random.below(total);
    for (let n = from; ; n++) {
      left -= weights[groupOf[n]!]!;
      if (left < 0) return n;
    }
  }

  private ask(property: number): void {
    if (this.noticed[property] === undefined && this.stepper.property(property) === NOTEWORTHY)
      this.note(property);
  }

  private note(property: number): void {
    if (this.noticed[property] !== undefined) return;
    this.noticed[property] = { property, walk: this.walkNumber, trail: [...this.trail] };
    if (!this.tables.properties[property]!.isGoal) this.broken = true;
  }
}
