/**
 * Shrinks a run that breaks a property to a short one: delta debugging over its actions. A part of the run is left out,
 * and what remains is executed again in the plain, passing over whatever is not enabled any more; if the property still
 * breaks, the shorter run takes the place of the longer. At the end no action can be left out.
 */
import { same } from '../canonical.js';
import type { Action, Group, Invariant, Model, Outcome } from '../model.js';
import { holds, initialState, type State, successorsBy } from '../plain.js';

/** An action, and the group that offers it, so that no other needs to be asked. */
export interface Step {
  readonly group: Group;
  readonly action: Action;
}

/** A run that breaks the property at its end, with the state before each step. */
interface Run {
  readonly steps: readonly Step[];
  readonly before: readonly State[];
}

const hasAny = (model: Model, state: State, urgency: Group['urgency']): boolean =>
  model.groups.some((group) => group.urgency === urgency && successorsBy(model, state, group).length > 0);

const breaks = (model: Model, property: Invariant, state: State, outcome: Outcome | undefined): boolean => {
  if (property.on !== 'terminal') return !holds(model, property, state, outcome);
  // Most states are not terminal, and one group that offers something shows it.
  if (hasAny(model, state, 'progress') || hasAny(model, state, 'idle')) return false;
  return !holds(model, property, state, outcome);
};

const successorBy = (model: Model, state: State, { group, action }: Step) => {
  const found = successorsBy(model, state, group).find(({ outcome }) => same(outcome.action, action));
  const isDue = group.urgency !== 'idle' || (found !== undefined && !hasAny(model, state, 'progress'));
  return isDue ? found : undefined;
};

/**
 * Executes steps behind the first so many of a run, as far as they are enabled, until the property breaks.
 * @returns undefined if it never does.
 */
const resume = (
  model: Model,
  property: Invariant,
  run: Run,
  from: number,
  rest: readonly Step[],
): Run | undefined => {
  const steps = run.steps.slice(0, from);
  const before = run.before.slice(0, from);
  let state = run.before[from]!;
  for (const step of rest) {
    const next = successorBy(model, state, step);
    if (next === undefined) continue;
    steps.push(step);
    before.push(state);
    ({ state } = next);
    if (breaks(model, property, state, next.outcome)) return { steps, before };
  }
  return undefined;
};

/** The run without some of its parts of this length: of those that it can do without, one after another. */
const withoutParts = (model: Model, property: Invariant, whole: Run, length: number): Run => {
  let run = whole;
  for (let from = 0; from < run.steps.length; ) {
    const shorter = resume(model, property, run, from, run.steps.slice(from + length));
    if (shorter === undefined) from += length;
    else run = shorter;
  }
  return run;
};

/**
 * @param steps of a run that breaks the property, which its initial state does not.
 * @throws Error if it does not.
 */
export const shrink = (model: Model, property: Invariant, steps: readonly Step[]): readonly Action[] => {
  const start: Run = { steps: [], before: [initialState(model)] };
  let run = resume(model, property, start, 0, steps);
  if (run === undefined) throw new Error(`internal error: the plain model does not break ${property.name}`);
  for (let length = run.steps.length >> 1; length >= 1; ) {
    const shorter: Run = withoutParts(model, property, run, length);
    // Single actions are tried until none can go.
    if (length > 1) length = Math.min(length >> 1, Math.max(1, shorter.steps.length >> 1));
    else if (shorter.steps.length === run.steps.length) length = 0;
    run = shorter;
  }
  return run.steps.map(({ action }) => action);
};
