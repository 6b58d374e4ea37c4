/**
 * The disk: what is durable, and the operations that are pending. It is a component of its own because it outlives the
 * server's roles and, but for the pending tail, its crashes. A crash keeps any prefix of what is pending.
 */
import { match } from 'ts-pattern';
import { EMPTY_HISTORY, type History, type Txn, truncate as truncateHistory } from './history.js';
import type { Zxid } from './zxid.js';

/** Each is written as a whole or not at all. */
export type DiskOperation =
  | { readonly write: 'acceptedEpoch'; readonly epoch: number }
  | { readonly write: 'currentEpoch'; readonly epoch: number }
  | { readonly write: 'append'; readonly txn: Txn }
  | { readonly write: 'truncate'; readonly zxid: Zxid }
  | { readonly write: 'snapshot'; readonly history: History };

export interface Durable {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly snapshot: History;
  /** What came after the snapshot. */
  readonly log: readonly Txn[];
}

export interface Disk extends Durable {
  readonly pending: readonly DiskOperation[];
}

export const EMPTY_DISK: Disk = {
  acceptedEpoch: 0,
  currentEpoch: 0,
  snapshot: EMPTY_HISTORY,
  log: [],
  pending: [],
};

/** What a restart loads. */
export interface Recovered {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly history: History;
}

const durableHistory = (disk: Durable): History => ({
  ...disk.snapshot,
  entries: [...disk.snapshot.entries, ...disk.log],
});

export const recover = (disk: Durable): Recovered => ({
  acceptedEpoch: disk.acceptedEpoch,
  currentEpoch: disk.currentEpoch,
  history: durableHistory(disk),
});

const truncate = (disk: Disk, zxid: Zxid): Disk => {
  const kept = truncateHistory(durableHistory(disk), zxid);
  const ofSnapshot = Math.min(kept.entries.length, disk.snapshot.entries.length);
  return {
    ...disk,
    snapshot: { ...kept, entries: kept.entries.slice(0, ofSnapshot) },
    log: kept.entries.slice(ofSnapshot),
  };
};

/** The operation reaches the platter. */
export const write = (disk: Disk, operation: DiskOperation): Disk =>
  match(operation)
    .with({ write: 'append' }, ({ txn }) => ({ ...disk, log: [...disk.log, txn] }))
    .with({ write: 'acceptedEpoch' }, ({ epoch }) => ({ ...disk, acceptedEpoch: epoch }))
    .with({ write: 'currentEpoch' }, ({ epoch }) => ({ ...disk, currentEpoch: epoch }))
    .with({ write: 'truncate' }, ({ zxid }) => truncate(disk, zxid))
    .with({ write: 'snapshot' }, ({ history }) => ({ ...disk, snapshot: history, log: [] }))
    .exhaustive();

export const enqueue = (disk: Disk, operation: DiskOperation): Disk => ({
  ...disk,
  pending: [...disk.pending, operation],
});

/** The oldest pending operation reaches the platter. */
export const flush = (disk: Disk): Disk =>
  write({ ...disk, pending: disk.pending.slice(1) }, disk.pending[0]!);

/** Power fails after the first `kept` pending operations were written. */
export const crash = (disk: Disk, kept: number): Disk => ({
  ...disk.pending.slice(0, kept).reduce(write, disk),
  pending: [],
});
