/**
 * Clients of a register, and the history of what they see: each client writes a value of its own to one server, and when
 * that has succeeded reads from the next. Models of registers share them; they are Stateright's register clients, so that
 * counts compare.
 */
import { type Event, judge, type RegisterOperation, register } from '../linearizability.js';
import {
  type Goal,
  type Invariant,
  type Kind,
  property,
  type Read,
  read,
  type Slot,
  type View,
} from '../model.js';

export type Value = string | null;
export type RequestId = number;

export type Request =
  | { readonly type: 'Put'; readonly request: RequestId; readonly value: Value }
  | { readonly type: 'Get'; readonly request: RequestId };

export type Reply =
  | { readonly type: 'PutOk'; readonly request: RequestId }
  | { readonly type: 'GetOk'; readonly request: RequestId; readonly value: Value };

export interface Client {
  readonly awaiting: RequestId | null;
  /** Requests sent, plus one when all is done. */
  readonly operations: number;
}

export const clientKind: Kind<Client, Client> = { name: 'client', apply: (_, next) => next };

export type HistoryEvent = Event<RegisterOperation<Value>, Value>;
export type History = readonly HistoryEvent[];

/**
 * Only what clients could tell apart: of calls in a row, or of returns in a row, the order is that of the clients. What
 * is left is exactly which operations had returned when another was called, as in Stateright's tester.
 */
export const historyKind: Kind<History, readonly HistoryEvent[]> = {
  name: 'history',
  apply: (history, events) => events.reduce(withEvent, history),
};

const isCall = (event: HistoryEvent): boolean => 'call' in event;

const withEvent = (history: History, event: HistoryEvent): History => {
  const runStart = history.findLastIndex((other) => isCall(other) !== isCall(event)) + 1;
  const after = history.findIndex((other, at) => at >= runStart && other.process > event.process);
  return after === -1 ? [...history, event] : history.toSpliced(after, 0, event);
};

/** Servers are numbered from 0, clients after them. */
export interface Clients {
  readonly ids: readonly number[];
  readonly slots: ReadonlyMap<number, Slot<Client, Client>>;
  readonly history: Slot<History, readonly HistoryEvent[]>;
  /** The request that each client begins with. */
  readonly puts: ReadonlyMap<number, Request>;
  readonly putTo: (client: number) => number;
  readonly getFrom: (client: number) => number;
}

export const registerClients = (clients: number, servers: number): Clients => {
  const ids = Array.from({ length: clients }, (_, k) => servers + k);
  const ownValue = (client: number): string => String.fromCharCode('A'.charCodeAt(0) + client - servers);
  const initial: Client = { awaiting: null, operations: 0 };
  return {
    ids,
    slots: new Map(
      ids.map((id) => [
        id,
        { name: `client ${id}`, kind: clientKind, initial: { ...initial, awaiting: id, operations: 1 } },
      ]),
    ),
    history: {
      name: 'history',
      kind: historyKind,
      initial: ids.map((process) => ({ process, call: { type: 'write', value: ownValue(process) } })),
    },
    puts: new Map(ids.map((id) => [id, { type: 'Put', request: id, value: ownValue(id) }])),
    putTo: (client) => client % servers,
    getFrom: (client) => (client + 1) % servers,
  };
};

/** What a client does with a reply: its next state, its next request if any, and what joins the history. */
export interface ClientStep {
  readonly client: Client;
  readonly request?: Request;
  readonly events: readonly HistoryEvent[];
}

/** @returns null for a reply that it is not waiting for. */
export const clientReceives = (id: number, client: Client, reply: Reply): ClientStep | null => {
  if (reply.request !== client.awaiting) return null;
  const operations = client.operations + 1;
  if (reply.type === 'GetOk')
    return { client: { awaiting: null, operations }, events: [{ process: id, result: reply.value }] };
  const request = operations * id;
  return {
    client: { awaiting: request, operations },
    request: { type: 'Get', request },
    events: [
      { process: id, result: null },
      { process: id, call: { type: 'read' } },
    ],
  };
};

export const linearizable = ({ history }: Clients): Invariant =>
  property({
    name: 'Linearizable',
    claim:
      'Reads and writes of the clients could have happened one at a time, each between its call and its return.',
    source: 'Herlihy & Wing, Linearizability (1990)',
    on: 'state',
    reads: [read(history)],
    holds: ([events]) => judge(register<Value>(null), events).verdict === 'linearizable',
    explain: ([events]) => ({ history: events, ...judge(register<Value>(null), events) }),
  });

/** Stateright's "value chosen": a client is about to read what a client wrote. */
export const valueRead = <M>(
  channels: readonly Slot<readonly M[], any>[],
  replyOf: (message: M) => Reply,
): Goal => {
  const carriesValue: View<readonly M[], boolean> = {
    name: 'carriesValue',
    of: (messages) => messages.map(replyOf).some((reply) => reply.type === 'GetOk' && reply.value !== null),
  };
  const reads: readonly Read<boolean>[] = channels.map((channel) => read(channel, carriesValue));
  return property({
    name: 'ValueRead',
    claim: 'A client reads what a client wrote.',
    source: 'Stateright, "value chosen"',
    needs: 'one client',
    applicable: true,
    on: 'state',
    reads,
    holds: (carried: readonly boolean[]) => carried.includes(true),
  });
};
