/**
 * A server of single-decree Paxos, proposer, acceptor and learner in one: what it does with each message, as a change of
 * itself and messages to others. It answers its own Prepare and Accept at once, without sending them.
 *
 * What a server has no use for it leaves where it is: on a network without order, that is the same as dropping it.
 */
import type { Reply, RequestId, Value } from '../register-clients.js';

/** Round and proposer; a later round wins, then the greater proposer. */
export type Ballot = readonly [round: number, proposer: number];

export interface Proposal {
  readonly request: RequestId;
  readonly client: number;
  readonly value: Value;
}

export interface Accepted {
  readonly ballot: Ballot;
  readonly proposal: Proposal;
}

export type Message =
  | { readonly type: 'Prepare'; readonly ballot: Ballot }
  | { readonly type: 'Prepared'; readonly ballot: Ballot; readonly lastAccepted: Accepted | null }
  | { readonly type: 'Accept'; readonly ballot: Ballot; readonly proposal: Proposal }
  | { readonly type: 'Accepted'; readonly ballot: Ballot }
  | { readonly type: 'Decided'; readonly ballot: Ballot; readonly proposal: Proposal };

export type Of<T extends Message['type']> = Extract<Message, { readonly type: T }>;

export interface Server {
  readonly ballot: Ballot;
  /** As a proposer: what it proposes, and the answers of its ballot. */
  readonly proposal: Proposal | null;
  readonly prepares: Readonly<Record<number, Accepted | null>>;
  readonly accepts: readonly number[];
  /** As an acceptor. */
  readonly accepted: Accepted | null;
  /** As a learner. */
  readonly decided: boolean;
}

export const initialServer: Server = {
  ballot: [0, 0],
  proposal: null,
  prepares: {},
  accepts: [],
  accepted: null,
  decided: false,
};

export interface Step {
  readonly change: Partial<Server>;
  /** To one server, or to all the others. */
  readonly send?: { readonly to: number | 'others'; readonly message: Message };
  readonly reply?: { readonly to: number; readonly reply: Reply };
}

/** Who a server is, and the rules that a planted defect bends. */
export interface Rules {
  readonly self: number;
  readonly isMajority: (count: number) => boolean;
  readonly defect: string;
}

const isBefore = (a: Ballot, b: Ballot): boolean => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
const isSame = (a: Ballot, b: Ballot): boolean => a[0] === b[0] && a[1] === b[1];

/** Phase 1a. Each request of a client gets a ballot of its own; a server serves only its first. */
export const proposerReceivesPut = (
  { self }: Rules,
  { proposal, ballot: [round], accepted }: Pick<Server, 'proposal' | 'ballot' | 'accepted'>,
  requested: Proposal,
): Step | null => {
  if (proposal !== null) return null;
  const ballot: Ballot = [round + 1, self];
  return {
    change: { proposal: requested, ballot, prepares: { [self]: accepted }, accepts: [] },
    send: { to: 'others', message: { type: 'Prepare', ballot } },
  };
};

/** Phase 1b: promise to take no part in earlier ballots, and tell what was accepted in them. */
export const acceptorReceivesPrepare = (
  { defect }: Rules,
  { ballot, accepted }: Pick<Server, 'ballot' | 'accepted'>,
  from: number,
  message: Of<'Prepare'>,
): Step | null => {
  if (!isBefore(ballot, message.ballot)) return null;
  const lastAccepted = defect === 'accepted-forgotten' ? null : accepted;
  return {
    change: { ballot: message.ballot },
    send: { to: from, message: { type: 'Prepared', ballot: message.ballot, lastAccepted } },
  };
};

/**
 * Phase 2a. What was accepted in the latest ballot may have been decided, so that it must be proposed again. Only if
 * nothing was accepted by any of a majority, nothing can have been decided, and the proposer is free.
 */
export const proposerReceivesPrepared = (
  { self, isMajority, defect }: Rules,
  { ballot, prepares, proposal, accepts }: Pick<Server, 'ballot' | 'prepares' | 'proposal' | 'accepts'>,
  from: number,
  message: Of<'Prepared'>,
): Step | null => {
  if (!isSame(ballot, message.ballot)) return null;
  const heard = { ...prepares, [from]: message.lastAccepted };
  const before = Object.keys(prepares).length;
  if (isMajority(before) || !isMajority(Object.keys(heard).length)) return { change: { prepares: heard } };
  const bound = defect === 'own-proposal' ? null : latestOf(Object.values(heard));
  const chosen = bound?.proposal ?? proposal!;
  return {
    change: {
      prepares: heard,
      proposal: chosen,
      accepted: { ballot, proposal: chosen },
      accepts: accepts.includes(self) ? accepts : [...accepts, self].sort(),
    },
    send: { to: 'others', message: { type: 'Accept', ballot, proposal: chosen } },
  };
};

const latestOf = (accepted: readonly (Accepted | null)[]): Accepted | null =>
  accepted.reduce((latest, next) => {
    if (latest === null || next === null) return latest ?? next;
    return isBefore(latest.ballot, next.ballot) ? next : latest;
  }, null);

/** Phase 2b. */
export const acceptorReceivesAccept = (
  { defect }: Rules,
  { ballot }: Pick<Server, 'ballot'>,
  from: number,
  message: Of<'Accept'>,
): Step | null => {
  if (isBefore(message.ballot, ballot) && defect !== 'promise-broken') return null;
  const accepted = { ballot: message.ballot, proposal: message.proposal };
  return {
    change: { ballot: message.ballot, accepted },
    send: { to: from, message: { type: 'Accepted', ballot: message.ballot } },
  };
};

/** What a majority has accepted is decided; the client hears of it. */
export const proposerReceivesAccepted = (
  { isMajority }: Rules,
  { ballot, accepts, proposal }: Pick<Server, 'ballot' | 'accepts' | 'proposal'>,
  from: number,
  message: Of<'Accepted'>,
): Step | null => {
  if (!isSame(ballot, message.ballot)) return null;
  const by = accepts.includes(from) ? accepts : [...accepts, from].sort();
  if (isMajority(accepts.length) || !isMajority(by.length)) return { change: { accepts: by } };
  const { request, client } = proposal!;
  return {
    change: { accepts: by, decided: true },
    send: { to: 'others', message: { type: 'Decided', ballot, proposal: proposal! } },
    reply: { to: client, reply: { type: 'PutOk', request } },
  };
};

/** What is decided once is decided for good, so that nothing of its own matters to the learner. */
export const learnerReceivesDecided = (
  _rules: Rules,
  _server: unknown,
  _from: number,
  { ballot, proposal }: Of<'Decided'>,
): Step => ({ change: { ballot, accepted: { ballot, proposal }, decided: true } });
