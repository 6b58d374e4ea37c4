/**
 * What a model says of recovery: what may still happen once nothing goes wrong any more, and when all is well again.
 * Whether every reachable state recovers is a question of its own, beside the invariants: "some continuation leads to…"
 * is no property of a state or of an action.
 */
import type { Group, Read } from '../model.js';

/** A predicate of states, as a function of what it reads. */
export interface Condition {
  readonly claim: string;
  readonly reads: readonly Read<any>[];
  readonly holds: (values: readonly any[]) => boolean;
}

export interface Recovery {
  /** Views that make of a slot's component what it is when recovery begins (budgets granted anew, say); other slots stay. */
  readonly begin: readonly Required<Read<any>>[];
  /**
   * All that counts as recovery, and no new faults, over the slots of the model. In the order of a fair schedule: where
   * several can act, the first does.
   */
  readonly groups: readonly Group[];
  /** Every action name that may occur. */
  readonly actions: readonly string[];
  readonly recovered: Condition;
  /** Where a bound on recovery itself keeps something from happening, so that a dead end may be none. */
  readonly exhausted: Condition;
}
