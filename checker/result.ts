/** What a search reports, complete or not. */
import type { Audit } from './audit.js';
import type { Shares } from './engine/shares.js';
import type { Action } from './model.js';
import type { RecoveryProgress, RecoveryResult } from './recovery/result.js';

export interface CheckOptions {
  readonly maxStates?: number;
  readonly maxDepth?: number;
  readonly maxSeconds?: number;
  /**
   * Bytes of resident memory. What does not fit goes to disk, and the search goes on; only if the memo tables alone do not
   * fit, or with `exact` the states, does it end.
   */
  readonly maxMemory?: number;
  /** Folder for what does not fit; the one for temporary files by default. Nothing stays in it. */
  readonly spill?: string;
  /** Folder to write checkpoints to, from which another process can go on; it must not hold one already. */
  readonly checkpoint?: string;
  /** Folder with a checkpoint to go on from, and to write further ones to. Not with `checkpoint`, and neither with `exact`. */
  readonly resume?: string;
  /** Seconds from one checkpoint to the next; 30 by default. One more is written where a bound ends the search. */
  readonly checkpointSeconds?: number;
  /** What the code of the model is, a hash of it, say: a checkpoint of other code is refused. */
  readonly specification?: string;
  /** How often to look at the clock, the memory and whatever may interrupt, at least after so many milliseconds; 100 by default. */
  readonly breathMs?: number;
  /** How much of each may be in memory, if not what follows from `maxMemory`; small numbers are for tests. */
  readonly shares?: Shares;
  /** Go on past a violation, to report every property that can break. */
  readonly keepGoing?: boolean;
  /**
   * Threads that explore, this one among them, which alone calls the model; 1 by default. The result does not depend on
   * it. Run from sources that are not compiled, there are none besides this.
   */
  readonly workers?: number;
  /** Wait for the other threads when there is something to divide, instead of going on alone until they have started; for tests. */
  readonly awaitWorkers?: boolean;
  /**
   * Tell states apart by their whole contents instead of 64-bit fingerprints, so that the collision probability is zero.
   * On one thread, and some times slower and larger.
   */
  readonly exact?: boolean;
  /** Run the hot loop in WebAssembly, which is the default, or in its readable twin. The result does not depend on it. */
  readonly webAssembly?: boolean;
  /**
   * Visit one state of each orbit, in a model that says what is interchangeable. Verdict, depth and the length of the
   * counterexample stay what they are; `distinct`, `generated`, `levels`, `terminal` and `coverage` are then of orbits.
   * Not together with `exact`.
   */
  readonly symmetry?: boolean;
  /** Ask of every state of a complete search whether it recovers; only of models that say what that is. */
  readonly recovery?: boolean;
  /** Call the model's functions again at the end, for one in so many of the calls that are remembered; 1 for all. */
  readonly audit?: number;
  /** Called about ten times a second while recovery is asked for. */
  readonly onRecovery?: (progress: RecoveryProgress) => void;
  /** Called about ten times a second. */
  readonly onProgress?: (progress: Progress) => void;
  /** Asked now and then; true ends the search with what is known so far (Ctrl-C). */
  readonly interrupted?: () => boolean;
}

export interface Progress {
  readonly depth: number;
  readonly distinct: number;
  readonly generated: number;
  /** States of the current level still to be expanded, and states already found for the next. */
  readonly frontier: number;
  readonly nextFrontier: number;
  readonly seconds: number;
  /** Resident memory of the process. */
  readonly memoryBytes: number;
  /** Written to disk so far because it did not fit. */
  readonly spilledBytes: number;
}

/** A shortest path from the initial state to where a property breaks. */
export interface Violation {
  readonly property: string;
  readonly claim: string;
  readonly source: string;
  /** Number of actions. */
  readonly depth: number;
  readonly path: readonly Action[];
  /** The offending values. */
  readonly offending: unknown;
}

export type Bound = 'max-states' | 'max-depth' | 'max-seconds' | 'max-memory' | 'interrupted';

export interface SymmetryResult {
  /** What is interchangeable. */
  readonly of: string;
  readonly permutations: number;
  /**
   * States in the orbits of all states that were expanded, and successors of these, the initial one included: when the
   * search is complete, and the initial state is the only one in its orbit, what a search without symmetry finds.
   */
  readonly distinct: number;
  readonly generated: number;
}

export interface CheckResult {
  /**
   * `verified`: the search finished, every invariant holds, every applicable goal was reached.
   * `violated`: an invariant broke, or a finished search did not reach an applicable goal.
   * `incomplete`: a bound was hit first, or there are states of which it was not found out whether they recover.
   */
  readonly verdict: 'verified' | 'violated' | 'incomplete';
  /** The bound that ended the search, if one did. */
  readonly bound: Bound | null;
  readonly complete: boolean;
  readonly distinct: number;
  readonly generated: number;
  /** Greatest number of actions from the initial state to a state found; of a complete search, the diameter. */
  readonly depth: number;
  readonly seconds: number;
  /** Time spent inside the model's own functions. */
  readonly modelSeconds: number;
  readonly statesPerSecond: number;
  /** Peak resident memory of the process. */
  readonly memoryBytes: number;
  /** Written to disk because it did not fit the memory; files that were written again count again. */
  readonly spilledBytes: number;
  /** Probability that two distinct states shared a fingerprint, as TLC estimates it. */
  readonly collisionProbability: number;
  /** Only of a search for orbits. */
  readonly symmetry?: SymmetryResult;
  readonly invariants: readonly {
    readonly name: string;
    readonly claim: string;
    readonly source: string;
    readonly holds: boolean | null;
  }[];
  readonly goals: readonly {
    readonly name: string;
    readonly claim: string;
    readonly needs: string;
    readonly applicable: boolean;
    readonly reached: boolean | null;
    readonly depth: number | null;
  }[];
  /** Times each action was generated; zero for one never taken. */
  readonly coverage: Readonly<Record<string, number>>;
  /** States found at each depth. */
  readonly levels: readonly number[];
  readonly terminal: number;
  /** Absent if nobody asked. */
  readonly audit?: Audit;
  /** Absent if nobody asked, or if the search is not complete. */
  readonly recovery?: RecoveryResult;
  /** First the reported one; more only with keepGoing. An unreached goal is a violation with an empty path. */
  readonly violations: readonly Violation[];
}
