/** The slots of a system of replicas and clients, and the ordered channels between them. */
import { fifo, type QueueOperation } from '../../kinds.js';
import type { Kind, Slot } from '../../model.js';
import { type Clients, type Reply, type Request, registerClients } from '../register-clients.js';
import { initialServer, type Message, type Rules, type Server } from './server.js';

export interface Config {
  readonly clients: number;
  readonly servers: number;
  readonly defect: string;
}

type Channel<M> = Slot<readonly M[], QueueOperation<M>>;

const serverKind: Kind<Server, Server> = { name: 'server', apply: (_, next) => next };
const messages = fifo<Message>('messages');
const requests = fifo<Request>('requests');
const replies = fifo<Reply>('replies');

export interface System {
  readonly ids: readonly number[];
  readonly rules: (self: number) => Rules;
  readonly clients: Clients;
  readonly server: readonly Slot<Server, Server>[];
  /** messages[from][to] between servers. */
  readonly messages: readonly (readonly Channel<Message>[])[];
  /** What passes between a client and the servers that it talks to. */
  readonly conversations: readonly Conversation[];
}

export interface Conversation {
  readonly client: number;
  readonly server: number;
  readonly requests: Channel<Request>;
  readonly replies: Channel<Reply>;
}

export const system = (config: Config): System => {
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

export const conversationOf = (s: System, client: number, server: number): Conversation =>
  s.conversations.find((c) => c.client === client && c.server === server)!;
