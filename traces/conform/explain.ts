/** A failed test in words: what led there, what the server did, what the specification does, and which rule says no. */

import type { Config } from '../../spec/config.js';
import { lastZxid } from '../../spec/history.js';
import { type Difference, difference, same } from '../difference.js';
import { formatLog } from '../format/log.js';
import { refusing } from '../judge/explain.js';
import { validate } from '../validate.js';
import { renderInteger, renderValue } from '../values.js';
import { byChannel, type Candidate, type Rejection, type Seen, type Taken } from './candidates.js';
import { logOf } from './log.js';
import type { Played } from './play.js';
import type { Hello } from './protocol.js';
import type { Deviation, Exchange } from './watched.js';

export interface Field {
  readonly path: string;
  /** Absent: the specification has nothing there. */
  readonly expected?: unknown;
  /** Absent: the server has nothing there. */
  readonly found?: unknown;
}

export interface Failure {
  readonly sid: number;
  /** What it was given. */
  readonly input: string;
  /** What it was before, as the specification has it. */
  readonly before: string;
  readonly at: Deviation['at'];
  /** What the specification does: its handlers, in order. */
  readonly handlers: readonly string[];
  readonly fields: readonly Field[];
  /** Rules of the specification that said no on the way. */
  readonly guards: readonly string[];
  readonly transcript: readonly string[];
  /** The same as a log for zab validate, and what that says of it. */
  readonly log: string;
  readonly validated: 'accepted' | 'rejected' | 'inconclusive';
}

const messageText = ({ type, ...fields }: { readonly type: string }): string =>
  Object.keys(fields).length === 0 ? type : `${type} ${renderValue(fields)}`;

const voteText = ({
  state,
  leader,
  zxid,
  peerEpoch,
  electionEpoch,
}: Extract<Seen, { type: 'notify' }>['notification']) =>
  `${state} votes for ${leader} (zxid ${zxidText(zxid)}, epoch ${peerEpoch}, round ${electionEpoch})`;

const zxidText = (zxid: number): string => (zxid < 2 ** 32 ? `0:${zxid}` : renderInteger(zxid));

export const inputText = (input: Exchange['input']): string => {
  switch (input.type) {
    case 'Receive':
      return `${messageText(input.message)} from ${input.from}`;
    case 'Notified':
      return `a notification from ${input.from}: ${voteText(input.notification)}`;
    case 'Connected':
    case 'Accepted':
    case 'Closed':
      return `${input.type}, peer ${input.peer}`;
    case 'Request':
      return `a client's write, ${renderValue(input.request.payload)}`;
    case 'reset':
      return 'its start, with what was on its disk';
    case 'Boot':
      return 'a restart';
    case 'Crash':
      return 'a crash';
    default:
      return input.type;
  }
};

export const outputText = (seen: Seen): string => {
  switch (seen.type) {
    case 'notify':
      return `to ${seen.to}: ${voteText(seen.notification)}`;
    case 'send':
      return `to ${seen.to}: ${messageText(seen.message)}`;
    case 'close':
      return `closes the link to ${seen.peer}`;
    case 'deliver':
    case 'answer':
      return `${seen.type}s ${zxidText(seen.txn.zxid)}`;
  }
};

const stateText = ({ server }: Candidate): string => {
  if (server === null) return 'down';
  const { state, acceptedEpoch, currentEpoch, committed, history } = server;
  const role = [state, ...(server.state === 'LOOKING' ? [] : [server.phase])].join(', ');
  const follows = 'leader' in server ? ` of ${server.leader}` : '';
  const vote =
    server.state === 'LOOKING'
      ? `, votes for ${server.vote.leader} in round ${server.vote.electionEpoch}`
      : '';
  return `${role}${follows}${vote}; epoch ${currentEpoch} (accepted ${acceptedEpoch}), last ${zxidText(lastZxid(history))}, committed ${zxidText(committed)}`;
};

const exchangeLine = ({ sid, input, out }: Exchange, index: number): string => {
  const said = out.map(outputText).join('; ');
  return `${String(index + 1).padStart(3)}  server ${sid}: ${inputText(input)}${said === '' ? '' : `  ->  ${said}`}`;
};

/** Which rule said no to what, and what the specification ignores or never expects. */
const guardsOf = (config: Config, { before, event, step }: Taken): readonly string[] => [
  ...(before === null || event === null ? [] : refusing(config, before, event)).map(
    ({ rule, of }) => `${step.handler}: the rule ${rule}(${of.map(renderValue).join(', ')}) says no`,
  ),
  ...(step.ignored === undefined ? [] : [`${step.handler} ignores it: ${step.ignored}`]),
  ...step.effects.flatMap((effect) =>
    effect.type === 'observe' && effect.observation.type === 'unexpected'
      ? [`${step.handler}: nobody may send that, ${effect.observation.what}`]
      : [],
  ),
];

const kindOf = (seen: Seen): string => `${seen.type} ${seen.type === 'send' ? seen.message.type : ''}`;

/** Two outputs of one channel: field by field where they are of a kind, else each as a whole. */
const outputFields = (path: string, expected: Seen | undefined, found: Seen | undefined): readonly Field[] =>
  expected !== undefined && found !== undefined && kindOf(expected) === kindOf(found)
    ? fieldsOf(difference(expected, found, path))
    : [
        {
          path,
          ...(expected && { expected: outputText(expected) }),
          ...(found && { found: outputText(found) }),
        },
      ];

const fieldsOf = (differences: readonly Difference[]): readonly Field[] =>
  differences.map(({ path, ...change }) => ({
    path,
    ...('from' in change && { expected: change.from }),
    ...('to' in change && { found: change.to }),
  }));

/** What differs in what came out, channel by channel. */
const outputsFields = ({ expected, found }: Rejection): readonly Field[] => {
  const [wanted, seen] = [byChannel(expected), byChannel(found)];
  return [...new Set([...wanted.keys(), ...seen.keys()])].flatMap((channel) => {
    const [a, b] = [wanted.get(channel) ?? [], seen.get(channel) ?? []];
    return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i)
      .filter((i) => !same(a[i] ?? null, b[i] ?? null))
      .flatMap((i) => outputFields(`${channel}[${i}]`, a[i], b[i]));
  });
};

export const explainFailure = (hello: Hello, played: Extract<Played, { kind: 'failed' }>): Failure => {
  const { deviation, exchanges, setup } = played;
  const { rejection, exchange, sid, at, before } = deviation;
  const log = logOf(setup, hello, exchanges);
  const validation = validate(log);
  return {
    sid,
    input: inputText(exchange.input),
    before: stateText(before),
    at,
    handlers: rejection.steps.map(({ step }) => step.handler),
    fields: at === 'outputs' ? outputsFields(rejection) : fieldsOf(rejection.differences),
    guards: [...new Set(rejection.steps.flatMap((taken) => guardsOf(deviation.config, taken)))],
    transcript: exchanges.map(exchangeLine),
    log: formatLog(log),
    validated: validation.verdict,
  };
};
