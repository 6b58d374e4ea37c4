/** What must come about, so that the invariants are not true of nothing. */
import { type ActionProperty, type Goal, property, read } from '../../model.js';
import type { Ensemble } from './ensemble.js';
import { source } from './properties.js';
import type { Payload } from './txns.js';
import { committedOf } from './views.js';

const performed = (name: string): Pick<ActionProperty, 'on' | 'holds'> => ({
  on: 'action',
  holds: (outcome) => outcome.action.name === name,
});

export const goals = (e: Ensemble): readonly Goal[] => {
  const { txns, timeouts, restarts, maxEpoch } = e.config;
  const committed = e.servers.map((sid) => read(e.log[sid]!, committedOf));
  const goal = { source, applicable: true } as const;
  return [
    {
      ...goal,
      name: 'LeaderEstablished',
      claim: 'A follower reaches the broadcast phase.',
      needs: 'nothing',
      ...performed('FollowerProcessCOMMITLD'),
    },
    property({
      ...goal,
      on: 'state',
      name: 'EverybodyDelivers',
      claim: 'All servers have delivered all transactions there may be.',
      needs: 'one transaction',
      applicable: txns >= 1,
      reads: committed,
      holds: (delivered: readonly (readonly Payload[])[]) =>
        delivered.every((sequence) => sequence.length === txns),
    }),
    property({
      ...goal,
      on: 'state',
      name: 'SecondEpoch',
      claim: 'Two epochs have had a leader.',
      needs: 'a second epoch, and a timeout or a third server',
      applicable: maxEpoch >= 2 && timeouts >= 1,
      reads: [read(e.epochLeader)],
      holds: ([leaders]) => Object.keys(leaders).length >= 2,
    }),
    {
      ...goal,
      name: 'Restarted',
      claim: 'A server restarts.',
      needs: 'one restart, which spends a timeout as well',
      applicable: restarts >= 1 && timeouts >= 1,
      ...performed('Restart'),
    },
  ];
};
