/** What groups and properties look at: narrow views, so that few distinct arguments reach the memoised functions. */
import type { Config } from '../../spec/config.js';
import type { Disk, DiskOperation, Recovered } from '../../spec/disk.js';
import { recover } from '../../spec/disk.js';
import { canDecide } from '../../spec/election.js';
import type { Txn } from '../../spec/history.js';
import {
  type Delivered,
  type Held,
  type Role,
  type Shown,
  show,
  showDelivered,
  showHeld,
  showRole,
} from '../../spec/invariants.js';
import { hasTurn } from '../../spec/learner.js';
import { hasVotes } from '../../spec/receiver.js';
import type { Server } from '../../spec/server.js';
import type { Thread } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import type { View } from '../model.js';
import type { Budgets, Fault, Partitions } from './slots.js';

type ServerView<R> = View<Server | null, R>;

const serverView = <R>(name: string, of: (server: Server | null) => R): ServerView<R> => ({ name, of });

export const isUp = serverView('up', (server) => server !== null);
export const isDown = serverView('down', (server) => server === null);
export const isLooking = serverView('looking', (server) => server?.state === 'LOOKING');
export const whileLooking = serverView('looking server', (server) =>
  server?.state === 'LOOKING' ? server : null,
);
export const isLeading = serverView('leading', (server) => server?.state === 'LEADING');
export const isEstablished = serverView('established', (server) =>
  Boolean(server?.state === 'LEADING' && server.phase === 'BROADCAST'),
);
export const isPreparing = serverView('leading, not established', (server) =>
  Boolean(server?.state === 'LEADING' && server.phase !== 'BROADCAST'),
);
/** Waits for what no ping vouches for: a connection, a message of the first two phases, a quorum. */
export const isWaiting = serverView('waiting', (server) =>
  Boolean(server && server.state !== 'LOOKING' && server.phase !== 'BROADCAST'),
);
export const isBusy = serverView('not looking', (server) => Boolean(server && server.state !== 'LOOKING'));
export const takesRequests = serverView('takes requests', (server) =>
  Boolean(server && server.state !== 'LOOKING' && server.phase === 'BROADCAST'),
);
export const decides = (config: Config) =>
  serverView('can decide', (server) => Boolean(server?.state === 'LOOKING' && canDecide(config, server)));

/** Whether it may give up and look in yet another round. */
export const mayLookAgain = (rounds: number) =>
  serverView('may look again', (server) => server !== null && server.vote.electionEpoch < rounds);

const isLearner = (server: Server | null): server is Extract<Server, { leader: Sid }> =>
  server !== null && (server.state === 'FOLLOWING' || server.state === 'OBSERVING');

/** Whether a thread of its own has something to do; only in variants. */
export const takesTurn = (of: Thread) =>
  serverView(`${of} turn`, (server) =>
    of === 'election'
      ? server?.state === 'LOOKING' && hasVotes(server)
      : isLearner(server) && hasTurn(server, of),
  );
/** Whether its receive queue is shorter than the bound; only in variants is there one. */
export const hasRoom = (votes: number) =>
  serverView(
    `room for ${votes} votes`,
    (server) => server?.state !== 'LOOKING' || (server.receiveQueue ?? []).length < votes,
  );
/** Whether it may be elected. */
export const stands = (config: Config) =>
  serverView('stands', (server) => server?.state === 'LOOKING' && config.rules.mayStand(server));

/** Whether it turned to this leader, and is not connected to it yet. */
export const wants = (leader: Sid) =>
  serverView(`wants ${leader}`, (server) =>
    Boolean(
      isLearner(server) &&
        server.leader === leader &&
        server.phase === 'DISCOVERY' &&
        server.awaits === 'connection',
    ),
  );
export const follows = (leader: Sid) =>
  serverView(`follows ${leader}`, (server) => isLearner(server) && server.leader === leader);

export const delivered: View<Server | null, Delivered | null> = { name: 'delivered', of: showDelivered };
export const held: View<Server | null, Held | null> = { name: 'held', of: showHeld };
/** Servers that do not lead are alike. */
export const leads: View<Server | null, Role | null> = {
  name: 'leads',
  of: (server) => (server?.state === 'LEADING' ? showRole(server) : null),
};
/** Servers that are not in broadcast are alike. */
export const broadcasting: View<Server | null, Shown | null> = {
  name: 'broadcasting',
  of: (server) =>
    server !== null && server.state !== 'LOOKING' && server.phase === 'BROADCAST' ? show(server) : null,
};
export const shown: View<Server | null, Shown | null> = { name: 'shown', of: show };

/** For `Progress`: what is shown, and whether anything is under way. */
export interface Rest {
  readonly shown: Shown | null;
  readonly outstanding: boolean;
  /** The round in which it votes or voted. */
  readonly round: number;
}
export const atRest: ServerView<Rest> = serverView('at rest', (server) => ({
  shown: show(server),
  outstanding: Boolean(
    server?.state === 'LEADING' && server.phase === 'BROADCAST' && server.outstanding.length > 0,
  ),
  round: server?.vote.electionEpoch ?? 0,
}));

/** Sids of the learners that a leader has a link with. */
export const linked = serverView('linked learners', (server): readonly Sid[] | null =>
  server?.state === 'LEADING' ? Object.keys(server.learners).map(Number) : null,
);

export const recovered: View<Disk, Recovered> = { name: 'recovered', of: recover };
export const recoverable: View<Disk, readonly Txn[]> = {
  name: 'recoverable',
  of: (disk) => recover(disk).history.entries,
};
export const pendingHead: View<Disk, DiskOperation | null> = {
  name: 'pending head',
  of: ({ pending }) => pending[0] ?? null,
};
export const hasPending: View<Disk, boolean> = { name: 'pending', of: ({ pending }) => pending.length > 0 };
export const pendingCount: View<Disk, number> = {
  name: 'pending count',
  of: ({ pending }) => pending.length,
};

export const isLeft = (fault: Fault | 'txns' | 'elections'): View<Budgets, boolean> => ({
  name: `${fault} left`,
  of: (budgets) => budgets[fault] !== 0,
});
export const nextTxn: View<Budgets, number> = { name: 'next txn', of: (budgets) => budgets.nextTxn };

const separates = (partitions: Partitions, a: Sid, b: Sid): boolean =>
  partitions.some(([x, y]) => (x === a && y === b) || (x === b && y === a));

export const arePartitioned = (a: Sid, b: Sid): View<Partitions, boolean> => ({
  name: `${Math.min(a, b)} and ${Math.max(a, b)} partitioned`,
  of: (partitions) => separates(partitions, a, b),
});
export const areConnected = (a: Sid, b: Sid): View<Partitions, boolean> => ({
  name: `${Math.min(a, b)} and ${Math.max(a, b)} connected`,
  of: (partitions) => !separates(partitions, a, b),
});
/** Those cut off from this server. */
export const cutOff = (sid: Sid): View<Partitions, readonly Sid[]> => ({
  name: `cut off from ${sid}`,
  of: (partitions) => partitions.filter((pair) => pair.includes(sid)).map(([a, b]) => (a === sid ? b : a)),
});
