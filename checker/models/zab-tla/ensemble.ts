/** The slots of one configuration of the protocol specification, and the shape of a successor. */
import { apply, type Kind, type Outcome, put, type Slot, type View, type Write } from '../../model.js';
import { noZxid, type Sid } from './txns.js';
import {
  type Budgets,
  budgetsKind,
  type Channel,
  type ChannelOperation,
  channelKind,
  epochLeaderKind,
  epochsKind,
  type Leader,
  leaderKind,
  logKind,
  oracleKind,
  type Pc,
  pcKind,
  proposalsKind,
  roleKind,
  type ViolatedInvariants,
  violatedKind,
} from './variables.js';
import { sidsOf } from './views.js';

export interface Config {
  readonly servers: number;
  readonly txns: number;
  readonly timeouts: number;
  readonly restarts: number;
  readonly maxEpoch: number;
  readonly recorder: 'full' | 'counts';
  readonly defect: string;
}

const limit = (name: string, budget: keyof Budgets, below: number): View<Budgets, boolean> => ({
  name,
  of: (budgets) => budgets[budget] < below,
});

export type Ensemble = ReturnType<typeof ensemble>;

/** The slots of one configuration, all as Init has them. */
export const ensemble = (config: Config) => {
  const servers: readonly Sid[] = Array.from({ length: config.servers }, (_, at) => at + 1);
  const perServer = <V, O>(name: string, kind: Kind<V, O>, initial: V): Readonly<Record<Sid, Slot<V, O>>> =>
    Object.fromEntries(servers.map((sid) => [sid, { name: `${name}[${sid}]`, kind, initial }]));

  const channels = servers.flatMap((from) =>
    servers
      .filter((to) => to !== from)
      .map(
        (to): Slot<Channel, ChannelOperation> => ({
          name: `msgs[${from}][${to}]`,
          kind: channelKind,
          initial: [],
        }),
      ),
  );
  const byName = new Map(channels.map((slot) => [slot.name, slot]));

  const has = (defect: string): boolean => config.defect === defect;
  const isQuorum = (size: number): boolean =>
    has('half-is-quorum') ? size * 2 >= config.servers : size * 2 > config.servers;

  return {
    config,
    has,
    servers,
    isQuorum,
    hasAckeQuorum: {
      name: 'hasAckeQuorum',
      of: (leader: Leader) => isQuorum(sidsOf(leader.ackeRecv).length),
    },
    lacksAckeQuorum: {
      name: 'lacksAckeQuorum',
      of: (leader: Leader) => !isQuorum(sidsOf(leader.ackeRecv).length),
    },
    /** CheckTimeout and its like. */
    within: {
      timeouts: limit('withinTimeouts', 'nTimeout', config.timeouts),
      restarts: limit('withinRestarts', 'nRestart', config.restarts),
      txns: limit('withinTxns', 'nTransaction', config.txns),
      epochs: limit('withinEpochs', 'maxEpoch', config.maxEpoch),
    },
    role: perServer('role', roleKind, { state: 'LOOKING', zabState: 'ELECTION', connectInfo: null }),
    epochs: perServer('epochs', epochsKind, { accepted: 0, current: 0 }),
    log: perServer('log', logKind, { history: [], lastCommitted: { index: 0, zxid: noZxid } }),
    leader: perServer('leader', leaderKind, {
      learners: [],
      cepochRecv: {},
      ackeRecv: {},
      ackldRecv: {},
      sendCounter: 0,
    }),
    channels,
    channel: (from: Sid, to: Sid): Slot<Channel, ChannelOperation> => byName.get(`msgs[${from}][${to}]`)!,
    leaderOracle: slotOf(oracleKind, null),
    proposalMsgsLog: slotOf(proposalsKind, []),
    epochLeader: slotOf(epochLeaderKind, {}),
    violatedInvariants: slotOf(violatedKind, {
      stateInconsistent: false,
      proposalInconsistent: false,
      commitInconsistent: false,
      ackInconsistent: false,
      messageIllegal: false,
    }),
    budgets: slotOf(budgetsKind, {
      nTimeout: 0,
      nTransaction: 0,
      maxEpoch: 0,
      nRestart: 0,
      nClientRequest: 0,
    }),
    pc: config.recorder === 'full' ? slotOf<Pc, Pc>(pcKind, ['Init']) : null,
  };
};

const slotOf = <V, O>(kind: Kind<V, O>, initial: V): Slot<V, O> => ({ name: kind.name, kind, initial });

export const allSlots = (e: Ensemble): readonly Slot<any, any>[] => [
  ...[e.role, e.epochs, e.log, e.leader].flatMap((slots) => e.servers.map((sid) => slots[sid]!)),
  ...e.channels,
  e.leaderOracle,
  e.proposalMsgsLog,
  e.epochLeader,
  e.violatedInvariants,
  e.budgets,
  ...(e.pc ? [e.pc] : []),
];

/** Who acts, on whose message or against whom, and by which of several disjuncts that hold at once. */
export interface Step {
  readonly name: string;
  readonly server: Sid;
  readonly peer?: Sid;
  readonly disjunct?: string;
}

/** One successor; pc remembers the action, but for FilterNonexistentMessage, which leaves the recorder alone. */
export const outcome = (
  e: Ensemble,
  step: Step,
  ...writes: readonly (Write | readonly Write[])[]
): Outcome => {
  const { name, server, peer } = step;
  const pc = e.pc ? [put(e.pc, peer === undefined ? [name, server] : [name, server, peer])] : [];
  return { action: { ...step }, writes: [...writes.flat(), ...pc] };
};

export const violated = (e: Ensemble, name: keyof ViolatedInvariants): Write =>
  apply(e.violatedInvariants, { [name]: true });
