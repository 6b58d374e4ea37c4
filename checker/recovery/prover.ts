/**
 * Finds out whether states recover. First it follows the fair schedule, one successor a state; runs merge, so that most
 * end soon in a state that is known to recover. Where the schedule leads nowhere it looks at all that can happen.
 */
import { NOTEWORTHY } from '../engine/outcome.js';
import { Stepper } from '../engine/stepper.js';
import { Tables } from '../engine/tables.js';
import type { Goal, Model } from '../model.js';
import type { Condition, Recovery } from './definition.js';
import { type Fate, Fates, OPEN, RECOVERS } from './fates.js';
import { type Conditions, Region } from './region.js';

const goal = (name: string, condition: Condition): Goal => ({
  ...condition,
  name,
  on: 'state',
  source: 'recovery',
  needs: '',
  applicable: true,
});

/** The model of what may happen in recovery. */
export const recoveryModel = (model: Model, recovery: Recovery): Model => ({
  name: `${model.name}, recovering`,
  config: model.config,
  slots: model.slots,
  groups: recovery.groups,
  invariants: [],
  goals: [goal('recovered', recovery.recovered), goal('exhausted', recovery.exhausted)],
  actions: recovery.actions,
});

const RECOVERED = 0;
const EXHAUSTED = 1;

/** Far longer than any schedule that gets anywhere. */
const LONGEST_RUN = 100_000;

export class Prover {
  readonly tables: Tables;
  readonly fates = new Fates();
  readonly stepper: Stepper;
  /** Steps of schedules, searches where they led nowhere, and states that these looked at. */
  scheduled = 0;
  searches = 0;
  searched = 0;
  private readonly ranks: Int32Array;
  private readonly conditions: Conditions = {
    recovered: (stepper) => stepper.property(RECOVERED) === NOTEWORTHY,
    exhausted: (stepper) => stepper.property(EXHAUSTED) === NOTEWORTHY,
  };

  constructor(
    model: Model,
    recovery: Recovery,
    private readonly mostStates: number,
  ) {
    this.tables = new Tables(recoveryModel(model, recovery));
    this.stepper = new Stepper(this.tables);
    this.ranks = Int32Array.from(this.stepper.groups, (group) => recovery.groups.indexOf(group));
  }

  /**
   * The fate of a state, by its component ids in the prover's own tables.
   * @throws Thrown
   */
  fateOf(state: Int32Array): Fate {
    const { lo, hi } = this.tables.fingerprint(state);
    const known = this.fates.get(lo, hi);
    if (known !== OPEN) return known;
    if (this.follow(state)) return RECOVERS;
    this.stepper.state.set(state);
    const region = new Region(this.stepper, this.conditions, this.fates, new Fates());
    const fate = region.explore(this.mostStates);
    this.searches++;
    this.searched += region.size;
    return fate;
  }

  /** What can be reached from a state that is trapped. */
  regionOf(state: Int32Array): { readonly states: number; readonly actions: readonly string[] } {
    this.stepper.state.set(state);
    const region = new Region(this.stepper, this.conditions, new Fates(), new Fates());
    region.explore(this.mostStates);
    const { actions } = this.tables.model;
    return { states: region.size, actions: actions.filter((_, name) => region.names.has(name)) };
  }

  /** Follows the schedule; whether it recovers. */
  private follow(state: Int32Array): boolean {
    const { stepper, fates, tables } = this;
    const los: number[] = [];
    const his: number[] = [];
    // Brent: a run that comes back to the last state that was marked goes round for ever.
    let marked = 1;
    stepper.state.set(state);
    for (let length = 0; length < LONGEST_RUN; length++) {
      const { lo, hi } = tables.fingerprint(stepper.state);
      if (fates.get(lo, hi) === RECOVERS || this.conditions.recovered(stepper)) {
        for (let i = 0; i < length; i++) fates.set(los[i]!, his[i]!, RECOVERS);
        fates.set(lo, hi, RECOVERS);
        return true;
      }
      if (fates.get(lo, hi) !== OPEN) return false;
      los.push(lo);
      his.push(hi);
      if (length > marked - 1 && lo === los[marked - 1] && hi === his[marked - 1]) return false;
      if (length + 1 === 2 * marked) marked = length + 1;
      stepper.list();
      if (stepper.count === 0) return false;
      stepper.take(this.first());
      this.scheduled++;
    }
    return false;
  }

  /** The first that can act, by the schedule. */
  private first(): number {
    const { count, groupOf } = this.stepper;
    const { ranks } = this;
    let first = 0;
    for (let n = 1; n < count; n++) if (ranks[groupOf[n]!]! < ranks[groupOf[first]!]!) first = n;
    return first;
  }
}
