/**
 * Which servers of the Zab model are interchangeable: under the oracle election all voters among themselves, and all
 * observers. Fast Leader Election breaks ties by sid, and so does the choice of the best of a quorum, so that there a
 * server's number is part of what it does.
 */
import type { Disk, DiskOperation } from '../../spec/disk.js';
import type { Ghost } from '../../spec/ghost.js';
import type { History, Request, Txn } from '../../spec/history.js';
import type { Message } from '../../spec/messages.js';
import type { Server } from '../../spec/server.js';
import type { Sid } from '../../spec/zxid.js';
import type { Kind, Slot } from '../model.js';
import { orders, type Permutation, type Symmetry } from '../symmetry.js';
import type { Link } from './channels.js';
import type { Context } from './context.js';
import type { Partitions, Slots } from './slots.js';

type Rename = (sid: Sid) => Sid;

const ascending = (a: number, b: number): number => a - b;
const renamedSet = (sids: readonly Sid[], to: Rename): readonly Sid[] => sids.map(to).sort(ascending);
const renamedKeys = <T>(record: Readonly<Record<Sid, T>>, to: Rename): Readonly<Record<Sid, T>> =>
  Object.fromEntries(Object.entries(record).map(([sid, value]) => [to(Number(sid)), value]));

const request = <R extends Request>(one: R, to: Rename): R => ({ ...one, origin: to(one.origin) });
const txns = (all: readonly Txn[], to: Rename): readonly Txn[] => all.map((txn) => request(txn, to));
const history = ({ floor, entries }: History, to: Rename): History => ({ floor, entries: txns(entries, to) });

const message = (one: Message, to: Rename): Message => {
  switch (one.type) {
    case 'PROPOSAL':
    case 'INFORM':
      return { ...one, txn: request(one.txn, to) };
    case 'REQUEST':
      return { ...one, request: request(one.request, to) };
    case 'SNAP':
      return { ...one, history: history(one.history, to) };
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
    case 'LEADERINFO':
    case 'ACKEPOCH':
    case 'DIFF':
    case 'TRUNC':
    case 'NEWLEADER':
    case 'UPTODATE':
    case 'ACK':
    case 'COMMIT':
    case 'PING':
      return one;
  }
};

const operation = (one: DiskOperation, to: Rename): DiskOperation => {
  if (one.write === 'append') return { ...one, txn: request(one.txn, to) };
  if (one.write === 'snapshot') return { ...one, history: history(one.history, to) };
  return one;
};

const disk = (one: Disk, to: Rename): Disk => ({
  ...one,
  snapshot: history(one.snapshot, to),
  log: txns(one.log, to),
  pending: one.pending.map((pending) => operation(pending, to)),
});

const link = ({ status, queue }: Link, to: Rename): Link => ({
  status,
  queue: queue.map((one) => message(one, to)),
});

/** What every server has, whatever its state. */
const common = <S extends Server>(server: S, to: Rename): S => ({
  ...server,
  sid: to(server.sid),
  history: history(server.history, to),
  vote: { ...server.vote, leader: to(server.vote.leader) },
  ...(server.committedLog && { committedLog: txns(server.committedLog, to) }),
});

const server = (one: Server, to: Rename): Server => {
  const now = common(one, to);
  if (now.state === 'LOOKING') {
    // Nobody votes under this election, so there is nothing in them; what is in them would name servers.
    if (Object.keys(now.received).length + Object.keys(now.outOfElection).length > 0)
      throw new Error(`server ${one.sid} has votes, where nobody votes`);
    return now;
  }
  if (now.state !== 'LEADING') {
    const learner = { ...now, leader: to(now.leader) };
    return learner.phase === 'SYNCHRONIZATION'
      ? { ...learner, deferred: txns(learner.deferred, to) }
      : learner;
  }
  const leading = { ...now, learners: renamedKeys(now.learners, to) };
  switch (leading.phase) {
    case 'SYNCHRONIZATION':
      return { ...leading, acknowledged: renamedSet(leading.acknowledged, to) };
    case 'BROADCAST':
      return {
        ...leading,
        outstanding: leading.outstanding.map((proposal) => ({
          ...proposal,
          acknowledged: renamedSet(proposal.acknowledged, to),
        })),
      };
    case 'DISCOVERY': {
      const { discovery } = leading;
      if (discovery.awaits === 'FOLLOWERINFO')
        return { ...leading, discovery: { ...discovery, connecting: renamedSet(discovery.connecting, to) } };
      if (discovery.awaits === 'ACKEPOCH')
        return { ...leading, discovery: { ...discovery, electing: renamedSet(discovery.electing, to) } };
      return leading;
    }
  }
};

const mapped = <T>(record: Readonly<Record<number, T>>, of: (value: T) => T): Readonly<Record<number, T>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, of(value)]));

const ghost = (one: Ghost, to: Rename): Ghost => ({
  ...one,
  established: mapped(one.established, (all) =>
    all.map(({ leader, history: initial }) => ({ leader: to(leader), history: txns(initial, to) })),
  ),
  broadcast: mapped(one.broadcast, (all) => txns(all, to)),
  committed: txns(one.committed, to),
  observerQuorums: one.observerQuorums.map(({ of, sids }) => ({ of, sids: renamedSet(sids, to) })),
});

const partitions = (all: Partitions, to: Rename): Partitions =>
  all.map(([a, b]) => renamedSet([a, b], to) as readonly [Sid, Sid]).sort(([a, b], [c, d]) => a - c || b - d);

/** Budgets name no server. */
const renaming = (slots: Slots, to: Rename): Permutation['rename'] => {
  const [first, second] = slots.sids as readonly [Sid, Sid | undefined];
  return new Map<Kind<any, any>, (component: any) => unknown>([
    [slots.server[first]!.kind, (one: Server | null) => (one === null ? null : server(one, to))],
    [slots.disk[first]!.kind, (one: Disk) => disk(one, to)],
    ...(second === undefined
      ? []
      : [[slots.link[first]![second]!.kind, (one: Link) => link(one, to)] as const]),
    [slots.partitions.kind, (one: Partitions) => partitions(one, to)],
    [slots.ghost.kind, (one: Ghost) => ghost(one, to)],
  ]);
};

const moves = ({ sids, server: servers, disk: disks, link: links }: Slots, to: Rename) =>
  new Map<Slot<any, any>, Slot<any, any>>([
    ...sids.flatMap((sid) => [
      [servers[sid]!, servers[to(sid)]!] as const,
      [disks[sid]!, disks[to(sid)]!] as const,
    ]),
    ...sids.flatMap((from) =>
      sids
        .filter((other) => other !== from)
        .map((other) => [links[from]![other]!, links[to(from)]![to(other)]!] as const),
    ),
  ]);

export const zabSymmetry = ({ config, options, slots }: Context): Symmetry | { readonly none: string } => {
  if (options.election !== 'oracle')
    return {
      none: `--election ${options.election} breaks ties by sid; under oracle election servers are alike`,
    };
  const observers = orders(config.observers);
  const permutations = orders(config.voters).flatMap((voters) =>
    observers.map((others) => {
      const order = [...voters, ...others];
      const to: Rename = (sid) => order[slots.sids.indexOf(sid)] ?? sid;
      return { slots: moves(slots, to), rename: renaming(slots, to) };
    }),
  );
  return { of: 'servers', permutations };
};
