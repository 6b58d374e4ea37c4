/**
 * Single-decree Paxos with register clients over a network that reorders messages but neither loses nor repeats them:
 * the same states and the same deliveries as Stateright's `paxos` example, so that engines can be compared.
 *
 * A message is in flight in the bag of its sender and its receiver. A delivery that would change nothing is no action,
 * as there; the message stays in flight for good.
 */
import { z } from 'zod';
import type { Defect, ModelDefinition, Preset } from '../definition.js';
import { bag, type CollectionOperation } from '../kinds.js';
import {
  apply,
  type Group,
  group,
  type Invariant,
  type Kind,
  type Model,
  type Outcome,
  property,
  type Read,
  read,
  type Slot,
  type View,
  type Write,
} from '../model.js';
import {
  acceptorReceivesAccept,
  acceptorReceivesPrepare,
  initialServer,
  learnerReceivesDecided,
  type Message,
  type Of,
  proposerReceivesAccepted,
  proposerReceivesPrepared,
  proposerReceivesPut,
  type Rules,
  type Server,
  type Step,
} from './paxos/server.js';
import {
  type Clients,
  clientReceives,
  linearizable,
  type Reply,
  type Request,
  registerClients,
  type Value,
  valueRead,
} from './register-clients.js';

/** With its sender, where one slot serves several. */
type From<M> = M & { readonly from: number };

type Bag<M> = Slot<readonly M[], CollectionOperation<M>>;

const serverKind: Kind<Server, Partial<Server>> = {
  name: 'server',
  apply: (server, change) => ({ ...server, ...change }),
};
const messages = bag<Message>('messages');
const requests = bag<From<Request>>('requests');
const replies = bag<From<Reply>>('replies');

interface System {
  readonly ids: readonly number[];
  readonly rules: (self: number) => Rules;
  readonly clients: Clients;
  readonly server: readonly Slot<Server, Partial<Server>>[];
  /** messages[from][to] between servers; what clients ask a server, and what servers answer a client. */
  readonly messages: readonly (readonly Bag<Message>[])[];
  readonly requests: readonly Bag<From<Request>>[];
  readonly replies: ReadonlyMap<number, Bag<From<Reply>>>;
}

const system = (config: Config): System => {
  const ids = Array.from({ length: config.servers }, (_, id) => id);
  const clients = registerClients(config.clients, config.servers);
  return {
    ids,
    rules: (self) => ({ self, isMajority: (count) => count * 2 > config.servers, defect: config.defect }),
    clients,
    server: ids.map((id) => ({ name: `server ${id}`, kind: serverKind, initial: initialServer })),
    messages: ids.map((from) =>
      ids.map((to) => ({ name: `messages ${from} to ${to}`, kind: messages, initial: [] })),
    ),
    requests: ids.map((id) => ({
      name: `requests to ${id}`,
      kind: requests,
      initial: clients.ids
        .filter((client) => clients.putTo(client) === id)
        .map((from) => ({ ...clients.puts.get(from)!, from })),
    })),
    replies: new Map(clients.ids.map((id) => [id, { name: `replies to ${id}`, kind: replies, initial: [] }])),
  };
};

const undecided: View<Server, boolean> = { name: 'undecided', of: ({ decided }) => !decided };
const decision: View<Server, Value> = {
  name: 'decision',
  of: ({ decided, accepted }) => (decided ? accepted!.proposal.value : null),
};
const hasDecided: View<Server, boolean> = { name: 'hasDecided', of: ({ decided }) => decided };
const preparing: View<Server, Pick<Server, 'ballot' | 'accepted'>> = {
  name: 'preparing',
  of: ({ ballot, accepted }) => ({ ballot, accepted }),
};
const collecting: View<Server, Pick<Server, 'ballot' | 'prepares' | 'proposal' | 'accepts'>> = {
  name: 'collecting',
  of: ({ ballot, prepares, proposal, accepts }) => ({ ballot, prepares, proposal, accepts }),
};
const accepting: View<Server, Pick<Server, 'ballot'>> = {
  name: 'accepting',
  of: ({ ballot }) => ({ ballot }),
};
const counting: View<Server, Pick<Server, 'ballot' | 'accepts' | 'proposal'>> = {
  name: 'counting',
  of: ({ ballot, accepts, proposal }) => ({ ballot, accepts, proposal }),
};
const nothing: View<Server, null> = { name: 'nothing', of: () => null };
const proposing: View<Server, Pick<Server, 'ballot' | 'accepted' | 'proposal'>> = {
  name: 'proposing',
  of: ({ ballot, accepted, proposal }) => ({ ballot, accepted, proposal }),
};

const ofType = <T extends string>(
  type: T,
): readonly [
  some: View<readonly { readonly type: string }[], boolean>,
  all: View<readonly { readonly type: string }[], readonly any[]>,
] => [
  { name: `some ${type}`, of: (inFlight) => inFlight.some((message) => message.type === type) },
  { name: `all ${type}`, of: (inFlight) => inFlight.filter((message) => message.type === type) },
];

const prepare = ofType('Prepare');
const prepared = ofType('Prepared');
const accept = ofType('Accept');
const accepted = ofType('Accepted');
const decided = ofType('Decided');
const put = ofType('Put');
const get = ofType('Get');

/** What a server's step writes, beside the message that it takes. */
const stepWrites = (s: System, self: number, { change, send, reply }: Step): readonly Write[] => {
  const receivers =
    send === undefined ? [] : send.to === 'others' ? s.ids.filter((id) => id !== self) : [send.to];
  return [
    apply(s.server[self]!, change),
    ...receivers.map((to) => apply(s.messages[self]![to]!, { add: send!.message })),
    ...(reply ? [apply(s.replies.get(reply.to)!, { add: { ...reply.reply, from: self } })] : []),
  ];
};

/** A server's handler for one type of message from one other server. */
const delivery = <T extends Message['type'], V>(
  s: System,
  name: string,
  [some, all]: ReturnType<typeof ofType<T>>,
  view: View<Server, V>,
  handler: (rules: Rules, server: V, from: number, message: Of<T>) => Step | null,
): readonly Group[] =>
  s.ids.flatMap((self) =>
    s.ids
      .filter((from) => from !== self)
      .map((from) =>
        group({
          name: `${name}(${self},${from})`,
          urgency: 'progress',
          when: [read(s.server[self]!, undecided), read(s.messages[from]![self]!, some)],
          reads: [read(s.messages[from]![self]!, all), read(s.server[self]!, view)],
          outcomes: ([inFlight, server]): readonly Outcome[] =>
            (inFlight as readonly Of<T>[]).flatMap((message) => {
              const step = handler(s.rules(self), server, from, message);
              if (step === null) return [];
              const taken = apply(s.messages[from]![self]!, { remove: message });
              return [
                {
                  action: { name, server: self, from, message },
                  writes: [taken, ...stepWrites(s, self, step)],
                },
              ];
            }),
        }),
      ),
  );

const serverGroups = (s: System): readonly Group[] => [
  ...delivery(s, 'acceptorReceivesPrepare', prepare, preparing, acceptorReceivesPrepare),
  ...delivery(s, 'proposerReceivesPrepared', prepared, collecting, proposerReceivesPrepared),
  ...delivery(s, 'acceptorReceivesAccept', accept, accepting, acceptorReceivesAccept),
  ...delivery(s, 'proposerReceivesAccepted', accepted, counting, proposerReceivesAccepted),
  ...delivery(s, 'learnerReceivesDecided', decided, nothing, learnerReceivesDecided),
];

const requestGroups = (s: System, self: number): readonly Group[] => {
  const inbox = s.requests[self]!;
  return [
    group({
      name: `proposerReceivesPut(${self})`,
      urgency: 'progress',
      when: [read(inbox, put[0]), read(s.server[self]!, undecided)],
      reads: [read(inbox, put[1]), read(s.server[self]!, proposing)],
      outcomes: ([inFlight, server]): readonly Outcome[] =>
        (inFlight as readonly From<Extract<Request, { type: 'Put' }>>[]).flatMap((message) => {
          const { from: client, request, value } = message;
          const step = proposerReceivesPut(s.rules(self), server, { client, request, value });
          if (step === null) return [];
          const action = { name: 'proposerReceivesPut', server: self, client, request };
          return [{ action, writes: [apply(inbox, { remove: message }), ...stepWrites(s, self, step)] }];
        }),
    }),
    // A server that does not know of a decision cannot tell whether there is one elsewhere, so it lets the client wait.
    group({
      name: `learnerReceivesGet(${self})`,
      urgency: 'progress',
      when: [
        read(inbox, get[0]),
        ...(s.rules(self).defect === 'undecided-read' ? [] : [read(s.server[self]!, hasDecided)]),
      ],
      reads: [read(inbox, get[1]), read(s.server[self]!, decision)],
      outcomes: ([inFlight, value]): readonly Outcome[] =>
        (inFlight as readonly From<Extract<Request, { type: 'Get' }>>[]).map((message) => {
          const { from: client, request } = message;
          const reply: From<Reply> = { type: 'GetOk', request, value, from: self };
          return {
            action: { name: 'learnerReceivesGet', server: self, client, request },
            writes: [apply(inbox, { remove: message }), apply(s.replies.get(client)!, { add: reply })],
          };
        }),
    }),
  ];
};

const clientGroup = (s: System, id: number): Group => {
  const inbox = s.replies.get(id)!;
  const client = s.clients.slots.get(id)!;
  return group({
    name: `clientReceives(${id})`,
    urgency: 'progress',
    reads: [read(inbox), read(client)],
    outcomes: ([inFlight, self]): readonly Outcome[] =>
      inFlight.flatMap((message) => {
        const { from, ...reply } = message;
        const step = clientReceives(id, self, reply);
        if (step === null) return [];
        const request =
          step.request && apply(s.requests[s.clients.getFrom(id)]!, { add: { ...step.request, from: id } });
        return [
          {
            action: { name: `clientReceives${reply.type}`, client: id, from, request: reply.request },
            writes: [
              apply(inbox, { remove: message }),
              apply(client, step.client),
              apply(s.clients.history, step.events),
              ...(request ? [request] : []),
            ],
          },
        ];
      }),
  });
};

const agreement = (s: System): Invariant =>
  property({
    name: 'Agreement',
    claim: 'No two servers decide different values.',
    source: 'Lamport, Paxos Made Simple (2001)',
    on: 'state',
    reads: s.server.map((server): Read<Value> => read(server, decision)),
    holds: (values: readonly Value[]) => new Set(values.filter((value) => value !== null)).size <= 1,
  });

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
type Config = z.infer<typeof schema>;

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
