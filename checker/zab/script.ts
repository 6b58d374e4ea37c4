/**
 * Scripts: runs of the model told in a few lines. A line names an action by some of its fields, the first enabled one
 * that has them is taken; or it lets the protocol go on by itself until all is at rest, only the disks, or only one
 * server in what it does and what it is heard of.
 */
import { InputError } from '../errors.js';
import { same } from '../canonical.js';
import type { Action, Model } from '../model.js';
import { enabled, initialState, type State, type Successor, stateKey } from '../plain.js';

export type Line =
  | 'rest'
  | 'flush'
  | { readonly rest: number }
  | { readonly name: string; readonly [field: string]: unknown };

/** Actions until all is at rest, at most: where epochs grow for ever no state comes twice. */
const LONGEST_REST = 1_000;

export interface Played {
  readonly state: State;
  readonly path: readonly Action[];
}

const fits = (action: Action, wanted: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(wanted).every(([field, value]) => same(action[field], value));

const goesOn = (line: Line): boolean => typeof line === 'string' || 'rest' in line;

const isMeant = ({ group, outcome }: Successor, line: Line): boolean => {
  if (line === 'rest') return group.urgency === 'progress';
  const { action } = outcome;
  if (line === 'flush') return 'write' in action;
  return 'rest' in line
    ? group.urgency === 'progress' && (action['server'] === line.rest || action['from'] === line.rest)
    : fits(action, line);
};

/**
 * @throws InputError if a line fits no action where it stands, or if the protocol never comes to rest: too
 * few servers, or a defect that is in the way
 */
export const play = (model: Model, lines: readonly Line[]): Played => {
  const path: Action[] = [];
  let state = initialState(model);
  const take = (line: Line): boolean => {
    const next = enabled(model, state).find((successor) => isMeant(successor, line));
    if (next === undefined) return false;
    path.push(next.outcome.action);
    state = next.state;
    return true;
  };
  const goOn = (line: Line): void => {
    const passed = new Set<string>();
    while (take(line)) {
      const key = stateKey(state);
      if (passed.has(key))
        throw new InputError(`the script cannot go on: the protocol goes round after ${path.length} actions`);
      if (passed.size > LONGEST_REST)
        throw new InputError(`the script cannot go on: no rest after ${path.length} actions`);
      passed.add(key);
    }
  };
  for (const line of lines) {
    if (goesOn(line)) goOn(line);
    else if (!take(line))
      throw new InputError(
        `the script cannot go on: no action ${JSON.stringify(line)} after ${path.length} actions`,
      );
  }
  return { state, path };
};
