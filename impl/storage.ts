/**
 * What a server needs of its disk: epochs, log and snapshot as a restart finds them, and one queue of writes, each
 * reported in order once it is durable. A crash keeps any prefix of the queue.
 */
import type { DiskOperation } from '../spec/disk.js';
import type { History, Txn } from '../spec/history.js';
import type { Zxid } from '../spec/zxid.js';
import type { Image } from './network.js';

export interface Stored {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  /** Of the log, what a server holds in memory; its floor is not above the image. */
  readonly history: History;
  /** The newest image of the state machine; null: it starts empty, and the history from its beginning. */
  readonly image: Image | null;
}

export interface Storage {
  readonly load: () => Stored;
  /**
   * A snapshot takes the image that was staged with it.
   * @param hasTime whoever asks has nothing else to do until it is done
   */
  readonly write: (operation: DiskOperation, done: () => void, hasTime?: boolean) => void;
  /** The log behind `after`, up to and including `upTo`; null if it does not hold both, or holds too much between. */
  readonly readLog: (after: Zxid, upTo: Zxid) => readonly Txn[] | null;
  /** The leader's image arrives; it counts for nothing until the snapshot that it belongs to is written. */
  readonly stage: { readonly begin: (zxid: Zxid) => void; readonly piece: (piece: Uint8Array) => void };
  /** Keeps an image for a restart, and drops the log that no one will read any more. */
  readonly saveImage: (image: Image, done: () => void) => void;
  readonly close: () => Promise<void>;
}

/** Entries that a leader would rather send as a DIFF than as a snapshot. */
export const DIFF_LIMIT = 10_000;

/** What a restart holds in memory: all behind the image, and a window of committed ones before it. */
export const remembered = (log: History, image: Zxid, window: number): History => {
  const applied = log.entries.findIndex(({ zxid }) => zxid > image);
  const known = applied < 0 ? log.entries.length : applied;
  const dropped = Math.max(0, known - window);
  if (dropped === 0) return log;
  return { floor: log.entries[dropped - 1]!.zxid, entries: log.entries.slice(dropped) };
};
