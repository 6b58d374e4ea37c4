/** The slots of a system of Paxos servers and clients, and the network between them. */
import { bag, type CollectionOperation } from '../../kinds.js';
import type { Kind, Slot } from '../../model.js';
import { type Clients, type Reply, type Request, registerClients } from '../register-clients.js';
import { initialServer, type Message, type Rules, type Server } from './server.js';

export interface Config {
  readonly clients: number;
  readonly servers: number;
  readonly defect: string;
}

/** With its sender, where one slot serves several. */
export type From<M> = M & { readonly from: number };

export type Bag<M> = Slot<readonly M[], CollectionOperation<M>>;

const serverKind: Kind<Server, Partial<Server>> = {
  name: 'server',
  apply: (server, change) => ({ ...server, ...change }),
};
const messages = bag<Message>('messages');
const requests = bag<From<Request>>('requests');
const replies = bag<From<Reply>>('replies');

export interface System {
  readonly ids: readonly number[];
  readonly rules: (self: number) => Rules;
  readonly clients: Clients;
  readonly server: readonly Slot<Server, Partial<Server>>[];
  /** messages[from][to] between servers; what clients ask a server, and what servers answer a client. */
  readonly messages: readonly (readonly Bag<Message>[])[];
  readonly requests: readonly Bag<From<Request>>[];
  readonly replies: ReadonlyMap<number, Bag<From<Reply>>>;
}

export const system = (config: Config): System => {
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
