/**
 * Scripts: runs of the model told in a few lines. A line names an action by some of its fields, the first enabled one
 * that has them is taken; or it lets the protocol go on by itself until all is at rest.
 */
import { InputError } from '../errors.js';
import { same } from '../canonical.js';
import type { Action, Model } from '../model.js';
import { enabled, initialState, type State } from '../plain.js';

export type Line = 'rest' | { readonly name: string; readonly [field: string]: unknown };

export interface Played {
  readonly state: State;
  readonly path: readonly Action[];
}

const fits = (action: Action, wanted: Exclude<Line, 'rest'>): boolean =>
  Object.entries(wanted).every(([field, value]) => same(action[field], value));

/** @throws InputError if a line fits no action where it stands: too few servers, or a defect that is in the way */
export const play = (model: Model, lines: readonly Line[]): Played => {
  const path: Action[] = [];
  let state = initialState(model);
  const take = (line: Line): boolean => {
    const next = enabled(model, state).find(({ group, outcome }) =>
      line === 'rest' ? group.urgency === 'progress' : fits(outcome.action, line),
    );
    if (next === undefined) return false;
    path.push(next.outcome.action);
    state = next.state;
    return true;
  };
  for (const line of lines) {
    if (line === 'rest') while (take(line));
    else if (!take(line))
      throw new InputError(
        `the script cannot go on: no action ${JSON.stringify(line)} after ${path.length} actions`,
      );
  }
  return { state, path };
};
