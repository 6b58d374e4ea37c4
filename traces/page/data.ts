/**
 * What a page is given: plain data, made where the model is, drawn where it is not. The browser's part (traces/web) shares
 * these types and nothing else of the checker.
 */
import type { Picture } from '../picture.js';

/** A run as its page shows it. */
export interface RunData {
  readonly model: string;
  /** What the configuration sets, in words. */
  readonly config: string;
  /** Its name for a person: the file, say. */
  readonly title: string;
  readonly picture: Picture;
  /** How many steps the trace has; the picture may show fewer. */
  readonly steps: number;
  /** What breaks at the last step. */
  readonly violation?: { readonly property: string; readonly claim: string; readonly offending: unknown };
  /** Where the trace stops being a run of its model: the picture ends before. */
  readonly mismatch?: readonly string[];
}

export interface Line {
  readonly name: string;
  readonly claim: string;
  readonly mark: 'yes' | 'no' | 'open' | 'none';
  /** What there is to say beside the mark: a depth, what a goal needs. */
  readonly remark?: string;
}

/** The report of one search. */
export interface SearchData {
  readonly title: string;
  readonly verdict: 'verified' | 'violated' | 'incomplete';
  readonly sentence: string;
  readonly config: string;
  readonly facts: readonly (readonly [string, string])[];
  readonly caveats: readonly string[];
  readonly invariants: readonly Line[];
  readonly goals: readonly Line[];
  readonly coverage: readonly (readonly [string, number])[];
  /** States found at each depth. */
  readonly levels: readonly number[];
  readonly runs: readonly RunData[];
}

export interface ReportData {
  readonly title: string;
  readonly when: string;
  readonly searches: readonly SearchData[];
}

/** What the explorer starts with. */
export interface ExploreData {
  readonly models: readonly {
    readonly name: string;
    readonly summary: string;
    readonly presets: readonly {
      readonly name: string;
      readonly summary: string;
      readonly config: unknown;
    }[];
  }[];
  readonly start: Place;
}

/** A state by how one gets there: numbers of actions among those that are enabled. */
export interface Place {
  readonly model: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly path: readonly number[];
}

export type PageData =
  | { readonly kind: 'run'; readonly run: RunData }
  | { readonly kind: 'report'; readonly report: ReportData }
  | { readonly kind: 'explore'; readonly explore: ExploreData };
