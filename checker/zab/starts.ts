/**
 * Named starts: states that a search may begin in instead of the cold one. Each is reached from the cold start by a
 * path through the same model, so that it is a state of the protocol and not one of ours.
 */
import { InputError } from '../errors.js';
import type { Action, Model } from '../model.js';
import { named } from '../plain.js';
import { modelFrom } from './model.js';
import type { ZabOptions } from './options.js';
import { type Line, type Played, play } from './script.js';
import { initialBudgets, type Start } from './slots.js';

interface NamedStart {
  readonly name: ZabOptions['start'];
  readonly summary: string;
  readonly txns: number;
  readonly script: readonly Line[];
  /** More than the other scripts need. */
  readonly budgets?: Pick<ZabOptions, 'crashes' | 'elections'>;
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
  {
    name: 'diverged',
    summary:
      'epoch 3 is established without a proposal of epoch 1, which two servers that have just restarted have on their disks: 1, which led, and observer 4 (of three servers and an observer, oracle election)',
    txns: 2,
    budgets: { crashes: 3, elections: 3 },
    script: [
      ...serving,
      // What it proposes reaches nobody.
      propose,
      'flush',
      { name: 'crash', server: 1 },
      { name: 'followerClosed', server: 2 },
      { name: 'followerClosed', server: 3 },
      { name: 'observerClosed', server: 4 },
      { name: 'restart' },
      // It leads once more, and synchronizes the observer before any quorum.
      { name: 'lookingElectedLeader', server: 1 },
      'flush',
      { name: 'lookingElectedFollower', server: 2 },
      { name: 'followerConnected', server: 2 },
      { name: 'leaderProcessFOLLOWERINFO', from: 2 },
      'flush',
      { name: 'followerProcessLEADERINFO', server: 2 },
      'flush',
      { name: 'leaderProcessACKEPOCH', from: 2 },
      'flush',
      { rest: 4 },
      { name: 'crash', server: 4 },
      { name: 'crash', server: 1 },
      { name: 'followerClosed', server: 2 },
      'rest',
      { name: 'restart', server: 1 },
      { name: 'restart', server: 4 },
    ],
  },
];

export interface ReachedStart {
  readonly components: Start;
  /** From the cold start of the model with as much of every budget as the script needs. */
  readonly path: readonly Action[];
}

const startNamed = ({ start }: ZabOptions): NamedStart => starts.find(({ name }) => name === start)!;

/** The model in which its script is played. */
export const scriptModel = (options: ZabOptions): Model =>
  modelFrom({
    ...options,
    start: 'cold',
    resend: 'idle',
    rounds: 'unbounded',
    txns: 9,
    restarts: 'free',
    ...(startNamed(options).budgets ?? { crashes: 1, elections: 1 }),
  });

const playedTo = ({ name, script }: NamedStart, model: Model): Played => {
  try {
    return play(model, script);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`the start ${name} cannot be reached in this configuration: ${error.message}`);
  }
};

/** @throws InputError if the configuration does not allow it: too few servers, or a defect that is in the way. */
export const reachStart = (options: ZabOptions): ReachedStart => {
  const start = startNamed(options);
  const model = scriptModel(options);
  const { state, path } = playedTo(start, model);
  const budgets = { ...initialBudgets(options), nextTxn: start.txns + 1 };
  return { components: { ...named(model, state), budgets }, path };
};

export const startOf = (options: ZabOptions): Start =>
  options.start === 'cold' ? {} : reachStart(options).components;
