/** The Zab model: the specification's reducer, in an environment with budgets. */
import type { Config } from '../../spec/config.js';
import { rulesOf } from '../../spec/variants.js';
import type { Model } from '../model.js';
import { zabActions } from './actions.js';
import { electionGroups } from './elections.js';
import { environmentGroups } from './environment.js';
import { type ZabOptions, zabSchema } from './options.js';
import { zabCorollaries, zabGoals, zabInvariants } from './properties.js';
import { protocolGroups } from './protocol.js';
import { zabRecovery } from './recovery.js';
import { makeSlots, type Start } from './slots.js';
import { startOf } from './starts.js';
import { zabSymmetry } from './symmetry.js';

const configOf = (options: ZabOptions): Config => {
  const { servers, observers, election, variant, defect, fix } = options;
  const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
  return {
    voters: range(1, servers),
    observers: range(servers + 1, observers),
    election: election === 'fle' ? 'fle' : 'coarse',
    // Invariants are about whole histories, so that the model holds them; spec/window.test.ts shows that a window changes nothing.
    window: Number.MAX_SAFE_INTEGER,
    rules: rulesOf(variant, defect, fix),
  };
};

const caveatsOf = (
  { clients, election, persistence, rounds, receiveQueue }: ZabOptions,
  { rules }: Config,
): readonly string[] => [
  ...(election === 'atomic'
    ? ['atomic election is an under-approximation: what Fast Leader Election can reach may lie outside']
    : []),
  ...(election === 'oracle'
    ? ['oracle election: any looking server may lead, but no more often than --elections says']
    : []),
  ...(election === 'fle' && rounds !== 'unbounded'
    ? [`nobody gives up its leader in election round ${rounds}: longer chains of elections are not explored`]
    : []),
  ...(election === 'fle' && rules.receiveQueue > 0 && receiveQueue !== 'unbounded'
    ? [`no vote arrives where ${receiveQueue} are waiting to be counted: longer queues are not explored`]
    : []),
  ...(clients === 'leader' ? ['clients write to leaders alone: no write is forwarded'] : []),
  ...(persistence === 'sync'
    ? ['synchronous persistence: no crash falls between a write and its flush']
    : []),
];

/** Builds the model with the components that a search starts from, cold if none are given. */
export const modelFrom = (options: ZabOptions, start: Start = {}): Model => {
  const config = configOf(options);
  const slots = makeSlots(config, options, start);
  const context = { config, options, slots };
  return {
    name: 'zab',
    config: options,
    slots: slots.all,
    groups: [...protocolGroups(context), ...electionGroups(context), ...environmentGroups(context)],
    invariants: [...zabInvariants(config, slots, options), ...zabCorollaries(config, slots)],
    goals: zabGoals(config, slots, options),
    actions: zabActions(options, config.rules),
    caveats: caveatsOf(options, config),
    recovery: zabRecovery(context),
    symmetry: zabSymmetry(context),
  };
};

export const buildZab = (configuration: Readonly<Record<string, unknown>>): Model => {
  const options = zabSchema.parse(configuration);
  return modelFrom(options, startOf(options));
};
