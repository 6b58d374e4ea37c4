/**
 * A register that a majority of replicas keeps, with clients, over channels that keep the order of messages: the same
 * states and the same deliveries as Stateright's `linearizable-register` example over an ordered network.
 *
 * Every delivery is an action, also one that the receiver has no use for, since it makes way for the next message.
 */
import { z } from 'zod';
import type { Defect, ModelDefinition, Preset } from '../definition.js';
import { fifo, head, type QueueOperation } from '../kinds.js';
import {
  apply,
  type Group,
  group,
  type Kind,
  type Model,
  type Outcome,
  read,
  type Slot,
  type View,
  type Write,
} from '../model.js';
import {
  initialServer,
  type Message,
  type Rules,
  type Server,
  type Step,
  serverReceives,
  serverReceivesRequest,
} from './abd/server.js';
import {
  type Clients,
  clientReceives,
  linearizable,
  type Reply,
  type Request,
  registerClients,
  valueRead,
} from './register-clients.js';

type Channel<M> = Slot<readonly M[], QueueOperation<M>>;

const serverKind: Kind<Server, Server> = { name: 'server', apply: (_, next) => next };
const messages = fifo<Message>('messages');
const requests = fifo<Request>('requests');
const replies = fifo<Reply>('replies');

const isNotEmpty: View<readonly unknown[], boolean> = {
  name: 'isNotEmpty',
  of: (channel) => channel.length > 0,
};

interface System {
  readonly ids: readonly number[];
  readonly rules: (self: number) => Rules;
  readonly clients: Clients;
  readonly server: readonly Slot<Server, Server>[];
  /** messages[from][to] between servers. */
  readonly messages: readonly (readonly Channel<Message>[])[];
  /** What passes between a client and the servers that it talks to. */
  readonly conversations: readonly Conversation[];
}

interface Conversation {
  readonly client: number;
  readonly server: number;
  readonly requests: Channel<Request>;
  readonly replies: Channel<Reply>;
}

const system = (config: Config): System => {
  const ids = Array.from({ length: config.servers }, (_, id) => id);
  const clients = registerClients(config.clients, config.servers);
  const conversation = (client: number, server: number, first: readonly Request[]): Conversation => ({
    client,
    server,
    requests: { name: `requests ${client} to ${server}`, kind: requests, initial: first },
    replies: { name: `replies ${server} to ${client}`, kind: replies, initial: [] },
  });
  return {
    ids,
    rules: (self) => ({ self, isMajority: (count) => count * 2 > config.servers, defect: config.defect }),
    clients,
    server: ids.map((id) => ({ name: `server ${id}`, kind: serverKind, initial: initialServer(id) })),
    messages: ids.map((from) =>
      ids.map((to) => ({ name: `messages ${from} to ${to}`, kind: messages, initial: [] })),
    ),
    conversations: clients.ids.flatMap((client) => [
      conversation(client, clients.putTo(client), [clients.puts.get(client)!]),
      conversation(client, clients.getFrom(client), []),
    ]),
  };
};

const conversationOf = (s: System, client: number, server: number): Conversation =>
  s.conversations.find((c) => c.client === client && c.server === server)!;

/** What a server's step writes, beside the message that it takes. */
const stepWrites = (s: System, self: number, { server, send, reply }: Step): readonly Write[] => {
  const receivers =
    send === undefined ? [] : send.to === 'others' ? s.ids.filter((id) => id !== self) : [send.to];
  return [
    apply(s.server[self]!, server),
    ...receivers.map((to) => apply(s.messages[self]![to]!, { push: send!.message })),
    ...(reply ? [apply(conversationOf(s, reply.to, self).replies, { push: reply.reply })] : []),
  ];
};

const messageGroup = (s: System, from: number, self: number): Group => {
  const channel = s.messages[from]![self]!;
  return group({
    name: `serverReceives(${self},${from})`,
    urgency: 'progress',
    when: [read(channel, isNotEmpty)],
    reads: [read(channel, head as View<readonly Message[], Message>), read(s.server[self]!)],
    outcomes: ([message, server]): readonly Outcome[] => {
      const step = serverReceives(s.rules(self), server, from, message);
      const action = { name: `serverReceives${message.type}`, server: self, from, request: message.request };
      return [{ action, writes: [apply(channel, 'pop'), ...stepWrites(s, self, step)] }];
    },
  });
};

const requestGroup = (s: System, { client, server: self, requests: channel }: Conversation): Group =>
  group({
    name: `serverReceives(${self},client ${client})`,
    urgency: 'progress',
    when: [read(channel, isNotEmpty)],
    reads: [read(channel, head as View<readonly Request[], Request>), read(s.server[self]!)],
    outcomes: ([message, server]): readonly Outcome[] => {
      const step = serverReceivesRequest(s.rules(self), server, client, message);
      const action = {
        name: `serverReceives${message.type}`,
        server: self,
        from: client,
        request: message.request,
      };
      return [{ action, writes: [apply(channel, 'pop'), ...stepWrites(s, self, step)] }];
    },
  });

const replyGroup = (s: System, { client: id, server, replies: channel }: Conversation): Group => {
  const client = s.clients.slots.get(id)!;
  return group({
    name: `clientReceives(${id},${server})`,
    urgency: 'progress',
    when: [read(channel, isNotEmpty)],
    reads: [read(channel, head as View<readonly Reply[], Reply>), read(client)],
    outcomes: ([reply, self]): readonly Outcome[] => {
      const action = {
        name: `clientReceives${reply.type}`,
        client: id,
        from: server,
        request: reply.request,
      };
      const step = clientReceives(id, self, reply);
      if (step === null) return [{ action, writes: [apply(channel, 'pop')] }];
      const next = step.request;
      return [
        {
          action,
          writes: [
            apply(channel, 'pop'),
            apply(client, step.client),
            apply(s.clients.history, step.events),
            ...(next ? [apply(conversationOf(s, id, s.clients.getFrom(id)).requests, { push: next })] : []),
          ],
        },
      ];
    },
  });
};

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
type Config = z.infer<typeof schema>;

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
