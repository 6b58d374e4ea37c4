/**
 * The variables of ZooKeeper's protocol specification, laid out as kinds of component: what is read together and changes
 * together stands together, so that the argument of a transition group stays small. What an action does to a component
 * is an operation on it, so that the action need not read what it does not look at.
 *
 *   role[i]      state, zabState, connectInfo
 *   epochs[i]    acceptedEpoch (f.p), currentEpoch (f.a)
 *   log[i]       history, lastCommitted
 *   leader[i]    learners, cepochRecv, ackeRecv, ackldRecv, sendCounter
 *   msgs[i][j]   a channel; a server sends nothing to itself
 *   leaderOracle, proposalMsgsLog, epochLeader, violatedInvariants
 *   budgets, pc  the recorder; pc, the last action's name, only where the configuration keeps it
 */
import type { Kind } from '../../model.js';
import {
  acknowledgedAt,
  acknowledgedUpTo,
  type History,
  type Sid,
  type Txn,
  withMember,
  type Zxid,
} from './txns.js';

export interface Role {
  readonly state: 'LOOKING' | 'FOLLOWING' | 'LEADING';
  readonly zabState: 'ELECTION' | 'DISCOVERY' | 'SYNCHRONIZATION' | 'BROADCAST';
  readonly connectInfo: Sid | null;
}

export interface Epochs {
  readonly accepted: number;
  readonly current: number;
}

export interface Committed {
  readonly index: number;
  readonly zxid: Zxid;
}

export interface Log {
  readonly history: History;
  readonly lastCommitted: Committed;
}

/** Applied in this order. */
export interface LogOperation {
  readonly history?: History;
  readonly append?: Txn;
  readonly acknowledgedUpTo?: { readonly by: Sid; readonly zxid: Zxid };
  readonly acknowledgedAt?: { readonly by: Sid; readonly index: number };
  readonly lastCommitted?: Committed;
}

/** What a leader has from each learner, by sid; `connected` turns false when the learner is lost. */
export type Received<T> = Readonly<Record<Sid, T & { readonly connected: boolean }>>;

export interface Leader {
  readonly learners: readonly Sid[];
  readonly cepochRecv: Received<{ readonly epoch: number }>;
  readonly ackeRecv: Received<{ readonly peerLastEpoch: number; readonly peerHistory: History }>;
  readonly ackldRecv: Received<unknown>;
  readonly sendCounter: number;
}

export type LeaderOperation =
  | { readonly type: 'elected'; readonly by: Sid; readonly epochs: Epochs; readonly history: History }
  | { readonly type: 'learner'; readonly sid: Sid }
  | { readonly type: 'learnerLost'; readonly sid: Sid }
  | { readonly type: 'learnersLost' }
  | { readonly type: 'CEPOCH'; readonly from: Sid; readonly epoch: number }
  | { readonly type: 'ACKEPOCH'; readonly from: Sid; readonly epoch: number; readonly history: History }
  | { readonly type: 'ACKLD'; readonly from: Sid }
  | { readonly type: 'sent'; readonly counter: number };

export type Message =
  | { readonly mtype: 'CEPOCH'; readonly mepoch: number }
  | { readonly mtype: 'NEWEPOCH'; readonly mepoch: number }
  | { readonly mtype: 'ACKEPOCH'; readonly mepoch: number; readonly mhistory: History }
  | { readonly mtype: 'NEWLEADER'; readonly mepoch: number; readonly mhistory: History }
  | { readonly mtype: 'ACKLD'; readonly mzxid: Zxid }
  | { readonly mtype: 'COMMITLD'; readonly mzxid: Zxid }
  | { readonly mtype: 'PROPOSE'; readonly mzxid: Zxid; readonly mdata: number }
  | { readonly mtype: 'ACK'; readonly mzxid: Zxid }
  | { readonly mtype: 'COMMIT'; readonly mzxid: Zxid };

export type Of<T extends Message['mtype']> = Extract<Message, { readonly mtype: T }>;

export type Channel = readonly Message[];

/** Applied in this order: the head goes, then a message comes. */
export interface ChannelOperation {
  readonly clear?: true;
  readonly discard?: true;
  readonly append?: Message;
}

/** A transaction as some leader broadcast it. */
export interface Proposal {
  readonly source: Sid;
  readonly epoch: number;
  readonly zxid: Zxid;
  readonly data: number;
}

/** Who established an epoch; an epoch that nobody did is absent. */
export type EpochLeaders = Readonly<Record<number, readonly Sid[]>>;

export const violations = [
  'stateInconsistent',
  'proposalInconsistent',
  'commitInconsistent',
  'ackInconsistent',
  'messageIllegal',
] as const;
export type ViolatedInvariants = Readonly<Record<(typeof violations)[number], boolean>>;

export interface Budgets {
  readonly nTimeout: number;
  readonly nTransaction: number;
  readonly maxEpoch: number;
  readonly nRestart: number;
  readonly nClientRequest: number;
}

export interface BudgetsOperation {
  readonly spend?: readonly (keyof Budgets)[];
  readonly raiseEpoch?: number;
  readonly set?: Partial<Budgets>;
}

const replaced = <V>(name: string): Kind<V, V> => ({ name, apply: (_, next) => next });

const patched = <V extends object>(name: string): Kind<V, Partial<V>> => ({
  name,
  apply: (value, changed) => ({ ...value, ...changed }),
});

export const logKind: Kind<Log, LogOperation> = {
  name: 'log',
  apply: (log, operation) => {
    let history = operation.history ?? log.history;
    if (operation.append) history = [...history, operation.append];
    if (operation.acknowledgedUpTo)
      history = acknowledgedUpTo(history, operation.acknowledgedUpTo.by, operation.acknowledgedUpTo.zxid);
    if (operation.acknowledgedAt)
      history = acknowledgedAt(history, operation.acknowledgedAt.by, operation.acknowledgedAt.index);
    return { history, lastCommitted: operation.lastCommitted ?? log.lastCommitted };
  },
};

const disconnected = <T>(received: Received<T>, sid: Sid): Received<T> => {
  const info = received[sid];
  return info === undefined ? received : { ...received, [sid]: { ...info, connected: false } };
};

export const leaderKind: Kind<Leader, LeaderOperation> = {
  name: 'leader',
  apply: (leader, operation) => {
    switch (operation.type) {
      case 'elected':
        return electedLeader(operation.by, operation.epochs, operation.history);
      case 'learner':
        return { ...leader, learners: withMember(leader.learners, operation.sid) };
      case 'learnerLost':
        return {
          ...leader,
          learners: leader.learners.filter((sid) => sid !== operation.sid),
          cepochRecv: disconnected(leader.cepochRecv, operation.sid),
          ackeRecv: disconnected(leader.ackeRecv, operation.sid),
          ackldRecv: disconnected(leader.ackldRecv, operation.sid),
        };
      case 'learnersLost':
        return { ...leader, learners: [] };
      case 'CEPOCH':
        return { ...leader, cepochRecv: withCEPOCH(leader.cepochRecv, operation.from, operation.epoch) };
      case 'ACKEPOCH': {
        const { from, epoch, history } = operation;
        return { ...leader, ackeRecv: withACKEPOCH(leader.ackeRecv, from, epoch, history) };
      }
      case 'ACKLD':
        return { ...leader, ackldRecv: withACKLD(leader.ackldRecv, operation.from) };
      case 'sent':
        return { ...leader, sendCounter: operation.counter };
    }
  },
};

/** SwitchToLeader: a leader has its own CEPOCH, ACKEPOCH and ACKLD at once. */
const electedLeader = (by: Sid, epochs: Epochs, history: History): Leader => ({
  learners: [by],
  cepochRecv: withCEPOCH({}, by, epochs.accepted),
  ackeRecv: withACKEPOCH({}, by, epochs.current, history),
  ackldRecv: withACKLD({}, by),
  sendCounter: 0,
});

export const withCEPOCH = (received: Leader['cepochRecv'], from: Sid, epoch: number) => ({
  ...received,
  [from]: { connected: true, epoch },
});

export const withACKEPOCH = (received: Leader['ackeRecv'], from: Sid, epoch: number, history: History) => ({
  ...received,
  [from]: { connected: true, peerLastEpoch: epoch, peerHistory: history },
});

export const withACKLD = (received: Leader['ackldRecv'], from: Sid) => ({
  ...received,
  [from]: { connected: true },
});

export const channelKind: Kind<Channel, ChannelOperation> = {
  name: 'channel',
  apply: (channel, operation) => {
    const kept = operation.clear ? [] : operation.discard ? channel.slice(1) : channel;
    return operation.append ? [...kept, operation.append] : kept;
  },
};

export const inOrder = (a: Proposal, b: Proposal): number =>
  a.source - b.source ||
  a.epoch - b.epoch ||
  a.zxid[0] - b.zxid[0] ||
  a.zxid[1] - b.zxid[1] ||
  a.data - b.data;

export const proposalsKind: Kind<readonly Proposal[], readonly Proposal[]> = {
  name: 'proposalMsgsLog',
  apply: (proposals, added) => {
    const fresh = added.filter((a) => !proposals.some((p) => inOrder(a, p) === 0));
    return fresh.length === 0 ? proposals : [...proposals, ...fresh].sort(inOrder);
  },
};

export const epochLeaderKind: Kind<EpochLeaders, { readonly epoch: number; readonly leader: Sid }> = {
  name: 'epochLeader',
  apply: (leaders, { epoch, leader }) => ({
    ...leaders,
    [epoch]: withMember(leaders[epoch] ?? [], leader),
  }),
};

export const budgetsKind: Kind<Budgets, BudgetsOperation> = {
  name: 'budgets',
  apply: (budgets, { spend = [], raiseEpoch = 0, set = {} }) => {
    const changed = { ...budgets, maxEpoch: Math.max(budgets.maxEpoch, raiseEpoch), ...set };
    for (const budget of spend) changed[budget] += 1;
    return changed;
  },
};

export const roleKind = patched<Role>('role');
export const epochsKind = patched<Epochs>('epochs');
export const oracleKind = replaced<Sid | null>('leaderOracle');
export const violatedKind = patched<ViolatedInvariants>('violatedInvariants');
/** The last action and its servers. */
export type Pc = readonly [action: string, ...servers: readonly Sid[]];
export const pcKind = replaced<Pc>('pc');
