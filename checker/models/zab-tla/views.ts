/**
 * What an action or a property looks at of a component. Views are made once, since the engine keeps a table for each:
 * the narrower the view, the more states share one evaluation.
 */
import type { View } from '../../model.js';
import { type Payload, type Sid, type Zxid, zxidsOf } from './txns.js';
import type { Budgets, Channel, Committed, Epochs, Leader, Log, Message, Role } from './variables.js';

const view = <V, R>(name: string, of: (value: V) => R): View<V, R> => ({ name, of });

/** A view for each server, made once. */
const bySid = <V, R>(name: string, of: (value: V, sid: Sid) => R): ((sid: Sid) => View<V, R>) => {
  const made = new Map<Sid, View<V, R>>();
  return (sid) => {
    const known = made.get(sid) ?? view(`${name}(${sid})`, (value: V) => of(value, sid));
    made.set(sid, known);
    return known;
  };
};

// Of a role.
export const isLooking = view('isLooking', (role: Role) => role.state === 'LOOKING');
export const isLeader = view('isLeader', (role: Role) => role.state === 'LEADING');
export const isFollower = view('isFollower', (role: Role) => role.state === 'FOLLOWING');
export const isBroadcastingLeader = view(
  'isBroadcastingLeader',
  (role: Role) => role.state === 'LEADING' && role.zabState === 'BROADCAST',
);
export const isEstablishedLeader = view(
  'isEstablishedLeader',
  (role: Role) =>
    role.state === 'LEADING' && (role.zabState === 'SYNCHRONIZATION' || role.zabState === 'BROADCAST'),
);
export const isUnconnectedFollower = view(
  'isUnconnectedFollower',
  (role: Role) => role.state === 'FOLLOWING' && role.connectInfo === null,
);
export const follows = bySid(
  'follows',
  (role: Role, leader) => role.state === 'FOLLOWING' && role.connectInfo === leader,
);
export const zabStateOf = view('zabState', (role: Role) => role.zabState);
/** Whom it would take a message from: its leader, or its learners, or nobody. */
export const listener = view('listener', ({ state, connectInfo }: Role) => ({ state, connectInfo }));
/** Its part in an established broadcast. */
export const broadcaster = view('broadcaster', ({ state, zabState, connectInfo }: Role) =>
  zabState === 'BROADCAST' ? { state, connectInfo } : null,
);

// Of the epochs.
export const acceptedOf = view('acceptedEpoch', (epochs: Epochs) => epochs.accepted);
export const currentOf = view('currentEpoch', (epochs: Epochs) => epochs.current);

// Of a log.
export const historyOf = view('history', (log: Log) => log.history);
export const lengthOf = view('length', (log: Log) => log.history.length);
export const zxidsOfLog = view('zxids', (log: Log) => zxidsOf(log.history));
const payloads = (log: Log): readonly Payload[] => log.history.map(({ zxid, value }) => ({ zxid, value }));
export const payloadsOf = view('payloads', payloads);
export const lastZxidOf = view('lastZxid', (log: Log): Zxid | null => log.history.at(-1)?.zxid ?? null);
/** What has been delivered. */
export const committedOf = view('committed', (log: Log) =>
  payloads(log).slice(0, Math.max(0, log.lastCommitted.index)),
);
/** How far it goes, and how far of that is committed. */
export const extentOf = view('extent', (log: Log) => ({
  length: log.history.length,
  lastZxid: log.history.at(-1)?.zxid ?? null,
  committedZxid: log.lastCommitted.zxid,
}));
/** What COMMIT would deliver next, if anything. */
export const nextToCommit = view('nextToCommit', (log: Log): Committed | null => {
  const next = log.history[log.lastCommitted.index];
  return next === undefined ? null : { index: log.lastCommitted.index + 1, zxid: next.zxid };
});
/** All that a leader goes by when it counts acknowledgements. */
export const acknowledgements = view('acknowledgements', (log: Log) => ({
  txns: log.history.map(({ zxid, ackSid }) => ({ zxid, ackSid })),
  lastCommitted: log.lastCommitted,
}));

// Of what a leader knows.
export const sidsOf = (received: Readonly<Record<Sid, unknown>>): readonly Sid[] =>
  Object.keys(received).map(Number);
/** The learners from whom something came, and who are still connected. */
export const reachable = (
  leader: Pick<Leader, 'learners'>,
  received: Readonly<Record<Sid, { readonly connected: boolean }>>,
): readonly Sid[] => leader.learners.filter((sid) => received[sid]?.connected === true);

export const learnersOf = view('learners', (leader: Leader) => leader.learners);
export const hasLearner = bySid('hasLearner', (leader: Leader, sid) => leader.learners.includes(sid));
export const lacksLearner = bySid('lacksLearner', (leader: Leader, sid) => !leader.learners.includes(sid));
export const cepochs = view('cepochs', ({ learners, cepochRecv }: Leader) => ({ learners, cepochRecv }));
export const ackes = view('ackes', ({ learners, ackeRecv }: Leader) => ({ learners, ackeRecv }));
export const acklds = view('acklds', ({ learners, ackldRecv }: Leader) => ({ learners, ackldRecv }));
export const proposing = view('proposing', (leader: Leader) => ({
  sendCounter: leader.sendCounter,
  synchronizing: reachable(leader, leader.ackeRecv),
  synchronized: reachable(leader, leader.ackldRecv),
}));
export const committing = view('committing', (leader: Leader) => reachable(leader, leader.ackldRecv));

// Of a channel.
export const headOf = view('head', (channel: Channel): Message | null => channel[0] ?? null);
export const headType = view('headType', (channel: Channel) => channel[0]?.mtype ?? null);
export const isNotEmpty = view('isNotEmpty', (channel: Channel) => channel.length > 0);

type MessageType = Message['mtype'];
const pending = (mtype: MessageType): View<Channel, boolean> =>
  view(`pending ${mtype}`, (channel: Channel) => channel[0]?.mtype === mtype);
export const isPending: Readonly<Record<MessageType, View<Channel, boolean>>> = {
  CEPOCH: pending('CEPOCH'),
  NEWEPOCH: pending('NEWEPOCH'),
  ACKEPOCH: pending('ACKEPOCH'),
  NEWLEADER: pending('NEWLEADER'),
  ACKLD: pending('ACKLD'),
  COMMITLD: pending('COMMITLD'),
  PROPOSE: pending('PROPOSE'),
  ACK: pending('ACK'),
  COMMIT: pending('COMMIT'),
};

// Of the oracle.
export const isOracle = bySid('isOracle', (oracle: Sid | null, sid) => oracle === sid);

// Of the budgets.
export const requestNumber = view('nClientRequest', (budgets: Budgets) => budgets.nClientRequest);
