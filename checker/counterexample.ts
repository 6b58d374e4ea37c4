/**
 * What the search found, executed again in the plain before anybody is told. The search knows a path as numbers of
 * actions; here it becomes actions, every state on it must be one that the search has visited, and at its end the
 * property must be as the search says. A disagreement is our defect, never the model's, and names the step.
 */
import { encode, type Hash } from './canonical.js';
import { ModelError } from './errors.js';
import { fingerprint } from './fingerprint.js';
import type { Action, Goal, Invariant, Model, Outcome } from './model.js';
import { enabled, execute, holds, initialState, offending, type State, stateKey } from './plain.js';
import type { Violation } from './result.js';

export interface PlainPath {
  readonly actions: readonly Action[];
  readonly state: State;
  /** Absent for the empty path. */
  readonly outcome: Outcome | undefined;
}

const disagree = (step: number, what: string): never => {
  throw new Error(`internal error: the search and the plain model disagree at step ${step}: ${what}`);
};

/**
 * Turns numbers of actions into actions.
 * @param visited whether the search found this state.
 */
export const plainPath = (
  model: Model,
  numbers: readonly number[],
  visited: (state: State) => boolean,
): PlainPath => {
  const actions: Action[] = [];
  let state = initialState(model);
  let outcome: Outcome | undefined;
  for (const [index, number] of numbers.entries()) {
    const step = index + 1;
    const successors = enabled(model, state);
    const successor = successors[number] ?? disagree(step, `no action ${number} among ${successors.length}`);
    if (!visited(successor.state)) {
      disagree(step, `${encode(successor.outcome.action)} leads to a state that was never visited`);
    }
    ({ state, outcome } = successor);
    actions.push(outcome.action);
  }
  return { actions, state, outcome };
};

/** By actions alone, as a trace is replayed; fails where the actions of the model are not unique in a state. */
const replayed = (model: Model, path: PlainPath): void => {
  let last: State;
  try {
    last = execute(model, path.actions).at(-1)?.state ?? initialState(model);
  } catch (error) {
    throw new ModelError(`the counterexample cannot be replayed: ${(error as Error).message}`, path.actions);
  }
  if (stateKey(last) !== stateKey(path.state)) disagree(path.actions.length, 'replaying it leads elsewhere');
};

/** The violation at the end of this path, shown in the plain. */
export const violationOf = (
  model: Model,
  property: Invariant | Goal,
  numbers: readonly number[],
  end: Hash,
  visited: (state: State) => boolean,
): Violation => {
  const path = plainPath(model, numbers, visited);
  const last = fingerprint(path.state);
  if (last.lo !== end.lo || last.hi !== end.hi) disagree(numbers.length, 'the path ends in another state');
  if (holds(model, property, path.state, path.outcome)) disagree(numbers.length, `${property.name} holds`);
  replayed(model, path);
  return {
    property: property.name,
    claim: property.claim,
    source: property.source,
    depth: numbers.length,
    path: path.actions,
    offending: offending(model, property, path.state, path.outcome),
  };
};
