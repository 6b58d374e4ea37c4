/**
 * A disk inside one process. What is durable on it is the specification's own disk, image beside it; a crash keeps any
 * prefix of what is pending. It may be slow, or stand still.
 */
import {
  crash,
  type Disk,
  type DiskOperation,
  EMPTY_DISK,
  enqueue,
  flush,
  recover,
} from '../../spec/disk.js';
import { EMPTY_HISTORY, type Txn } from '../../spec/history.js';
import type { Zxid } from '../../spec/zxid.js';
import type { Image } from '../network.js';
import { remembered, type Storage, type Stored } from '../storage.js';
import type { SimulatedClock } from './clock.js';
import type { Random } from './random.js';

interface SavedImage {
  readonly zxid: Zxid;
  readonly pieces: readonly Uint8Array[];
}

type Pending =
  | { readonly operation: DiskOperation; readonly staged: SavedImage | null; readonly done: () => void }
  | { readonly image: SavedImage; readonly done: () => void };

export interface Platter {
  leastDelayMs: number;
  mostDelayMs: number;
}

/** The disk itself outlives the server; what the server has open of it is a `SimulatedStorage`. */
export class SimulatedDisk {
  disk: Disk = EMPTY_DISK;
  image: SavedImage | null = null;
  boots = 0;
}

export class SimulatedStorage implements Storage {
  #pending: Pending[] = [];
  #staged: { readonly zxid: Zxid; readonly pieces: Uint8Array[] } | null = null;
  #flushing = false;
  #crashed = false;

  constructor(
    readonly on: SimulatedDisk,
    readonly clock: SimulatedClock,
    readonly random: Random,
    readonly platter: Platter,
    readonly window: number,
  ) {}

  load = (): Stored => {
    const { disk, image } = this.on;
    const { acceptedEpoch, currentEpoch, history } = recover(disk);
    return {
      acceptedEpoch,
      currentEpoch,
      history: remembered(history, image?.zxid ?? 0, this.window),
      image,
    };
  };

  write = (operation: DiskOperation, done: () => void): void => {
    const staged = operation.write === 'snapshot' ? this.#staged : null;
    if (staged !== null) this.#staged = null;
    this.on.disk = enqueue(this.on.disk, operation);
    this.#pending.push({ operation, staged, done });
    this.#flushLater();
  };

  saveImage = (image: Image, done: () => void): void => {
    this.#pending.push({ image: { zxid: image.zxid, pieces: [...image.pieces] }, done });
    this.#flushLater();
  };

  stage = {
    begin: (zxid: Zxid): void => {
      this.#staged = { zxid, pieces: [] };
    },
    piece: (piece: Uint8Array): void => {
      this.#staged?.pieces.push(piece);
    },
  };

  readLog = (after: Zxid, upTo: Zxid): readonly Txn[] | null => {
    const { history } = recover(this.on.disk);
    const zxids = [history.floor, ...history.entries.map(({ zxid }) => zxid)];
    const [from, to] = [zxids.indexOf(after), zxids.indexOf(upTo)];
    return from < 0 || to < 0 ? null : history.entries.slice(from, to);
  };

  close = async (): Promise<void> => {};

  /** Power fails: any prefix of what is pending has been written. */
  crash(): void {
    const kept = this.random.int(0, this.#pending.length);
    for (const pending of this.#pending.slice(0, kept)) this.#land(pending);
    this.on.disk = crash(this.on.disk, 0);
    this.#crashed = true;
  }

  /** Group commit: what is pending when a flush begins is durable when it ends. */
  #flushLater(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    const { leastDelayMs, mostDelayMs } = this.platter;
    const delay = leastDelayMs + this.random.next() ** 3 * (mostDelayMs - leastDelayMs);
    const group = this.#pending.length;
    this.clock.after(delay, () => {
      if (this.#crashed) return;
      const landed = this.#pending.splice(0, group);
      for (const pending of landed) this.#land(pending);
      this.#flushing = false;
      if (this.#pending.length > 0) this.#flushLater();
      for (const { done } of landed) done();
    });
  }

  #land(pending: Pending): void {
    if ('image' in pending) {
      if (pending.image.zxid > (this.on.image?.zxid ?? 0)) this.#adopt(pending.image);
      return;
    }
    this.on.disk = flush(this.on.disk);
    if (pending.operation.write === 'snapshot') {
      const staged = pending.staged;
      if (staged === null) throw new Error('a snapshot was written without its image');
      this.on.image = staged.zxid > 0 ? staged : null;
    }
  }

  /** The log that nobody needs goes: all but two windows before the image. */
  #adopt(image: SavedImage): void {
    this.on.image = image;
    const { floor, entries } = remembered(recover(this.on.disk).history, image.zxid, 2 * this.window);
    this.on.disk = { ...this.on.disk, snapshot: { ...EMPTY_HISTORY, floor }, log: entries };
  }
}
