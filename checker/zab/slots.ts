/** The slots of the Zab model: a server, its disk, the channels between each pair, the budgets, the ghost. */
import type { Config } from '../../spec/config.js';
import { crash, type Disk, type DiskOperation, EMPTY_DISK, enqueue, flush, write } from '../../spec/disk.js';
import { EMPTY_GHOST, type Ghost, remember, type Seen } from '../../spec/ghost.js';
import { boot } from '../../spec/reducer.js';
import type { Server } from '../../spec/server.js';
import type { Sid } from '../../spec/zxid.js';
import { scalar } from '../kinds.js';
import type { Kind, Slot } from '../model.js';
import {
  type ElectionChannel,
  type ElectionOperation,
  electionChannel,
  type Link,
  type LinkOperation,
  link,
} from './channels.js';
import type { ZabOptions } from './options.js';

/** Pairs of servers that cannot talk, each ascending, in ascending order. */
export type Partitions = readonly (readonly [Sid, Sid])[];

export type Fault = 'crashes' | 'restarts' | 'timeouts' | 'partitions' | 'cuts' | 'losses' | 'duplicates';

/** What is left of each budget; one without a bound is absent. `nextTxn` numbers the client requests. */
export type Budgets = Readonly<Partial<Record<Fault | 'txns' | 'elections', number>>> & {
  readonly nextTxn: number;
};

export type BudgetOperation = readonly (Fault | 'txns' | 'elections')[];

export type DiskSlotOperation = readonly (
  | { readonly write: DiskOperation }
  | { readonly enqueue: DiskOperation }
  | 'flush'
  | { readonly crash: number }
)[];

export interface Slots {
  readonly sids: readonly Sid[];
  readonly server: Readonly<Record<Sid, Slot<Server | null>>>;
  readonly disk: Readonly<Record<Sid, Slot<Disk, DiskSlotOperation>>>;
  /** Absent under the coarse grains of election. By sender, then by receiver. */
  readonly election: Readonly<
    Record<Sid, Readonly<Record<Sid, Slot<ElectionChannel, readonly ElectionOperation[]>>>>
  >;
  readonly link: Readonly<Record<Sid, Readonly<Record<Sid, Slot<Link, readonly LinkOperation[]>>>>>;
  readonly partitions: Slot<Partitions>;
  readonly budgets: Slot<Budgets, BudgetOperation>;
  readonly ghost: Slot<Ghost, readonly Seen[]>;
  readonly all: readonly Slot<any, any>[];
}

const diskKind: Kind<Disk, DiskSlotOperation> = {
  name: 'disk',
  apply: (disk, operations) =>
    operations.reduce<Disk>((now, operation) => {
      if (operation === 'flush') return flush(now);
      if ('write' in operation) return write(now, operation.write);
      if ('enqueue' in operation) return enqueue(now, operation.enqueue);
      return crash(now, operation.crash);
    }, disk),
};

const budgetKind: Kind<Budgets, BudgetOperation> = {
  name: 'budgets',
  apply: (budgets, spent) =>
    spent.reduce<Budgets>((now, name) => {
      const left = now[name];
      const next = left === undefined ? now : { ...now, [name]: left - 1 };
      return name === 'txns' ? { ...next, nextTxn: now.nextTxn + 1 } : next;
    }, budgets),
};

export const initialBudgets = (options: ZabOptions): Budgets => {
  const { txns, crashes, timeouts, partitions, cuts, losses, duplicates, restarts, elections } = options;
  return {
    txns,
    crashes,
    timeouts,
    partitions,
    cuts,
    losses,
    duplicates,
    ...(restarts === 'free' ? {} : { restarts }),
    ...(options.election === 'fle' || elections === 'unbounded' ? {} : { elections }),
    nextTxn: 1,
  };
};

/** By slot name: the components that a named start begins with. */
export type Start = Readonly<Record<string, unknown>>;

const byPair = <T>(sids: readonly Sid[], make: (from: Sid, to: Sid) => T): Record<Sid, Record<Sid, T>> =>
  Object.fromEntries(
    sids.map((from) => [
      from,
      Object.fromEntries(sids.filter((to) => to !== from).map((to) => [to, make(from, to)])),
    ]),
  );

const bySid = <T>(sids: readonly Sid[], make: (sid: Sid) => T): Record<Sid, T> =>
  Object.fromEntries(sids.map((sid) => [sid, make(sid)]));

const flat = <T>(table: Readonly<Record<Sid, Readonly<Record<Sid, T>>>>): readonly T[] =>
  Object.values(table).flatMap((row) => Object.values(row));

/** All servers up and empty, their first notifications on the way; or what a named start says. */
export const makeSlots = (config: Config, options: ZabOptions, start: Start = {}): Slots => {
  const sids = [...config.voters, ...config.observers];
  const serverKind = scalar<Server | null>('server');
  const electionKind = electionChannel(
    options.electionQueue === 'unbounded' ? Number.POSITIVE_INFINITY : options.electionQueue,
  );
  const ghostKind: Kind<Ghost, readonly Seen[]> = {
    name: 'ghost',
    apply: (ghost, seen) => seen.reduce((now, one) => remember(config, now, one), ghost),
  };
  const make = <V, O>(name: string, kind: Kind<V, O>, cold: V): Slot<V, O> => ({
    name,
    kind,
    initial: name in start ? (start[name] as V) : cold,
  });

  const { history, acceptedEpoch, currentEpoch } = { ...EMPTY_DISK, history: EMPTY_DISK.snapshot };
  const booted = bySid(sids, (sid) => boot(config, sid, { history, acceptedEpoch, currentEpoch }));
  const firstNotification = (from: Sid, to: Sid) =>
    booted[from]!.effects.flatMap((effect) =>
      effect.type === 'notify' && effect.to === to ? [effect.notification] : [],
    );

  const server = bySid(sids, (sid) => make(`server ${sid}`, serverKind, booted[sid]!.server));
  const disk = bySid(sids, (sid) => make(`disk ${sid}`, diskKind, EMPTY_DISK));
  const election =
    config.election === 'fle'
      ? byPair(sids, (from, to) =>
          make(`election ${from}-${to}`, electionKind, { open: true, queue: firstNotification(from, to) }),
        )
      : {};
  const links = byPair(sids, (from, to) =>
    make(`link ${from}-${to}`, link, { status: 'none', queue: [] } as Link),
  );
  const partitions = make<Partitions, never>('partitions', scalar<Partitions>('partitions'), []);
  const budgets = make('budgets', budgetKind, initialBudgets(options));
  const ghost = make('ghost', ghostKind, EMPTY_GHOST);
  return {
    sids,
    server,
    disk,
    election,
    link: links,
    partitions,
    budgets,
    ghost,
    all: [
      ...Object.values(server),
      ...Object.values(disk),
      ...flat(election),
      ...flat(links),
      partitions,
      budgets,
      ghost,
    ],
  };
};
