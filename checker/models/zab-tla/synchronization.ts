/** Phase 2: a quorum adopts the leader's initial history, which is thereby committed. */
import { apply, type Group, group, type Outcome, read } from '../../model.js';
import { type Ensemble, outcome, violated } from './ensemble.js';
import { abandonLeader } from './faults.js';
import { discard, discardAndBroadcast, reply } from './network.js';
import { lastZxid, noZxid, type Sid, zxidsOf, zxidToIndex } from './txns.js';
import { type Of, withACKLD } from './variables.js';
import {
  acceptedOf,
  acklds,
  extentOf,
  follows,
  hasLearner,
  headOf,
  isLeader,
  isPending,
  reachable,
  sidsOf,
  zabStateOf,
  zxidsOfLog,
} from './views.js';

/** FollowerProcessNEWLEADER(i, j): adopt the epoch and the history together, if it is still the epoch accepted. */
export const followerProcessNEWLEADER = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `FollowerProcessNEWLEADER(${i},${j})`,
    urgency: 'progress',
    when: [read(e.channel(j, i), isPending.NEWLEADER), read(e.role[i]!, follows(j))],
    reads: [read(e.channel(j, i), headOf), read(e.role[i]!, zabStateOf), read(e.epochs[i]!, acceptedOf)],
    outcomes: ([head, zabState, accepted]): readonly Outcome[] => {
      const { mepoch, mhistory } = head as Of<'NEWLEADER'>;
      const step = { name: 'FollowerProcessNEWLEADER', server: i, peer: j };
      if (accepted !== mepoch) return [outcome(e, step, abandonLeader(e, i, j))];
      return [
        outcome(
          e,
          step,
          zabState === 'SYNCHRONIZATION' ? [] : [violated(e, 'stateInconsistent')],
          apply(e.epochs[i]!, { current: accepted }),
          e.has('history-not-adopted') ? [] : [apply(e.log[i]!, { history: mhistory })],
          reply(e, i, j, { mtype: 'ACKLD', mzxid: lastZxid(zxidsOf(mhistory)) }),
        ),
      ];
    },
  });

/** LeaderProcessACKLD(i, j): the quorum's last ACKLD commits the initial history; those after it are answered one by one. */
export const leaderProcessACKLD = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `LeaderProcessACKLD(${i},${j})`,
    urgency: 'progress',
    when: [
      read(e.channel(j, i), isPending.ACKLD),
      read(e.role[i]!, isLeader),
      read(e.leader[i]!, hasLearner(j)),
    ],
    reads: [
      read(e.channel(j, i), headOf),
      read(e.role[i]!, zabStateOf),
      read(e.leader[i]!, acklds),
      read(e.log[i]!, extentOf),
    ],
    outcomes: ([head, zabState, leader, log]): readonly Outcome[] => {
      const { mzxid } = head as Of<'ACKLD'>;
      const step = { name: 'LeaderProcessACKLD', server: i, peer: j };
      const received = apply(e.leader[i]!, { type: 'ACKLD', from: j });
      const acknowledged = { acknowledgedUpTo: { by: j, zxid: mzxid } };
      const expect = (expected: typeof zabState) =>
        zabState === expected ? [] : [violated(e, 'stateInconsistent')];

      if (e.isQuorum(sidsOf(leader.ackldRecv).length)) {
        const committed = e.has('commitld-of-ackld') ? mzxid : log.committedZxid;
        const answer = reply(e, i, j, { mtype: 'COMMITLD', mzxid: committed });
        return [outcome(e, step, received, expect('BROADCAST'), apply(e.log[i]!, acknowledged), answer)];
      }
      const ackldRecv = withACKLD(leader.ackldRecv, j);
      const wrong = expect('SYNCHRONIZATION');
      if (!e.isQuorum(sidsOf(ackldRecv).length))
        return [outcome(e, step, received, wrong, apply(e.log[i]!, acknowledged), discard(e, j, i))];
      const end = { index: log.length, zxid: log.lastZxid ?? noZxid };
      const targets = reachable(leader, ackldRecv);
      return [
        outcome(
          e,
          step,
          received,
          wrong,
          apply(
            e.log[i]!,
            e.has('leader-uncommitted') ? acknowledged : { ...acknowledged, lastCommitted: end },
          ),
          apply(e.role[i]!, { zabState: 'BROADCAST' }),
          discardAndBroadcast(e, i, j, targets, { mtype: 'COMMITLD', mzxid: end.zxid }),
        ),
      ];
    },
  });

/** FollowerProcessCOMMITLD(i, j): deliver the history as far as the leader has committed it. */
export const followerProcessCOMMITLD = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `FollowerProcessCOMMITLD(${i},${j})`,
    urgency: 'progress',
    when: [read(e.channel(j, i), isPending.COMMITLD), read(e.role[i]!, follows(j))],
    reads: [read(e.channel(j, i), headOf), read(e.log[i]!, zxidsOfLog)],
    outcomes: ([head, zxids]): readonly Outcome[] => {
      const { mzxid } = head as Of<'COMMITLD'>;
      const index = zxidToIndex(zxids, mzxid);
      const known = index >= 0 && index <= zxids.length;
      return [
        outcome(
          e,
          { name: 'FollowerProcessCOMMITLD', server: i, peer: j },
          known ? [] : [violated(e, 'proposalInconsistent')],
          apply(e.log[i]!, { lastCommitted: { index, zxid: mzxid } }),
          apply(e.role[i]!, { zabState: 'BROADCAST' }),
          discard(e, j, i),
        ),
      ];
    },
  });
