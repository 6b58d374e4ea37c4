/**
 * The same refinement step by step, for ensembles too big to exhaust: an abstraction that forgets the votes, and a
 * search for the steps of the oracle that lead from the abstraction of one state to that of the next. Whatever walks a
 * run of Fast Leader Election can ask of every step whether the oracle could have taken it.
 */

import { newcomer } from '../../spec/election.js';
import type { Server } from '../../spec/server.js';
import { encode } from '../canonical.js';
import type { Model } from '../model.js';
import { enabled, named, type State, type Successor } from '../plain.js';
import { modelFrom } from './model.js';
import type { ZabOptions } from './options.js';
import type { Budgets, Start } from './slots.js';

/** A looking server without what it knows of votes. */
const looking = ({ sid, acceptedEpoch, currentEpoch, history, committed }: Server): Server => ({
  state: 'LOOKING',
  sid,
  acceptedEpoch,
  currentEpoch,
  history,
  committed,
  vote: newcomer,
  received: {},
  outOfElection: {},
});

/**
 * What the oracle makes of a server. One that has turned to a leader and is not connected to it has done nothing yet that
 * anyone could see, and the leader that it turned to need not know that it leads: the oracle lets it look on, and follow
 * at the moment of the connection.
 */
const coarseServer = (server: Server | null): Server | null => {
  if (server === null) return null;
  const waits = server.state !== 'LEADING' && server.state !== 'LOOKING' && server.phase === 'DISCOVERY';
  if (server.state === 'LOOKING' || (waits && server.awaits === 'connection')) return looking(server);
  return { ...server, vote: newcomer };
};

/** The components of a state of Fast Leader Election, as the oracle has them: no votes, no election channels. */
export const coarse = (components: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(components)
      .filter(([name]) => !name.startsWith('election '))
      .map(([name, value]) => [
        name,
        name.startsWith('server ') ? coarseServer(value as Server | null) : value,
      ]),
  );

/** More of everything than any walk can spend: how often something may happen is not what is compared here. */
const UNSPENT = { txns: 9, crashes: 9, timeouts: 9, partitions: 9, cuts: 9 } as const;

/**
 * The oracle, with a budget of time-outs besides. Under Fast Leader Election a server gives up free of charge when all
 * is silent; under the oracle there is no silence as long as somebody may stand or follow, so there it is a fault.
 */
export const oracleFor = (options: ZabOptions, start: Start = {}): Model =>
  modelFrom(
    {
      ...options,
      ...UNSPENT,
      election: 'oracle',
      elections: 'unbounded',
      losses: 0,
      duplicates: 0,
      rounds: 'unbounded',
    },
    start,
  );

const stateOf = (oracle: Model, fine: Model, state: State): State => {
  const components = coarse(named(fine, state));
  const { nextTxn } = components.budgets as Budgets;
  const budgets = { ...UNSPENT, losses: 0, duplicates: 0, nextTxn };
  return oracle.slots.map(({ name }) => (name === 'budgets' ? budgets : components[name]));
};

/** Budgets apart. */
const keyOf = (model: Model, state: State): string =>
  encode(state.filter((_, i) => model.slots[i]!.name !== 'budgets'));

/** Names of the oracle's actions between the abstractions of two states that are a step apart; null if there are none. */
export const oracleSteps = (
  oracle: Model,
  fine: Model,
  before: State,
  after: State,
): readonly string[] | null => {
  const from = stateOf(oracle, fine, before);
  const wanted = keyOf(oracle, stateOf(oracle, fine, after));
  if (keyOf(oracle, from) === wanted) return [];
  const arrives = ({ state }: Successor) => keyOf(oracle, state) === wanted;
  const first = enabled(oracle, from);
  const one = first.find(arrives);
  if (one) return [one.outcome.action.name];
  for (const follow of first) {
    if (follow.outcome.action.name !== 'lookingElectedFollower') continue;
    const two = enabled(oracle, follow.state).find(arrives);
    if (two) return [follow.outcome.action.name, two.outcome.action.name];
  }
  return null;
};
