/**
 * Named starts: states that a search may begin in instead of the cold one. Each is reached from the cold start by a
 * path through the same model, so that it is a state of the protocol and not one of ours.
 */
import { InputError } from '../errors.js';
import type { Action, Model } from '../model.js';
import { enabled, initialState, named, type State, type Successor } from '../plain.js';
import { modelFrom } from './model.js';
import type { ZabOptions } from './options.js';
import { initialBudgets, type Start } from './slots.js';

type Choice = (successor: Successor) => boolean;

/** What a script does next: takes the first action that fits, or lets the protocol go on until all is at rest. */
type Line = 'rest' | Choice;

const progress: Choice = ({ group }) => group.urgency === 'progress';
const isNamed =
  (name: string): Choice =>
  ({ outcome }) =>
    outcome.action.name === name;

/** A request at the leader: it proposes at once. */
const propose = isNamed('leaderProcessRequest');
/** The crash of a follower: of the second server, which leads under no grain of election. */
const crashFollower: Choice = ({ outcome }) => outcome.action.name === 'crash' && outcome.action.server === 2;

interface NamedStart {
  readonly name: ZabOptions['start'];
  readonly summary: string;
  readonly txns: number;
  readonly script: readonly Line[];
}

export const starts: readonly NamedStart[] = [
  { name: 'cold', summary: 'all servers up and empty, looking for a leader', txns: 0, script: [] },
  {
    name: 'established',
    summary:
      'epoch 1 is established; one transaction is committed everywhere, a second is proposed and on its way',
    txns: 2,
    script: ['rest', propose, 'rest', propose],
  },
  {
    name: 'rejoined',
    summary:
      'two transactions are committed everywhere; server 2 was down during the second and got it by DIFF',
    txns: 2,
    script: ['rest', propose, 'rest', propose, crashFollower, 'rest', isNamed('restart'), 'rest'],
  },
];

export interface ReachedStart {
  readonly components: Start;
  /** From the cold start of the model with as much of every budget as the script needs. */
  readonly path: readonly Action[];
}

/** The model in which the scripts are played. */
export const scriptModel = (options: ZabOptions): Model =>
  modelFrom({ ...options, start: 'cold', txns: 9, crashes: 1, restarts: 'free', elections: 1 });

const walk = (
  model: Model,
  lines: readonly Line[],
): { readonly state: State; readonly path: readonly Action[] } => {
  const path: Action[] = [];
  let state = initialState(model);
  const take = (choice: Choice): boolean => {
    const next = enabled(model, state).find(choice);
    if (next === undefined) return false;
    path.push(next.outcome.action);
    state = next.state;
    return true;
  };
  for (const line of lines) {
    if (line === 'rest') while (take(progress));
    else if (!take(line)) throw new InputError('this start cannot be reached in this configuration');
  }
  return { state, path };
};

/** @throws InputError if the configuration does not allow it: too few servers, or a defect that is in the way. */
export const reachStart = (options: ZabOptions): ReachedStart => {
  const start = starts.find(({ name }) => name === options.start)!;
  const model = scriptModel(options);
  const { state, path } = walk(model, start.script);
  const budgets = { ...initialBudgets(options), nextTxn: start.txns + 1 };
  return { components: { ...named(model, state), budgets }, path };
};

export const startOf = (options: ZabOptions): Start =>
  options.start === 'cold' ? {} : reachStart(options).components;
