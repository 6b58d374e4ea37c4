/**
 * Who chooses what happens next in a test without a script: a walk, drawn from a seed, that leans towards what the
 * specification has been seen to do least; and the way to rest, which lets the servers go on until nothing is left.
 */
import { Random } from '../../checker/simulate/random.js';
import { step } from '../../spec/reducer.js';
import type { Possible, Trial } from './trial.js';

export { Random };

/** What a handler seen so often is worth, against one that was never seen. */
const WORTH = 24;
/** One fault in two chances, or in four, …, or in as many as this power of two. */
const MOST_SELDOM = 6;
/** One write in so many chances. */
const REQUEST_IN = 6;
const MOST_REQUESTS = 6;

/** What would happen, as a name: the handler, or the fault. */
const nameOf = (trial: Trial, { action, sees }: Possible): string => {
  if (sees === undefined) return action.do;
  const [candidate] = trial.candidates(sees.sid);
  if (candidate?.server == null) return action.do;
  try {
    const { server, event } = { server: candidate.server, event: sees.event };
    const phase = server.state === 'LOOKING' ? '' : server.phase;
    const message = event.type === 'Receive' ? event.message.type : event.type;
    return `${step(trial.config, server, event).handler} ${phase} ${message}`;
  } catch {
    return action.do;
  }
};

/** How often each of those names was chosen; shared by the walks of a run, so that they spread. */
export type Chosen = Map<string, number>;

export class Walk {
  readonly #random: Random;
  readonly #faultIn: number;
  #requests = 0;

  constructor(
    random: Random,
    readonly chosen: Chosen,
  ) {
    this.#random = random;
    this.#faultIn = 2 ** (1 + random.below(MOST_SELDOM));
  }

  /** Null where nothing can happen. */
  next(trial: Trial): Possible | null {
    const all = trial.possible();
    const of = (kind: Possible['kind']): readonly Possible[] => all.filter((one) => one.kind === kind);
    const faults = of('fault');
    if (faults.length > 0 && this.#random.below(this.#faultIn) === 0) return this.#pick(trial, faults);
    const requests = this.#requests < MOST_REQUESTS ? of('request') : [];
    if (requests.length > 0 && this.#random.below(REQUEST_IN) === 0) {
      this.#requests += 1;
      return this.#pick(trial, requests);
    }
    const progress = of('progress');
    const rest = progress.length > 0 ? progress : [...of('idle'), ...requests];
    return rest.length > 0 ? this.#pick(trial, rest) : faults.length > 0 ? this.#pick(trial, faults) : null;
  }

  #pick(trial: Trial, some: readonly Possible[]): Possible {
    const names = some.map((one) => nameOf(trial, one));
    const weights = names.map((name) => Math.ceil(WORTH / (1 + (this.chosen.get(name) ?? 0))));
    let at = this.#random.below(weights.reduce((sum, weight) => sum + weight, 0));
    const index = weights.findIndex((weight) => (at -= weight) < 0);
    const name = names[index]!;
    this.chosen.set(name, (this.chosen.get(name) ?? 0) + 1);
    return some[index]!;
  }
}

/** Idle actions after which nothing more is to be expected: rounds of elections, or a server that nobody can help. */
const MOST_IDLE = 24;
const MOST_ACTIONS = 600;
/** Nobody tells how many writes are pending: each disk gets so many turns before all counts as at rest. */
const TURNS = 4;

const isFlush = ({ action }: Possible): boolean => action.do === 'Flush';

/** Whoever waits in vain gives up first; then votes are sent again, by one after the other. */
const idlest = (all: readonly Possible[], turn: number): Possible | undefined => {
  const idle = all.filter(({ kind }) => kind === 'idle');
  return idle.find(({ action }) => action.do === 'Timeout') ?? idle[turn % Math.max(1, idle.length)];
};

/**
 * Lets the servers go on, in a fixed order and without faults, until nothing is left.
 * @param back what is kept back
 */
export const settle = async (trial: Trial, back: (one: Possible) => boolean = () => false): Promise<void> => {
  let [idle, flushes] = [0, 0];
  for (let taken = 0; taken < MOST_ACTIONS; taken++) {
    const all = trial.possible().filter((one) => !back(one));
    const progress = all.find((one) => one.kind === 'progress' && !isFlush(one));
    const flushing = all.filter(isFlush);
    const flush = flushes < TURNS * flushing.length ? flushing[flushes % flushing.length] : undefined;
    const next = progress ?? flush ?? (idle < MOST_IDLE ? idlest(all, idle) : undefined);
    if (next === undefined) return;
    if (next === progress) flushes = 0;
    else if (next === flush) flushes += 1;
    else [idle, flushes] = [idle + 1, 0];
    await trial.take(next);
  }
};
