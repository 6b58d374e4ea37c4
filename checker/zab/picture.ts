/** How a run of Zab is drawn: a lane a server, its log with what is committed and what is durable, messages by name. */
import { recover, type Disk } from '../../spec/disk.js';
import { committedOf } from '../../spec/ghost.js';
import type { Txn } from '../../spec/history.js';
import type { Message, Notification } from '../../spec/messages.js';
import type { Server } from '../../spec/server.js';
import { counterOf, epochOf, type Sid, type Zxid } from '../../spec/zxid.js';
import type { Channel, Components, Drawing, LaneView, LogEntry } from '../drawing.js';
import type { Action, Model } from '../model.js';
import { zabSchema } from './options.js';

const zxid = (value: Zxid): string => `${epochOf(value)}:${counterOf(value)}`;

const entryOf = ({ zxid: id }: Txn, committed: boolean, durable: boolean): LogEntry => ({
  label: zxid(id),
  epoch: epochOf(id),
  committed,
  durable,
});

/** What its memory holds, or of a server that is down, what its disk does. */
const logOf = (server: Server | null, disk: Disk): readonly LogEntry[] => {
  const onDisk = recover(disk).history.entries;
  if (server === null) return onDisk.map((txn) => entryOf(txn, false, true));
  const committed = committedOf(server).length;
  return server.history.entries.map((txn, i) =>
    entryOf(
      txn,
      i < committed,
      onDisk.some((other) => other.zxid === txn.zxid),
    ),
  );
};

const SHORT = { LOOKING: 'LOOK', FOLLOWING: 'FOLL', LEADING: 'LEAD', OBSERVING: 'OBS' } as const;

/** The epoch that a server is in, once it knows which: a leader when discovery is decided, a learner with LEADERINFO. */
const epochIn = (server: Server): Pick<LaneView, 'epoch' | 'settled'> => {
  if (server.state === 'LOOKING') return {};
  if (server.phase === 'BROADCAST') return { epoch: server.currentEpoch, settled: true };
  if (server.phase === 'SYNCHRONIZATION') return { epoch: server.acceptedEpoch };
  const awaits = server.state === 'LEADING' ? server.discovery.awaits : server.awaits;
  const decided = awaits === 'flush' || awaits === 'sync' || awaits === 'ACKEPOCH';
  return decided ? { epoch: server.acceptedEpoch } : {};
};

const detailOf = (server: Server): string => {
  const epochs = `accepted ${server.acceptedEpoch}, current ${server.currentEpoch}`;
  if (server.state === 'LOOKING') {
    const { leader, electionEpoch } = server.vote;
    return electionEpoch > 0 ? `votes for ${leader} in round ${electionEpoch}; ${epochs}` : epochs;
  }
  const phase = server.phase.toLowerCase();
  return server.state === 'LEADING' ? `${phase}; ${epochs}` : `${phase}, leader ${server.leader}; ${epochs}`;
};

const viewOf = (sid: Sid, state: Components): LaneView => {
  const server = state[`server ${sid}`] as Server | null;
  const disk = state[`disk ${sid}`] as Disk;
  const log = logOf(server, disk);
  if (server === null) {
    const detail = `on disk: accepted ${disk.acceptedEpoch}, current ${disk.currentEpoch}`;
    return { state: 'down', short: 'down', detail, down: true, log };
  }
  const { state: name } = server;
  return { state: name, short: SHORT[name], detail: detailOf(server), ...epochIn(server), log };
};

const notificationText = ({ leader, zxid: id, electionEpoch, state }: Notification): string =>
  `${state === 'LOOKING' ? 'vote' : state.toLowerCase()} ${leader} (${zxid(id)}) r${electionEpoch}`;

const messageText = (message: Message): string => {
  switch (message.type) {
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
      return `${message.type} ${message.acceptedEpoch}`;
    case 'LEADERINFO':
    case 'NEWLEADER':
      return `${message.type} ${message.epoch}`;
    case 'ACKEPOCH':
      return `ACKEPOCH ${message.currentEpoch}, ${zxid(message.lastZxid)}`;
    case 'PROPOSAL':
    case 'INFORM':
      return `${message.type} ${zxid(message.txn.zxid)}`;
    case 'DIFF':
    case 'TRUNC':
    case 'SNAP':
    case 'ACK':
    case 'COMMIT':
      return `${message.type} ${zxid(message.zxid)}`;
    case 'REQUEST':
      return `REQUEST ${message.request.payload}`;
    case 'UPTODATE':
    case 'PING':
      return message.type;
  }
};

const ENDS = /^(?:link|election) (\d+)-(\d+)$/;

/** A connection is an event at both of its ends, and so is what happens between two servers. */
const sidsOf = ({ name, server, to, between, quorum }: Action): readonly unknown[] => {
  if (Array.isArray(between)) return between;
  if (server === undefined) return [];
  const others = Array.isArray(quorum) ? quorum : name.endsWith('Connected') ? [to] : [];
  return [...new Set([server, ...others])];
};

const delivers = ({ name, server, from }: Action, { slot }: Channel): 'takes' | 'copies' | undefined => {
  const [, sender, receiver] = ENDS.exec(slot) ?? [];
  if (name.endsWith('Closed') || String(from) !== sender || String(server) !== receiver) return undefined;
  if (name !== 'duplicateNotification') return 'takes';
  return slot.startsWith('election') ? 'copies' : undefined;
};

export const drawZab = (model: Model): Drawing => {
  const { servers } = zabSchema.parse(model.config);
  const sids = model.slots.flatMap(({ name }) => /^server (\d+)$/.exec(name)?.[1] ?? []);
  const isObserver = (sid: unknown): boolean => Number(sid) > servers;
  const lane = (sid: unknown): string => `${isObserver(sid) ? 'observer' : 'server'} ${sid}`;
  return {
    lanes: sids.map((sid) => ({ name: lane(sid), short: isObserver(sid) ? `O${sid}` : `S${sid}` })),
    channels: model.slots.flatMap(({ name }) => {
      const [, from, to] = ENDS.exec(name) ?? [];
      return from === undefined ? [] : [{ slot: name, from: lane(from), to: lane(to) }];
    }),
    view: (name, state) => viewOf(Number(/\d+$/.exec(name)![0]), state),
    messages: (component) => (component as { readonly queue: readonly unknown[] }).queue,
    describe: (message) =>
      'type' in (message as object)
        ? messageText(message as Message)
        : notificationText(message as Notification),
    lanesOf: (action) => sidsOf(action).map(lane),
    delivers,
  };
};
