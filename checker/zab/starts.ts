/**
 * Named starts: states that a search may begin in instead of the cold one. Each is reached from the cold start by a
 * path through the same model, so that it is a state of the protocol and not one of ours.
 */
import type { Action, Model } from '../model.js';
import { named } from '../plain.js';
import { modelFrom } from './model.js';
import type { ZabOptions } from './options.js';
import { type Line, play } from './script.js';
import { initialBudgets, type Start } from './slots.js';

interface NamedStart {
  readonly name: ZabOptions['start'];
  readonly summary: string;
  readonly txns: number;
  readonly script: readonly Line[];
}

/** A request at the leader: it proposes at once. */
const propose: Line = { name: 'leaderProcessRequest' };
const serving: readonly Line[] = ['rest', propose, 'rest'];

export const starts: readonly NamedStart[] = [
  { name: 'cold', summary: 'all servers up and empty, looking for a leader', txns: 0, script: [] },
  {
    name: 'serving',
    summary: 'epoch 1 is established, and one transaction is committed everywhere',
    txns: 1,
    script: serving,
  },
  {
    name: 'established',
    summary: 'the same, and a second transaction is proposed and on its way',
    txns: 2,
    script: [...serving, propose],
  },
  {
    name: 'rejoined',
    summary:
      'two transactions are committed everywhere; server 2 was down during the second and got it by DIFF',
    txns: 2,
    // Server 2 of three leads under no grain of election.
    script: [...serving, propose, { name: 'crash', server: 2 }, 'rest', { name: 'restart' }, 'rest'],
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

/** @throws InputError if the configuration does not allow it: too few servers, or a defect that is in the way. */
export const reachStart = (options: ZabOptions): ReachedStart => {
  const start = starts.find(({ name }) => name === options.start)!;
  const model = scriptModel(options);
  const { state, path } = play(model, start.script);
  const budgets = { ...initialBudgets(options), nextTxn: start.txns + 1 };
  return { components: { ...named(model, state), budgets }, path };
};

export const startOf = (options: ZabOptions): Start =>
  options.start === 'cold' ? {} : reachStart(options).components;
