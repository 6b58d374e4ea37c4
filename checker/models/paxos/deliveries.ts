/**
 * Deliveries of messages, each group for one sort of message and looking only at what its receiver goes by. A delivery
 * that would change nothing is none.
 */
import { apply, type Group, group, type Outcome, read, type View, type Write } from '../../model.js';
import { clientReceives, type Reply, type Request, type Value } from '../register-clients.js';
import {
  acceptorReceivesAccept,
  acceptorReceivesPrepare,
  learnerReceivesDecided,
  type Message,
  type Of,
  proposerReceivesAccepted,
  proposerReceivesPrepared,
  proposerReceivesPut,
  type Rules,
  type Server,
  type Step,
} from './server.js';
import type { From, System } from './system.js';

const undecided: View<Server, boolean> = { name: 'undecided', of: ({ decided }) => !decided };
export const decision: View<Server, Value> = {
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

export const serverGroups = (s: System): readonly Group[] => [
  ...delivery(s, 'acceptorReceivesPrepare', prepare, preparing, acceptorReceivesPrepare),
  ...delivery(s, 'proposerReceivesPrepared', prepared, collecting, proposerReceivesPrepared),
  ...delivery(s, 'acceptorReceivesAccept', accept, accepting, acceptorReceivesAccept),
  ...delivery(s, 'proposerReceivesAccepted', accepted, counting, proposerReceivesAccepted),
  ...delivery(s, 'learnerReceivesDecided', decided, nothing, learnerReceivesDecided),
];

export const requestGroups = (s: System, self: number): readonly Group[] => {
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

export const clientGroup = (s: System, id: number): Group => {
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
