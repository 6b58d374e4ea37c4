/** Every action name that a configuration can produce, so that coverage can name those that were never taken. */
import type { Rules } from '../../spec/rules.js';
import type { ZabOptions } from './options.js';

type Possible = ZabOptions & {
  readonly writes: boolean;
  readonly forwards: boolean;
  readonly races: boolean;
  readonly commitsApart: boolean;
  readonly marksEpoch: boolean;
};

const learnerActions = (
  who: 'follower' | 'observer',
  { persistence, writes, forwards, races, commitsApart, marksEpoch }: Possible,
): readonly string[] =>
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
    ...(writes ? ['ProcessTRUNC', 'ProcessPROPOSALInSync', 'ProcessCOMMITInSync'] : []),
    ...(forwards ? ['ForwardsREQUEST'] : []),
    ...(writes || marksEpoch ? ['ProcessSNAP'] : []),
    ...(writes && who === 'follower' ? ['ProcessPROPOSAL', 'ProcessCOMMIT'] : []),
    ...(writes && who === 'observer' ? ['ProcessINFORM', 'ProcessINFORMInSync'] : []),
    ...(races ? ['MainTurn'] : []),
    ...(commitsApart ? ['CommitTurn'] : []),
    ...(persistence === 'async' ? ['AcceptedEpochFlushed', 'NewLeaderFlushed', 'Flushed'] : []),
    ...(persistence === 'async' && writes && who === 'follower' ? ['ProposalFlushed'] : []),
  ].map((what) => `${who}${what}`);

const leaderActions = ({ persistence, writes, forwards, observers }: Possible): readonly string[] => [
  ...['leaderProcessFOLLOWERINFO', 'leaderProcessACKEPOCH', 'leaderProcessACKOfNEWLEADER'],
  ...['leaderProcessACKOfUPTODATE', 'leaderClosed', 'leaderTimeout'],
  ...(writes ? ['leaderProcessRequest', 'leaderProcessACK'] : []),
  ...(forwards ? ['leaderProcessREQUEST'] : []),
  ...(observers > 0 ? ['leaderProcessOBSERVERINFO'] : []),
  ...(persistence === 'async'
    ? ['leaderAcceptedEpochFlushed', 'leaderNewLeaderFlushed', 'leaderFlushed']
    : []),
  ...(persistence === 'async' && writes ? ['leaderProposalFlushed'] : []),
];

const electionActions = ({ election, observers }: ZabOptions, { receiveQueue }: Rules): readonly string[] => {
  if (election === 'oracle') return ['lookingElectedLeader', 'lookingElectedFollower'];
  if (election === 'atomic') return ['elect', 'lookingElectedFollower'];
  return [
    ...['lookingFinalizeWait', 'lookingProcessLookingVote', 'lookingProcessDecidedVote'],
    ...['lookingResend', 'answerLooking'],
    ...(observers > 0 ? ['answerObserver'] : []),
    ...(receiveQueue > 0 ? ['lookingReceivesVote', 'lookingProcessVoteInWait'] : []),
  ];
};

/** A start may bring transactions with it. */
const possible = (options: ZabOptions, { racesWithFlush, commitsApart, marksEpoch }: Rules): Possible => {
  const writes = options.txns > 0 || options.start !== 'cold';
  return {
    ...options,
    races: racesWithFlush || commitsApart,
    commitsApart,
    marksEpoch,
    writes,
    forwards: writes && options.clients === 'anywhere',
  };
};

export const zabActions = (options: ZabOptions, rules: Rules): readonly string[] => [
  ...electionActions(options, rules),
  ...leaderActions(possible(options, rules)),
  ...learnerActions('follower', possible(options, rules)),
  ...(options.observers > 0 ? learnerActions('observer', possible(options, rules)) : []),
  ...(options.persistence === 'async' ? ['lookingFlushed'] : []),
  ...(options.crashes > 0 ? ['crash', 'restart'] : []),
  ...(options.cuts > 0 ? ['cut'] : []),
  ...(options.partitions > 0 ? ['partition', 'heal'] : []),
  ...(options.losses > 0 ? ['loseNotification'] : []),
  ...(options.duplicates > 0 ? ['duplicateNotification'] : []),
];
