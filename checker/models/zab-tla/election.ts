/** Electing a leader: an oracle names it, and servers that look for a leader follow the oracle. */
import { apply, type Group, group, type Outcome, put, read, type Write } from '../../model.js';
import { type Ensemble, outcome } from './ensemble.js';
import type { History, Sid } from './txns.js';
import type { Epochs } from './variables.js';
import { historyOf, isLooking } from './views.js';

/** UpdateLeader(i) and FollowLeader(i): both are open to the server that the oracle does not name. */
export const election = (e: Ensemble, i: Sid): Group =>
  group({
    name: `election(${i})`,
    urgency: 'progress',
    when: [read(e.role[i]!, isLooking)],
    reads: [read(e.leaderOracle), read(e.epochs[i]!), read(e.log[i]!, historyOf)],
    outcomes: ([oracle, epochs, history]): readonly Outcome[] => {
      const updateLeader = { name: 'UpdateLeader', server: i };
      const followLeader = { name: 'FollowLeader', server: i };
      const lead = switchToLeader(e, i, epochs, history);
      if (oracle === i) return [outcome(e, followLeader, lead)];
      const becomeOracle = outcome(e, updateLeader, put(e.leaderOracle, i), lead);
      return oracle === null
        ? [becomeOracle]
        : [becomeOracle, outcome(e, followLeader, switchToFollower(e, i))];
    },
  });

const switchToLeader = (e: Ensemble, i: Sid, epochs: Epochs, history: History): readonly Write[] => [
  apply(e.role[i]!, { state: 'LEADING', zabState: 'DISCOVERY' }),
  apply(e.leader[i]!, { type: 'elected', by: i, epochs, history }),
];

const switchToFollower = (e: Ensemble, i: Sid): Write =>
  apply(e.role[i]!, { state: 'FOLLOWING', zabState: 'DISCOVERY' });
