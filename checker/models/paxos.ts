/**
 * Single-decree Paxos with register clients over a network that reorders messages but neither loses nor repeats them:
 * the same states and the same deliveries as Stateright's `paxos` example, so that engines can be compared.
 *
 * A message is in flight in the bag of its sender and its receiver. A delivery that would change nothing is no action,
 * as there; the message stays in flight for good.
 */
import { z } from 'zod';
import type { Defect, ModelDefinition, Preset } from '../definition.js';
import { type Invariant, type Model, property, type Read, read } from '../model.js';
import { clientGroup, decision, requestGroups, serverGroups } from './paxos/deliveries.js';
import { type System, system } from './paxos/system.js';
import { linearizable, type Value, valueRead } from './register-clients.js';

const defects: readonly Defect[] = [
  {
    name: 'accepted-forgotten',
    summary: 'an acceptor does not tell what it has accepted before',
    invariant: 'Agreement',
    config: {},
  },
  {
    name: 'own-proposal',
    summary: 'a proposer proposes the value of its own client, whatever was accepted before',
    invariant: 'Agreement',
    config: {},
  },
  {
    name: 'promise-broken',
    summary: 'an acceptor accepts a proposal of a ballot earlier than it has promised',
    invariant: 'Agreement',
    config: {},
  },
  {
    name: 'undecided-read',
    summary: 'a server that knows of no decision answers a read, with nothing',
    invariant: 'Linearizable',
    config: {},
  },
];

const schema = z.strictObject({
  clients: z.int().min(1).max(6).default(2).describe('clients, each of which writes once and reads once'),
  servers: z.int().min(3).max(5).default(3).describe('number of servers'),
  defect: z
    .enum(['none', ...defects.map(({ name }) => name)])
    .default('none')
    .describe('a planted defect'),
});
const agreement = (s: System): Invariant =>
  property({
    name: 'Agreement',
    claim: 'No two servers decide different values.',
    source: 'Lamport, Paxos Made Simple (2001)',
    on: 'state',
    reads: s.server.map((server): Read<Value> => read(server, decision)),
    holds: (values: readonly Value[]) => new Set(values.filter((value) => value !== null)).size <= 1,
  });

const build = (config: Readonly<Record<string, unknown>>): Model => {
  const parsed = schema.parse(config);
  const s = system(parsed);
  return {
    name: 'paxos',
    config: parsed,
    slots: [
      ...s.server,
      ...s.clients.slots.values(),
      ...s.messages.flatMap((to, from) => to.filter((_, id) => id !== from)),
      ...s.requests,
      ...s.replies.values(),
      s.clients.history,
    ],
    groups: [
      ...s.ids.flatMap((self) => requestGroups(s, self)),
      ...serverGroups(s),
      ...s.clients.ids.map((id) => clientGroup(s, id)),
    ],
    invariants: [agreement(s), linearizable(s.clients)],
    goals: [valueRead([...s.replies.values()], (reply) => reply)],
    actions: [
      'proposerReceivesPut',
      'acceptorReceivesPrepare',
      'proposerReceivesPrepared',
      'acceptorReceivesAccept',
      'proposerReceivesAccepted',
      'learnerReceivesDecided',
      'learnerReceivesGet',
      'clientReceivesPutOk',
      'clientReceivesGetOk',
    ],
  };
};

/** Stateright's counts for two and for three clients. */
const preset = (clients: number, distinct: number, generated: number, depth: number): Preset => ({
  name: `clients-${clients}`,
  summary: `three servers, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
  config: { clients },
  suite: distinct < 100_000,
  pinned: { distinct, generated, depth },
});

export const paxos: ModelDefinition = {
  name: 'paxos',
  summary: 'Single-decree Paxos with clients of a register, as in Stateright',
  schema,
  presets: [preset(1, 265, 482, 13), preset(2, 16_668, 32_971, 20), preset(3, 1_194_428, 2_420_477, 27)],
  variants: [],
  defects,
  scenarios: [],
  build,
};
