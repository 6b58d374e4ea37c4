/** Every action name that a configuration can produce, so that coverage can name those that were never taken. */
import type { ZabOptions } from './options.js';

const learnerActions = (who: 'follower' | 'observer', { persistence, txns }: ZabOptions): readonly string[] =>
  [
    ...[
      'Connected',
      'Closed',
      'Timeout',
      'ProcessLEADERINFO',
      'ProcessDIFF',
      'ProcessNEWLEADER',
      'ProcessUPTODATE',
    ],
    ...(txns > 0 ? ['ProcessSNAP', 'ProcessPROPOSALInSync', 'ProcessCOMMITInSync', 'ForwardsREQUEST'] : []),
    ...(txns > 0 && who === 'follower' ? ['ProcessTRUNC', 'ProcessPROPOSAL', 'ProcessCOMMIT'] : []),
    ...(txns > 0 && who === 'observer' ? ['ProcessINFORM', 'ProcessINFORMInSync'] : []),
    ...(persistence === 'async' ? ['AcceptedEpochFlushed', 'NewLeaderFlushed', 'Flushed'] : []),
    ...(persistence === 'async' && txns > 0 && who === 'follower' ? ['ProposalFlushed'] : []),
  ].map((what) => `${who}${what}`);

const leaderActions = ({ persistence, txns, observers }: ZabOptions): readonly string[] => [
  ...['leaderProcessFOLLOWERINFO', 'leaderProcessACKEPOCH', 'leaderProcessACKOfNEWLEADER'],
  ...['leaderProcessACKOfUPTODATE', 'leaderClosed', 'leaderTimeout'],
  ...(txns > 0 ? ['leaderProcessRequest', 'leaderProcessREQUEST', 'leaderProcessACK'] : []),
  ...(observers > 0 ? ['leaderProcessOBSERVERINFO'] : []),
  ...(persistence === 'async'
    ? ['leaderAcceptedEpochFlushed', 'leaderNewLeaderFlushed', 'leaderFlushed']
    : []),
  ...(persistence === 'async' && txns > 0 ? ['leaderProposalFlushed'] : []),
];

const electionActions = ({ election, observers }: ZabOptions): readonly string[] => {
  if (election === 'oracle') return ['lookingElectedLeader', 'lookingElectedFollower'];
  if (election === 'atomic') return ['elect', 'lookingElectedFollower'];
  return [
    ...['lookingFinalizeWait', 'lookingProcessLookingVote', 'lookingProcessDecidedVote'],
    ...['lookingResend', 'answerLooking'],
    ...(observers > 0 ? ['answerObserver'] : []),
  ];
};

export const zabActions = (options: ZabOptions): readonly string[] => [
  ...electionActions(options),
  ...leaderActions(options),
  ...learnerActions('follower', options),
  ...(options.observers > 0 ? learnerActions('observer', options) : []),
  ...(options.persistence === 'async' ? ['lookingFlushed'] : []),
  ...(options.crashes > 0 ? ['crash', 'restart'] : []),
  ...(options.cuts > 0 ? ['cut'] : []),
  ...(options.partitions > 0 ? ['partition', 'heal'] : []),
  ...(options.losses > 0 ? ['loseNotification'] : []),
  ...(options.duplicates > 0 ? ['duplicateNotification'] : []),
];
