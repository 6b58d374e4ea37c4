/** What an inquiry into recovery is asked for, and what it reports. */
import type { Violation } from '../result.js';

export interface RecoveryOptions {
  /** Most states of one search, where the schedule leads nowhere. */
  readonly mostStates?: number;
  readonly maxSeconds?: number;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: RecoveryProgress) => void;
  /** Asked now and then; true ends the inquiry with what is known so far (Ctrl-C). */
  readonly interrupted?: () => boolean;
}

export interface RecoveryProgress {
  /** States asked for, of all that are reachable. */
  readonly asked: number;
  readonly states: number;
  readonly trapped: number;
  readonly searches: number;
  readonly seconds: number;
}

/** Why something is left open: a bound of recovery itself, or the end of the user's patience. */
export type RecoveryBound = 'recovery' | 'max-seconds' | 'interrupted';

export interface Trap extends Violation {
  /** States that can still be reached, and the names of the actions that can still happen in them. */
  readonly offending: { readonly states: number; readonly actions: readonly string[] };
}

export interface RecoveryResult {
  readonly verdict: 'recovers' | 'trap' | 'undetermined';
  readonly bound: RecoveryBound | null;
  readonly claim: string;
  /** Reachable states, by their fate. */
  readonly recovering: number;
  readonly trapped: number;
  readonly undetermined: number;
  /** Distinct states that were met on schedules and in searches; steps of schedules; searches, and the states they saw. */
  readonly met: number;
  readonly scheduled: number;
  readonly searches: number;
  readonly searched: number;
  readonly seconds: number;
  /** A shortest path into a trap, with what can still be reached from there. */
  readonly trap: Trap | null;
}
