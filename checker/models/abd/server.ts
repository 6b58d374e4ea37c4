/**
 * A replica of the register of Attiya, Bar-Noy and Dolev, "Sharing memory robustly in message-passing systems": it serves
 * one request at a time, in two phases, each of which needs a majority. It answers itself at once, without a message.
 */
import type { Reply, Request, RequestId, Value } from '../register-clients.js';

/** A logical clock, and the replica that advanced it. */
export type Sequencer = readonly [clock: number, replica: number];

export interface Stamped {
  readonly seq: Sequencer;
  readonly value: Value;
}

export type Message =
  | { readonly type: 'Query'; readonly request: RequestId }
  | ({ readonly type: 'AckQuery'; readonly request: RequestId } & Stamped)
  | ({ readonly type: 'Record'; readonly request: RequestId } & Stamped)
  | { readonly type: 'AckRecord'; readonly request: RequestId };

interface Serving {
  readonly request: RequestId;
  readonly client: number;
}

export type Phase =
  /** Asking for the latest value; `write` is what to put in its place, unless this is a read. */
  | (Serving & {
      readonly type: 'query';
      readonly write: { readonly value: Value } | null;
      readonly responses: Readonly<Record<number, Stamped>>;
    })
  /** Recording a value; `read` is what to answer with, unless this is a write. */
  | (Serving & {
      readonly type: 'record';
      readonly read: { readonly value: Value } | null;
      readonly acks: readonly number[];
    });

export interface Server extends Stamped {
  readonly phase: Phase | null;
}

export const initialServer = (self: number): Server => ({ seq: [0, self], value: null, phase: null });

export interface Step {
  readonly server: Server;
  /** To one replica, or to all the others. */
  readonly send?: { readonly to: number | 'others'; readonly message: Message };
  readonly reply?: { readonly to: number; readonly reply: Reply };
}

export interface Rules {
  readonly self: number;
  readonly isMajority: (count: number) => boolean;
  readonly defect: string;
}

const isAfter = (a: Sequencer, b: Sequencer): boolean => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);

/** The later of two values. */
const latest = (a: Stamped, b: Stamped): Stamped => (isAfter(b.seq, a.seq) ? b : a);

const recorded = (server: Server, { seq, value }: Stamped): Server =>
  isAfter(seq, server.seq) ? { ...server, seq, value } : server;

/** A request that comes while another is served is lost. */
export const serverReceivesRequest = (
  { self }: Rules,
  server: Server,
  client: number,
  message: Request,
): Step => {
  if (server.phase !== null) return { server };
  const { request } = message;
  const { seq, value } = server;
  const write = message.type === 'Put' ? { value: message.value } : null;
  return {
    server: {
      ...server,
      phase: { type: 'query', request, client, write, responses: { [self]: { seq, value } } },
    },
    send: { to: 'others', message: { type: 'Query', request } },
  };
};

export const serverReceives = (rules: Rules, server: Server, from: number, message: Message): Step => {
  switch (message.type) {
    case 'Query': {
      const { seq, value } = server;
      return {
        server,
        send: { to: from, message: { type: 'AckQuery', request: message.request, seq, value } },
      };
    }
    case 'AckQuery':
      return serverReceivesAckQuery(rules, server, from, message);
    case 'Record':
      return {
        server:
          rules.defect === 'record-unordered'
            ? { ...server, seq: message.seq, value: message.value }
            : recorded(server, message),
        send: { to: from, message: { type: 'AckRecord', request: message.request } },
      };
    case 'AckRecord':
      return serverReceivesAckRecord(rules, server, from, message.request);
  }
};

const serverReceivesAckQuery = (
  rules: Rules,
  server: Server,
  from: number,
  { request, seq, value }: Extract<Message, { type: 'AckQuery' }>,
): Step => {
  const { phase } = server;
  if (phase?.type !== 'query' || phase.request !== request) return { server };
  const responses = { ...phase.responses, [from]: { seq, value } };
  if (!rules.isMajority(Object.keys(responses).length))
    return { server: { ...server, phase: { ...phase, responses } } };
  return record(rules, server, { ...phase, responses });
};

/** A write is recorded as later than all that was seen; a read makes sure that what it saw is seen by all after it. */
const record = (
  { self, defect }: Rules,
  server: Server,
  { request, client, write, responses }: Extract<Phase, { type: 'query' }>,
): Step => {
  const seen = Object.values(responses).reduce(latest);
  const stamped: Stamped = write ? { seq: [seen.seq[0] + 1, self], value: write.value } : seen;
  const send = { to: 'others', message: { type: 'Record', request, ...stamped } } as const;
  if (write && defect === 'write-unrecorded')
    return {
      server: { ...recorded(server, stamped), phase: null },
      send,
      reply: { to: client, reply: { type: 'PutOk', request } },
    };
  const read = write ? null : { value: seen.value };
  return {
    server: { ...recorded(server, stamped), phase: { type: 'record', request, client, read, acks: [self] } },
    send,
  };
};

const serverReceivesAckRecord = (
  { isMajority }: Rules,
  server: Server,
  from: number,
  acknowledged: RequestId,
): Step => {
  const { phase } = server;
  if (phase?.type !== 'record' || phase.request !== acknowledged || phase.acks.includes(from))
    return { server };
  const acks = [...phase.acks, from].sort();
  if (!isMajority(acks.length)) return { server: { ...server, phase: { ...phase, acks } } };
  const { request, client, read } = phase;
  const reply: Reply = read ? { type: 'GetOk', request, value: read.value } : { type: 'PutOk', request };
  return { server: { ...server, phase: null }, reply: { to: client, reply } };
};
