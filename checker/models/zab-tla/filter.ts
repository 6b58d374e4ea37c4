/** FilterNonexistentMessage: takes away a message that its receiver has no use for. Should there be one, that is an error. */
import { type Group, group, type Outcome, read } from '../../model.js';
import { type Ensemble, violated } from './ensemble.js';
import { discard } from './network.js';
import type { Sid } from './txns.js';
import type { Message, Role } from './variables.js';
import { hasLearner, headType, isNotEmpty, listener } from './views.js';

export const filterNonexistentMessage = (e: Ensemble, i: Sid, j: Sid): Group =>
  group({
    name: `FilterNonexistentMessage(${i},${j})`,
    urgency: 'progress',
    when: [read(e.channel(j, i), isNotEmpty)],
    reads: [read(e.channel(j, i), headType), read(e.role[i]!, listener), read(e.leader[i]!, hasLearner(j))],
    outcomes: ([mtype, role, isLearner]): readonly Outcome[] =>
      isExpected(mtype!, role, j, isLearner)
        ? []
        : [
            {
              action: { name: 'FilterNonexistentMessage', server: i, peer: j },
              writes: [violated(e, 'messageIllegal'), discard(e, j, i)],
            },
          ],
  });

const toLeader: readonly Message['mtype'][] = ['CEPOCH', 'ACKEPOCH', 'ACKLD', 'ACK'];

const isExpected = (
  mtype: Message['mtype'],
  { state, connectInfo }: Pick<Role, 'state' | 'connectInfo'>,
  from: Sid,
  isLearner: boolean,
): boolean => {
  switch (state) {
    case 'LEADING':
      return toLeader.includes(mtype) && isLearner;
    case 'FOLLOWING':
      return !toLeader.includes(mtype) && connectInfo === from;
    case 'LOOKING':
      return false;
  }
};
