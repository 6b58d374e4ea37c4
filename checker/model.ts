/**
 * What a model is: a vector of slots, and transition groups that read some of them and write some of them.
 *
 * Everything that the search does is a memoised function of component ids, and there are four such functions, all
 * written by the model: a *view* (of one component), an *operation* (on one component), a *group* (of the views that
 * it reads) and a *property* (of the views that it reads). They must be pure and total; the engine calls each once per
 * distinct argument and chases integers after that.
 *
 * Components and everything derived from them are JSON: safe integers, strings, booleans, null, arrays and plain
 * objects. Two components with the same canonical encoding are the same component.
 */

import type { Recovery } from './recovery/definition.js';
import type { Symmetry } from './symmetry.js';

/** A named, pure function of one component; its result is interned like a component. */
export interface View<V, R> {
  readonly name: string;
  readonly of: (value: V) => R;
}

/**
 * The sort of a slot. Slots of one kind share one table of components, so a kind is made once and reused.
 * `apply` is what an operation does to a component: push a message, spend a budget, fold an observation.
 */
export interface Kind<V, O> {
  readonly name: string;
  /** A method, so that slots of all kinds fit in one list. */
  apply(value: V, operation: O): V;
}

export interface Slot<V, O = never> {
  readonly name: string;
  readonly kind: Kind<V, O>;
  readonly initial: V;
}

/** One argument of a group or a property: a slot, seen whole or through a view. */
export interface Read<R> {
  readonly slot: Slot<any, any>;
  /** Absent: the whole component. */
  readonly view?: View<any, R>;
}

/** A new component for a slot, or an operation on the one that is there. At most one write a slot in an outcome. */
export type Write =
  | { readonly slot: Slot<any, any>; readonly value: unknown }
  | { readonly slot: Slot<any, any>; readonly operation: unknown };

/** What the environment chose. `name` is what coverage counts; name and fields together are unique in a state. */
export interface Action {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** One successor: the action, what it writes, and what was observed on the way (for properties of actions). */
export interface Outcome {
  readonly action: Action;
  readonly writes: readonly Write[];
  readonly observed?: readonly unknown[];
}

/**
 * - `progress`: the protocol's own doing (deliveries, flushes, internal steps, justified timers);
 * - `idle`: listed only in a state where no progress is possible (a timer that fires because all is silent);
 * - `environment`: faults and inputs; a state with nothing else enabled is terminal.
 */
export type Urgency = 'progress' | 'idle' | 'environment';

export interface Group {
  readonly name: string;
  readonly urgency: Urgency;
  /** Cheap conditions, each a view with a boolean result; the group is looked at only where all are true. */
  readonly when: readonly Read<boolean>[];
  readonly reads: readonly Read<any>[];
  /** In a fixed order. Empty: nothing enabled. */
  readonly outcomes: (values: readonly any[]) => readonly Outcome[];
}

interface Claim {
  readonly name: string;
  readonly claim: string;
  /** Paper section, ZooKeeper class or JIRA. */
  readonly source: string;
}

/** Holds of a state, as a function of what it reads. */
export interface StateProperty extends Claim {
  readonly on: 'state';
  readonly reads: readonly Read<any>[];
  readonly holds: (values: readonly any[]) => boolean;
  /** The offending values, for the report; called only where `holds` is false. */
  readonly explain?: (values: readonly any[]) => unknown;
}

/** Holds of an action, as a function of the outcome alone. */
export interface ActionProperty extends Claim {
  readonly on: 'action';
  readonly holds: (outcome: Outcome) => boolean;
  readonly explain?: (outcome: Outcome) => unknown;
}

/** A property that must hold always. One with `on: 'terminal'` is asked only of terminal states. */
export type Invariant =
  | StateProperty
  | ActionProperty
  | (Omit<StateProperty, 'on'> & { readonly on: 'terminal' });

/** A property that must hold at least once, so that nothing is verified vacuously. */
export type Goal = (StateProperty | ActionProperty) & {
  /** The budgets it needs, in words. */
  readonly needs: string;
  /** Whether this configuration grants them; a goal that it cannot reach is listed, not demanded. */
  readonly applicable: boolean;
};

export interface Model {
  /** As the registry knows it. */
  readonly name: string;
  /** The configuration that builds this very model again. JSON. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly slots: readonly Slot<any, any>[];
  readonly groups: readonly Group[];
  readonly invariants: readonly Invariant[];
  readonly goals: readonly Goal[];
  /** Every action name that may occur; coverage lists those never taken. */
  readonly actions: readonly string[];
  /** What recovery is; absent, nobody asks whether states recover. */
  readonly recovery?: Recovery;
  /** What is interchangeable, for a search that wants to visit one state of each orbit; or why nothing is. */
  readonly symmetry?: Symmetry | { readonly none: string };
  /** What the reader has to be told beside the verdict (an under-approximating grain, say). */
  readonly caveats?: readonly string[];
}

const whole = { name: 'whole', of: (value: unknown) => value } as const;

/** An argument for a group or a property. */
export function read<V>(slot: Slot<V, any>): Read<V>;
export function read<V, R>(slot: Slot<V, any>, view: View<V, R>): Read<R>;
export function read(slot: Slot<any, any>, view?: View<any, any>): Read<any> {
  return view === undefined ? { slot } : { slot, view };
}

/** The value of a read in the plain: what the memoised tables must agree with. */
export const argumentValue = (argument: Read<any>, component: unknown): unknown =>
  (argument.view ?? whole).of(component as never);

type Values<R extends readonly Read<any>[]> = { [K in keyof R]: R[K] extends Read<infer V> ? V : never };

/** Checks that the types of `reads` and of the function that takes their values agree. */
export const group = <const R extends readonly Read<any>[]>(
  g: Omit<Group, 'reads' | 'outcomes' | 'when'> & {
    readonly when?: readonly Read<boolean>[];
    readonly reads: R;
    readonly outcomes: (values: Values<R>) => readonly Outcome[];
  },
): Group => ({ when: [], ...g }) as unknown as Group;

/** Likewise for a property of states (or of terminal states). */
export const property = <const R extends readonly Read<any>[], const P extends Claim>(
  p: P & {
    readonly reads: R;
    readonly holds: (values: Values<R>) => boolean;
    readonly explain?: (values: Values<R>) => unknown;
  },
): Omit<P, 'reads' | 'holds' | 'explain'> & Omit<StateProperty, keyof Claim | 'on'> => p as never;

/** Replaces a component. */
export const put = <V>(slot: Slot<V, any>, value: V): Write => ({ slot, value });

/** Applies an operation of the slot's kind. */
export const apply = <O>(slot: Slot<any, O>, operation: O): Write => ({ slot, operation });
