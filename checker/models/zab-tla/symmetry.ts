/** The servers of the protocol specification are interchangeable: it never compares their numbers. What TLC calls Permutations. */
import type { Kind, Slot } from '../../model.js';
import { orders, type Permutation, type Symmetry } from '../../symmetry.js';
import type { Ensemble } from './ensemble.js';
import type { History, Sid } from './txns.js';
import {
  type Channel,
  channelKind,
  type EpochLeaders,
  epochLeaderKind,
  inOrder,
  type Leader,
  type Log,
  leaderKind,
  logKind,
  type Message,
  oracleKind,
  type Pc,
  type Proposal,
  pcKind,
  proposalsKind,
  type Role,
  roleKind,
} from './variables.js';

type Rename = (sid: Sid) => Sid;

const renamedSet = (sids: readonly Sid[], to: Rename): readonly Sid[] => sids.map(to).sort((a, b) => a - b);

const renamedKeys = <T>(record: Readonly<Record<Sid, T>>, to: Rename, of: (value: T) => T) =>
  Object.fromEntries(Object.entries(record).map(([sid, value]) => [to(Number(sid)), of(value)]));

const same = <T>(value: T): T => value;

const renamedHistory = (history: History, to: Rename): History =>
  history.map((txn) => ({ ...txn, ackSid: renamedSet(txn.ackSid, to) }));

const renamedMessage = (message: Message, to: Rename): Message =>
  'mhistory' in message ? { ...message, mhistory: renamedHistory(message.mhistory, to) } : message;

const renamedLeader = (leader: Leader, to: Rename): Leader => ({
  learners: renamedSet(leader.learners, to),
  cepochRecv: renamedKeys(leader.cepochRecv, to, same),
  ackeRecv: renamedKeys(leader.ackeRecv, to, (summary) => ({
    ...summary,
    peerHistory: renamedHistory(summary.peerHistory, to),
  })),
  ackldRecv: renamedKeys(leader.ackldRecv, to, same),
  sendCounter: leader.sendCounter,
});

/** Epochs, budgets and violated invariants name no server. */
const renaming = (to: Rename): Permutation['rename'] => {
  const nullable = (sid: Sid | null): Sid | null => (sid === null ? null : to(sid));
  const of = <V>(kind: Kind<V, any>, rename: (component: V) => V): readonly [Kind<any, any>, (c: V) => V] => [
    kind,
    rename,
  ];
  return new Map<Kind<any, any>, (component: any) => unknown>([
    of<Role>(roleKind, (role) => ({ ...role, connectInfo: nullable(role.connectInfo) })),
    of<Log>(logKind, (log) => ({ ...log, history: renamedHistory(log.history, to) })),
    of<Leader>(leaderKind, (leader) => renamedLeader(leader, to)),
    of<Channel>(channelKind, (channel) => channel.map((message) => renamedMessage(message, to))),
    of<Sid | null>(oracleKind, nullable),
    of<readonly Proposal[]>(proposalsKind, (proposals) =>
      proposals.map((one) => ({ ...one, source: to(one.source) })).sort(inOrder),
    ),
    of<EpochLeaders>(epochLeaderKind, (leaders) =>
      Object.fromEntries(Object.entries(leaders).map(([epoch, sids]) => [epoch, renamedSet(sids, to)])),
    ),
    of<Pc>(pcKind, ([action, ...sids]) => [action, ...sids.map(to)]),
  ]);
};

type Move = readonly [from: Slot<any, any>, to: Slot<any, any>];

export const serverSymmetry = (e: Ensemble): Symmetry => ({
  of: 'servers',
  permutations: orders(e.servers).map((order) => {
    const to: Rename = (sid) => order[sid - 1]!;
    const perServer: readonly Move[] = [e.role, e.epochs, e.log, e.leader].flatMap((slots) =>
      e.servers.map((sid) => [slots[sid]!, slots[to(sid)]!] as const),
    );
    const perPair: readonly Move[] = e.servers.flatMap((from) =>
      e.servers
        .filter((sid) => sid !== from)
        .map((sid) => [e.channel(from, sid), e.channel(to(from), to(sid))] as const),
    );
    return { slots: new Map([...perServer, ...perPair]), rename: renaming(to) };
  }),
});
