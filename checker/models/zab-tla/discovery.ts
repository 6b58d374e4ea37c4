/** Phase 1: a leader learns from a quorum which epochs they know, proposes a later one, and learns their histories. */
import { apply, type Group, group, type Outcome, read, type Write } from '../../model.js';
import { type Ensemble, outcome, violated } from './ensemble.js';
import { abandonLeader } from './faults.js';
import { discard, discardAndBroadcast, reply } from './network.js';
import {
  acknowledgedOnlyBy,
  type History,
  lastZxid,
  type Sid,
  type Zxid,
  zxidAfter,
  zxidsOf,
} from './txns.js';
import { type Leader, type Of, type Proposal, withACKEPOCH, withCEPOCH } from './variables.js';
import {
  acceptedOf,
  ackes,
  cepochs,
  follows,
  hasLearner,
  headOf,
  historyOf,
  isLeader,
  isOracle,
  isPending,
  isUnconnectedFollower,
  lacksLearner,
  reachable,
  sidsOf,
  zabStateOf,
} from './views.js';

/** ConnectAndFollowerSendCEPOCH(i, j): the two sides of the connection appear at once. */
export const connectAndFollowerSendCEPOCH = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `ConnectAndFollowerSendCEPOCH(${i},${j})`,
    urgency: 'progress',
    when: [
      read(e.role[j]!, isUnconnectedFollower),
      read(e.leaderOracle, isOracle(i)),
      read(e.role[i]!, isLeader),
      read(e.leader[i]!, lacksLearner(j)),
    ],
    reads: [read(e.epochs[j]!, acceptedOf)],
    outcomes: ([accepted]): readonly Outcome[] => [
      outcome(
        e,
        { name: 'ConnectAndFollowerSendCEPOCH', server: i, peer: j },
        apply(e.leader[i]!, { type: 'learner', sid: j }),
        apply(e.role[j]!, { connectInfo: i }),
        apply(e.channel(j, i), { append: { mtype: 'CEPOCH', mepoch: accepted } }),
      ),
    ],
  });

/** LeaderProcessCEPOCH(i, j): the quorum's last CEPOCH determines the epoch; those after it are answered one by one. */
export const leaderProcessCEPOCH = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `LeaderProcessCEPOCH(${i},${j})`,
    urgency: 'progress',
    when: [
      read(e.channel(j, i), isPending.CEPOCH),
      read(e.role[i]!, isLeader),
      read(e.leader[i]!, hasLearner(j)),
      read(e.budgets, e.within.epochs),
    ],
    reads: [
      read(e.channel(j, i), headOf),
      read(e.role[i]!, zabStateOf),
      read(e.leader[i]!, cepochs),
      read(e.epochs[i]!, acceptedOf),
    ],
    outcomes: ([head, zabState, leader, accepted]): readonly Outcome[] => {
      const { mepoch } = head as Of<'CEPOCH'>;
      const step = { name: 'LeaderProcessCEPOCH', server: i, peer: j };
      const received = apply(e.leader[i]!, { type: 'CEPOCH', from: j, epoch: mepoch });
      if (e.isQuorum(sidsOf(leader.cepochRecv).length))
        return [outcome(e, step, received, reply(e, i, j, { mtype: 'NEWEPOCH', mepoch: accepted }))];
      const wrong = zabState === 'DISCOVERY' ? [] : [violated(e, 'stateInconsistent')];
      const cepochRecv = withCEPOCH(leader.cepochRecv, j, mepoch);
      const next = e.isQuorum(sidsOf(cepochRecv).length)
        ? proposeNewEpoch(e, i, j, { learners: leader.learners, cepochRecv })
        : [discard(e, j, i)];
      return [outcome(e, step, received, wrong, next)];
    },
  });

/**
 * The recorder's maxEpoch is the greatest acceptedEpoch of all servers after a LeaderProcessCEPOCH. Only here does a
 * greater one come about (followers accept what a leader accepted before, and none ever forgets), so that it is enough
 * to raise it here, without a look at the other servers.
 */
const proposeNewEpoch = (
  e: Ensemble,
  i: Sid,
  j: Sid,
  leader: Pick<Leader, 'learners' | 'cepochRecv'>,
): readonly Write[] => {
  const known = Math.max(...Object.values(leader.cepochRecv).map(({ epoch }) => epoch));
  const epoch = e.has('epoch-reused') ? Math.max(known, 1) : known + 1;
  return [
    apply(e.epochs[i]!, { accepted: epoch }),
    apply(e.budgets, { raiseEpoch: epoch }),
    ...discardAndBroadcast(e, i, j, reachable(leader, leader.cepochRecv), {
      mtype: 'NEWEPOCH',
      mepoch: epoch,
    }),
  ];
};

/** FollowerProcessNEWEPOCH(i, j): an epoch earlier than one accepted before ends the connection. */
export const followerProcessNEWEPOCH = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `FollowerProcessNEWEPOCH(${i},${j})`,
    urgency: 'progress',
    when: [read(e.channel(j, i), isPending.NEWEPOCH), read(e.role[i]!, follows(j))],
    reads: [
      read(e.channel(j, i), headOf),
      read(e.role[i]!, zabStateOf),
      read(e.epochs[i]!),
      read(e.log[i]!, historyOf),
    ],
    outcomes: ([head, zabState, epochs, history]): readonly Outcome[] => {
      const { mepoch } = head as Of<'NEWEPOCH'>;
      const step = { name: 'FollowerProcessNEWEPOCH', server: i, peer: j };
      if (mepoch < epochs.accepted) return [outcome(e, step, abandonLeader(e, i, j))];
      if (zabState !== 'DISCOVERY')
        return [outcome(e, step, violated(e, 'stateInconsistent'), discard(e, j, i))];
      return [
        outcome(
          e,
          step,
          apply(e.epochs[i]!, { accepted: mepoch }),
          apply(e.role[i]!, { zabState: 'SYNCHRONIZATION' }),
          reply(e, i, j, { mtype: 'ACKEPOCH', mepoch: epochs.current, mhistory: history }),
        ),
      ];
    },
  });

/** LeaderProcessACKEPOCH(i, j): once a quorum's histories are there, one of them becomes the initial history. */
export const leaderProcessACKEPOCH = (e: Ensemble, i: Sid, j: Sid): readonly Group[] => {
  const when = [
    read(e.channel(j, i), isPending.ACKEPOCH),
    read(e.role[i]!, isLeader),
    read(e.leader[i]!, hasLearner(j)),
  ];
  const step = { name: 'LeaderProcessACKEPOCH', server: i, peer: j };
  const received = (head: Of<'ACKEPOCH'>): Write =>
    apply(e.leader[i]!, { type: 'ACKEPOCH', from: j, epoch: head.mepoch, history: head.mhistory });

  const afterQuorum = group({
    name: `LeaderProcessACKEPOCH(${i},${j}) after a quorum`,
    urgency: 'progress',
    when: [...when, read(e.leader[i]!, e.hasAckeQuorum)],
    reads: [read(e.channel(j, i), headOf), read(e.epochs[i]!, acceptedOf), read(e.log[i]!, historyOf)],
    outcomes: ([head, accepted, history]): readonly Outcome[] => [
      outcome(
        e,
        step,
        received(head as Of<'ACKEPOCH'>),
        apply(e.proposalMsgsLog, proposalsOf(i, accepted, history)),
        reply(e, i, j, { mtype: 'NEWLEADER', mepoch: accepted, mhistory: history }),
      ),
    ],
  });

  const beforeQuorum = group({
    name: `LeaderProcessACKEPOCH(${i},${j}) before a quorum`,
    urgency: 'progress',
    when: [...when, read(e.leader[i]!, e.lacksAckeQuorum)],
    reads: [
      read(e.channel(j, i), headOf),
      read(e.role[i]!, zabStateOf),
      read(e.leader[i]!, ackes),
      read(e.epochs[i]!, acceptedOf),
    ],
    outcomes: ([head, zabState, leader, accepted]): readonly Outcome[] => {
      const { mepoch, mhistory } = head as Of<'ACKEPOCH'>;
      const wrong = zabState === 'DISCOVERY' ? [] : [violated(e, 'stateInconsistent')];
      const ackeRecv = withACKEPOCH(leader.ackeRecv, j, mepoch, mhistory);
      const next = e.isQuorum(sidsOf(ackeRecv).length)
        ? establishEpoch(e, i, j, accepted, { learners: leader.learners, ackeRecv })
        : [discard(e, j, i)];
      return [outcome(e, step, received(head as Of<'ACKEPOCH'>), wrong, next)];
    },
  });
  return [afterQuorum, beforeQuorum];
};

const establishEpoch = (
  e: Ensemble,
  i: Sid,
  j: Sid,
  epoch: number,
  leader: Pick<Leader, 'learners' | 'ackeRecv'>,
): readonly Write[] => {
  const history = acknowledgedOnlyBy(initialHistory(e, i, leader.ackeRecv), i);
  return [
    apply(e.epochs[i]!, { current: epoch }),
    apply(e.epochLeader, { epoch, leader: i }),
    apply(e.log[i]!, { history }),
    apply(e.role[i]!, { zabState: 'SYNCHRONIZATION' }),
    apply(e.proposalMsgsLog, proposalsOf(i, epoch, history)),
    ...discardAndBroadcast(e, i, j, reachable(leader, leader.ackeRecv), {
      mtype: 'NEWLEADER',
      mepoch: epoch,
      mhistory: history,
    }),
  ];
};

/**
 * The history of whoever has the latest epoch and, within it, the latest zxid. The specification leaves open which of
 * several equally late ones is chosen; the first will do, since those have the same transactions, and the leader resets
 * the acknowledgements, in which alone they may differ.
 */
const initialHistory = (e: Ensemble, i: Sid, ackeRecv: Leader['ackeRecv']): History => {
  if (e.has('own-history')) return ackeRecv[i]!.peerHistory;
  const [first, ...others] = Object.values(ackeRecv);
  const latest = others.reduce((best, next) => (isLater(next, best) ? next : best), first!).peerHistory;
  return e.has('history-reversed') ? [...latest].reverse() : latest;
};

type Summary = Leader['ackeRecv'][Sid];

const isLater = (a: Summary, b: Summary): boolean => {
  const end = (summary: Summary): Zxid => lastZxid(zxidsOf(summary.peerHistory));
  if (a.peerLastEpoch !== b.peerLastEpoch) return a.peerLastEpoch > b.peerLastEpoch;
  return zxidAfter(end(a), end(b));
};

const proposalsOf = (source: Sid, epoch: number, history: History): readonly Proposal[] =>
  history.map(({ zxid, value }) => ({ source, epoch, zxid, data: value }));
