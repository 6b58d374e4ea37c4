/**
 * A register that a majority of replicas keeps, with clients, over channels that keep the order of messages: the same
 * states and the same deliveries as Stateright's `linearizable-register` example over an ordered network.
 *
 * Every delivery is an action, also one that the receiver has no use for, since it makes way for the next message.
 */
import { z } from 'zod';
import type { Defect, ModelDefinition, Preset } from '../definition.js';
import type { Model } from '../model.js';
import { messageGroup, replyGroup, requestGroup } from './abd/deliveries.js';
import { system } from './abd/system.js';
import { linearizable, valueRead } from './register-clients.js';

const defects: readonly Defect[] = [
  {
    name: 'write-unrecorded',
    summary: 'a write succeeds before a majority has recorded it',
    invariant: 'Linearizable',
    config: {},
  },
  {
    name: 'record-unordered',
    summary: 'a replica records whatever comes last, be it an earlier value',
    invariant: 'Linearizable',
    config: {},
  },
];

const schema = z.strictObject({
  clients: z.int().min(1).max(4).default(2).describe('clients, each of which writes once and reads once'),
  servers: z.int().min(2).max(5).default(3).describe('number of replicas'),
  defect: z
    .enum(['none', ...defects.map(({ name }) => name)])
    .default('none')
    .describe('a planted defect'),
});

const build = (config: Readonly<Record<string, unknown>>): Model => {
  const parsed = schema.parse(config);
  const s = system(parsed);
  return {
    name: 'abd',
    config: parsed,
    slots: [
      ...s.server,
      ...s.clients.slots.values(),
      ...s.messages.flatMap((to, from) => to.filter((_, id) => id !== from)),
      ...s.conversations.flatMap((c) => [c.requests, c.replies]),
      s.clients.history,
    ],
    groups: [
      ...s.conversations.map((c) => requestGroup(s, c)),
      ...s.ids.flatMap((from) =>
        s.ids.filter((self) => self !== from).map((self) => messageGroup(s, from, self)),
      ),
      ...s.conversations.map((c) => replyGroup(s, c)),
    ],
    invariants: [linearizable(s.clients)],
    goals: [
      valueRead(
        s.conversations.map((c) => c.replies),
        (reply) => reply,
      ),
    ],
    actions: [
      'serverReceivesPut',
      'serverReceivesGet',
      'serverReceivesQuery',
      'serverReceivesAckQuery',
      'serverReceivesRecord',
      'serverReceivesAckRecord',
      'clientReceivesPutOk',
      'clientReceivesGetOk',
    ],
  };
};

const preset = (
  clients: number,
  servers: number,
  distinct: number,
  generated: number,
  depth: number,
): Preset => ({
  name: `clients-${clients}-servers-${servers}`,
  summary: `${clients} ${clients === 1 ? 'client' : 'clients'}, ${servers} replicas`,
  config: { clients, servers },
  suite: distinct < 100_000,
  pinned: { distinct, generated, depth },
});

export const abd: ModelDefinition = {
  name: 'abd',
  summary: 'The register of Attiya, Bar-Noy and Dolev with clients, over ordered channels, as in Stateright',
  schema,
  presets: [
    preset(2, 2, 620, 883, 24),
    preset(1, 3, 559, 1_486, 20),
    // Stateright's counts.
    preset(2, 3, 1_212_979, 4_730_934, 40),
  ],
  variants: [],
  defects,
  scenarios: [],
  build,
};
