/**
 * Classes of events that a server may see, finer and coarser. The coarse one is what a handler may tell apart: what the
 * server does and waits for, what arrives, what is made of it. The fine one adds what it holds. Names of servers count
 * for nothing in either.
 */
import { type Config, isVoter } from '../../../spec/config.js';
import { lastZxid } from '../../../spec/history.js';
import { step } from '../../../spec/reducer.js';
import type { Server } from '../../../spec/server.js';
import type { Event, Step } from '../../../spec/step.js';
import type { Seen } from './paths.js';

const roleOf = (server: Server | null): string => {
  if (server === null) return 'DOWN';
  if (server.state === 'LOOKING') return 'LOOKING';
  const awaits = 'awaits' in server ? server.awaits : 'discovery' in server ? server.discovery.awaits : '';
  return [server.state, server.phase, awaits].filter((part) => part !== '').join(' ');
};

const stagesOf = (server: Server): string =>
  server.state === 'LEADING'
    ? Object.values(server.learners)
        .map(({ stage }) => stage)
        .sort()
        .join('+')
    : '';

const holdings = (server: Server | null): readonly unknown[] => {
  if (server === null) return [];
  const { acceptedEpoch, currentEpoch, committed, history, state } = server;
  const base = [
    acceptedEpoch,
    currentEpoch,
    committed,
    history.entries.map(({ zxid }) => zxid),
    stagesOf(server),
  ];
  if (state === 'LOOKING')
    return [...base, Object.keys(server.received).length, Object.keys(server.outOfElection).length];
  if ('commitTo' in server) return [...base, server.commitTo, server.unacknowledged];
  if ('outstanding' in server)
    return [...base, server.outstanding.map(({ zxid, acknowledged }) => [zxid, acknowledged.length])];
  return base;
};

/** How a vote stands to the server's own. */
const voteKind = (config: Config, server: Server | null, { given }: Seen): string => {
  if (given.type !== 'Notified' || server === null) return '';
  const { notification, from } = given;
  const { vote } = server;
  const order = (a: number, b: number): string => (a < b ? '<' : a > b ? '>' : '=');
  return [
    notification.state,
    isVoter(config, from) ? '' : 'of an observer',
    order(notification.electionEpoch, vote.electionEpoch),
    notification.leader === server.sid ? 'for me' : '',
    order(notification.peerEpoch, vote.peerEpoch),
    order(notification.zxid, vote.zxid),
  ].join(' ');
};

const taken = (config: Config, server: Server | null, { given }: Seen): Step | null => {
  if (server === null || given.type === 'Crash' || given.type === 'Boot') return null;
  try {
    return step(config, server, given as Event);
  } catch {
    return null;
  }
};

const madeOf = ({ handler, ignored, effects, server }: Step, before: Server): string =>
  [
    handler,
    ignored ?? '',
    server.state === before.state ? '' : `to ${server.state}`,
    [...new Set(effects.map((effect) => (effect.type === 'send' ? effect.message.type : effect.type)))].join(
      '+',
    ),
  ].join(' ');

const inputOf = ({ given }: Seen): string => {
  if (given.type === 'Crash') return `Crash ${given.kept}`;
  if (given.type !== 'Receive') return given.type;
  const { message } = given;
  if (message.type === 'ACK') return `ACK ${message.zxid % 2 ** 32 === 0 ? 'of the epoch' : ''}`;
  return message.type;
};

export const coarse = (config: Config, server: Server | null, seen: Seen): string => {
  const step = taken(config, server, seen);
  const made = step === null || server === null ? '' : madeOf(step, server);
  return [roleOf(server), inputOf(seen), made].join(' | ');
};

const contentOf = (server: Server | null, { given }: Seen): unknown => {
  if (given.type !== 'Receive') return '';
  const { message } = given;
  const last = server === null ? 0 : lastZxid(server.history);
  if ('zxid' in message) return message.zxid - last;
  if ('lastZxid' in message) return [message.lastZxid - last, message.currentEpoch];
  return 'acceptedEpoch' in message ? message.acceptedEpoch : '';
};

export const fine = (config: Config, server: Server | null, seen: Seen): string =>
  JSON.stringify([
    coarse(config, server, seen),
    voteKind(config, server, seen),
    contentOf(server, seen),
    holdings(server),
  ]);

const FAULTS = ['Crash', 'Boot', 'Timeout', 'Closed'];

/** Two events in a row of which one is a fault; null for others. */
export const pair = (
  config: Config,
  server: Server | null,
  seen: Seen,
  last: string | undefined,
): string | null => {
  const { type } = seen.given;
  if (last === undefined || !(FAULTS.includes(type) || FAULTS.includes(last))) return null;
  return `${last}, then ${coarse(config, server, seen)}`;
};
