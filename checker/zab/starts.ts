/**
 * Named starts: states that a search may begin in instead of the cold one. Each is reached from the cold start by a
 * path through the same model, without faults, so that it is a state of the protocol and not one of ours.
 */
import type { Action } from '../model.js';
import { enabled, initialState, named, type State, type Successor } from '../plain.js';
import { modelFrom } from './model.js';
import type { ZabOptions } from './options.js';
import { initialBudgets, type Start } from './slots.js';

/** Ways to go on, the first that fits any enabled action is taken. */
type Script = readonly ((successor: Successor) => boolean)[];

const isProgress: Script[number] = ({ group }) => group.urgency === 'progress';
const isRequestAtLeader: Script[number] = ({ outcome }) => outcome.action.name === 'leaderProcessRequest';

/** Takes the first progress there is, until all is at rest. */
const rest = (model: ReturnType<typeof modelFrom>, from: State, path: Action[]): State => {
  let state = from;
  for (;;) {
    const next = enabled(model, state).find(isProgress);
    if (next === undefined) return state;
    path.push(next.outcome.action);
    state = next.state;
  }
};

const take = (
  model: ReturnType<typeof modelFrom>,
  from: State,
  which: Script[number],
  path: Action[],
): State => {
  const next = enabled(model, from).find(which);
  if (next === undefined) throw new Error('the start cannot be reached: no such action is enabled');
  path.push(next.outcome.action);
  return next.state;
};

export interface ReachedStart {
  readonly components: Start;
  readonly path: readonly Action[];
}

/**
 * Epoch 1 is established and all are in broadcast; one transaction is committed everywhere, a second one is proposed
 * and its proposal is on the way. The start state of the multi-grained specifications.
 */
export const established = (options: ZabOptions): ReachedStart => {
  const model = modelFrom({ ...options, txns: 2, start: 'cold', elections: 1, defect: [] });
  const path: Action[] = [];
  const elected = rest(model, initialState(model), path);
  const committed = rest(model, take(model, elected, isRequestAtLeader, path), path);
  const proposed = take(model, committed, isRequestAtLeader, path);
  // Two requests are spent; the budgets of the search are its own.
  const budgets = { ...initialBudgets(options), nextTxn: 3 };
  return { components: { ...named(model, proposed), budgets }, path };
};

export const startOf = (options: ZabOptions): Start =>
  options.start === 'cold' ? {} : established(options).components;
