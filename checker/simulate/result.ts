/** What a simulation is asked for, and what it reports. */
import type { CheckResult, Violation } from '../result.js';

export interface SimulateOptions {
  /** A safe integer. The same seed and number of walks give the same result. */
  readonly seed: number;
  readonly walks?: number;
  readonly seconds?: number;
  /** Most actions of a walk. */
  readonly depth?: number;
  /** Go on past a violation, to report every property that can break. */
  readonly keepGoing?: boolean;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: SimulateProgress) => void;
  /** Asked now and then; true ends the simulation with what is known so far (Ctrl-C). */
  readonly interrupted?: () => boolean;
}

export interface SimulateProgress {
  readonly walks: number;
  readonly steps: number;
  /** Distinct transitions taken, of those that were enabled somewhere on the way. */
  readonly taken: number;
  readonly met: number;
  readonly seconds: number;
}

/** A violation at the end of a walk, shrunk. */
export interface SimulatedViolation extends Violation {
  /** The walk that found it, and how long it was by then. */
  readonly walk: number;
  readonly foundAt: number;
}

/** What ended the simulation. Without a stop condition of one's own it is `default` that does. */
export type Stop = 'violation' | 'walks' | 'seconds' | 'interrupted' | 'default';

export interface SimulateResult extends Pick<CheckResult, 'invariants' | 'goals' | 'coverage'> {
  /** A simulation verifies nothing: `unviolated` says that it did all that was asked for, and nothing broke. */
  readonly verdict: 'unviolated' | 'violated' | 'incomplete';
  readonly stop: Stop;
  readonly seed: number;
  readonly walks: number;
  readonly steps: number;
  /** Actions of the longest walk. */
  readonly longest: number;
  /** Walks that ended because nothing was enabled, and those that were cut off at the depth. */
  readonly ended: number;
  readonly cutOff: number;
  /** Transitions are outcomes of groups for distinct values read, as the tables hold them. */
  readonly transitions: { readonly taken: number; readonly met: number };
  readonly seconds: number;
  readonly modelSeconds: number;
  readonly violations: readonly SimulatedViolation[];
}
