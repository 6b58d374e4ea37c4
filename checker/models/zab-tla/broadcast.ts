/** Phase 3: the leader takes requests, proposes them in order, and commits what a quorum has acknowledged. */
import { apply, type Group, group, type Outcome, read, type Write } from '../../model.js';
import { type Ensemble, outcome, type Step, violated } from './ensemble.js';
import { broadcast, discard, discardAndBroadcast, reply } from './network.js';
import {
  isNextZxid,
  lastZxid,
  nextZxid,
  noZxid,
  type Sid,
  withMember,
  type Zxid,
  zxidAfter,
  zxidEqual,
  zxidsOf,
  zxidToIndex,
} from './txns.js';
import type { Committed, Of } from './variables.js';
import {
  acknowledgements,
  committing,
  currentOf,
  follows,
  hasLearner,
  headOf,
  isBroadcastingLeader,
  isLeader,
  isPending,
  lastZxidOf,
  lengthOf,
  nextToCommit,
  payloadsOf,
  proposing,
  requestNumber,
  zxidsOfLog,
} from './views.js';

/**
 * LeaderProcessRequest(i). The recorder's nTransaction is the greatest length of all histories after it, hence the look
 * at every log.
 */
export const leaderProcessRequest = (e: Ensemble, i: Sid): Group =>
  group({
    name: `LeaderProcessRequest(${i})`,
    urgency: 'environment',
    when: [read(e.role[i]!, isBroadcastingLeader), read(e.budgets, e.within.txns)],
    reads: [
      read(e.epochs[i]!, currentOf),
      read(e.log[i]!, lastZxidOf),
      read(e.budgets, requestNumber),
      ...e.servers.map((sid) => read(e.log[sid]!, lengthOf)),
    ],
    outcomes: ([epoch, last, request, ...lengths]): readonly Outcome[] => {
      const txn = { zxid: nextZxid(epoch, last ?? noZxid), value: request, ackSid: [i], epoch };
      const lengthsAfter = lengths.map((length, at) => (e.servers[at] === i ? length + 1 : length));
      return [
        outcome(
          e,
          { name: 'LeaderProcessRequest', server: i },
          apply(e.log[i]!, { append: txn }),
          apply(e.budgets, { set: { nTransaction: Math.max(...lengthsAfter), nClientRequest: request + 1 } }),
        ),
      ];
    },
  });

/** LeaderBroadcastPROPOSE(i): to all learners whose ACKEPOCH has come. */
export const leaderBroadcastPROPOSE = (e: Ensemble, i: Sid): Group =>
  group({
    name: `LeaderBroadcastPROPOSE(${i})`,
    urgency: 'progress',
    when: [read(e.role[i]!, isBroadcastingLeader)],
    reads: [read(e.epochs[i]!, currentOf), read(e.leader[i]!, proposing), read(e.log[i]!, payloadsOf)],
    outcomes: ([epoch, { sendCounter, synchronizing, synchronized }, txns]): readonly Outcome[] => {
      const targets = e.has('propose-after-ACKLD') ? synchronized : synchronizing;
      const last = lastZxid(zxidsOf(txns));
      const currentCounter = last[0] === epoch ? last[1] : 0;
      if (sendCounter >= currentCounter) return [];
      const counter = sendCounter + 1;
      const { zxid, value } = txns[zxidToIndex(zxidsOf(txns), [epoch, counter]) - 1]!;
      return [
        outcome(
          e,
          { name: 'LeaderBroadcastPROPOSE', server: i },
          apply(e.leader[i]!, { type: 'sent', counter }),
          apply(e.proposalMsgsLog, [{ source: i, epoch, zxid, data: value }]),
          broadcast(e, i, targets, { mtype: 'PROPOSE', mzxid: zxid, mdata: value }),
        ),
      ];
    },
  });

/** FollowerProcessPROPOSE(i, j): a proposal that the initial history already contains is redundant, not wrong. */
export const followerProcessPROPOSE = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `FollowerProcessPROPOSE(${i},${j})`,
    urgency: 'progress',
    when: [read(e.channel(j, i), isPending.PROPOSE), read(e.role[i]!, follows(j))],
    reads: [read(e.channel(j, i), headOf), read(e.epochs[i]!, currentOf), read(e.log[i]!, zxidsOfLog)],
    outcomes: ([head, epoch, zxids]): readonly Outcome[] => {
      const { mzxid, mdata } = head as Of<'PROPOSE'>;
      const step = { name: 'FollowerProcessPROPOSE', server: i, peer: j };
      if (isNextZxid(lastZxid(zxids), mzxid)) {
        const value = e.has('value-lost') ? -1 : mdata;
        const txn = { zxid: mzxid, value, ackSid: [], epoch };
        const stored = apply(e.log[i]!, { append: txn });
        return [outcome(e, step, stored, reply(e, i, j, { mtype: 'ACK', mzxid }))];
      }
      const index = zxidToIndex(zxids, mzxid);
      const known = index > 0 && index <= zxids.length && !e.has('redundant-propose-refused');
      const wrong = known ? [] : [violated(e, 'proposalInconsistent')];
      return [outcome(e, step, wrong, discard(e, j, i))];
    },
  });

/** LeaderProcessACK(i, j): counts an acknowledgement, and commits the next proposal if it completes a quorum. */
export const leaderProcessACK = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `LeaderProcessACK(${i},${j})`,
    urgency: 'progress',
    when: [
      read(e.channel(j, i), isPending.ACK),
      read(e.role[i]!, isLeader),
      read(e.leader[i]!, hasLearner(j)),
    ],
    reads: [read(e.channel(j, i), headOf), read(e.log[i]!, acknowledgements), read(e.leader[i]!, committing)],
    outcomes: ([head, { txns, lastCommitted }, targets]): readonly Outcome[] => {
      const { mzxid } = head as Of<'ACK'>;
      const index = zxidToIndex(zxidsOf(txns), mzxid);
      const txn = txns[index - 1];
      const acknowledged = txns.map(({ ackSid }) => ackSid.includes(j)).lastIndexOf(true) + 1;
      const inOrder = acknowledged === 0 || acknowledged + 1 === index;
      const step = { name: 'LeaderProcessACK', server: i, peer: j };
      if (txn === undefined || !inOrder)
        return eachDisjunct({ missing: txn === undefined, disordered: !inOrder }).map((disjunct) =>
          outcome(e, { ...step, disjunct }, violated(e, 'ackInconsistent'), discard(e, j, i)),
        );
      const ack = { index, zxid: mzxid, ackSid: withMember(txn.ackSid, j) };
      const nothingOutstanding = lastCommitted.index >= txns.length;
      const committedBefore = !zxidAfter(mzxid, lastCommitted.zxid);
      if (nothingOutstanding || committedBefore)
        return eachDisjunct({ nothingOutstanding, committedBefore }).map((disjunct) =>
          outcome(e, { ...step, disjunct }, counted(e, i, j, ack), discard(e, j, i)),
        );
      return leaderTryToCommit(e, step, j, ack, lastCommitted, targets);
    },
  });

interface Ack {
  readonly index: number;
  readonly zxid: Zxid;
  readonly ackSid: readonly Sid[];
}

const counted = (e: Ensemble, i: Sid, j: Sid, { index }: Ack, lastCommitted?: Committed): Write =>
  apply(e.log[i]!, { acknowledgedAt: { by: j, index }, ...(lastCommitted && { lastCommitted }) });

const leaderTryToCommit = (
  e: Ensemble,
  step: Step,
  j: Sid,
  ack: Ack,
  lastCommitted: Committed,
  targets: readonly Sid[],
): readonly Outcome[] => {
  const i = step.server;
  const { index, zxid } = ack;
  const earlierOutstanding = lastCommitted.index < index - 1;
  const noQuorum = !e.isQuorum(ack.ackSid.length);
  if (earlierOutstanding || noQuorum)
    return eachDisjunct({ earlierOutstanding, noQuorum }).map((disjunct) =>
      outcome(e, { ...step, disjunct }, counted(e, i, j, ack), discard(e, j, i)),
    );
  const ordered = lastCommitted.index + 1 === index;
  return [
    outcome(
      e,
      step,
      ordered ? [] : [violated(e, 'commitInconsistent')],
      counted(e, i, j, ack, { index, zxid }),
      discardAndBroadcast(e, i, j, targets, { mtype: 'COMMIT', mzxid: zxid }),
    ),
  ];
};

/** The reasons that hold. The specification joins them by a disjunction, of which TLC takes each true part on its own. */
const eachDisjunct = (reasons: Readonly<Record<string, boolean>>): readonly string[] =>
  Object.keys(reasons).filter((reason) => reasons[reason]);

/** FollowerProcessCOMMIT(i, j): deliver the next transaction, which must be the one meant. */
export const followerProcessCOMMIT = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `FollowerProcessCOMMIT(${i},${j})`,
    urgency: 'progress',
    when: [read(e.channel(j, i), isPending.COMMIT), read(e.role[i]!, follows(j))],
    reads: [read(e.channel(j, i), headOf), read(e.log[i]!, nextToCommit)],
    outcomes: ([head, next]): readonly Outcome[] => {
      const { mzxid } = head as Of<'COMMIT'>;
      const step = { name: 'FollowerProcessCOMMIT', server: i, peer: j };
      const taken = discard(e, j, i);
      // Nothing to commit is only a warning in the specification.
      if (next === null) return [outcome(e, step, taken)];
      if (!zxidEqual(next.zxid, mzxid)) return [outcome(e, step, violated(e, 'commitInconsistent'), taken)];
      return [outcome(e, step, apply(e.log[i]!, { lastCommitted: next }), taken)];
    },
  });
