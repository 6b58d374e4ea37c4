/**
 * A server's disk: epochs, log and images in an embedded store, and in front of it a journal, in which what has to be
 * durable soon waits for the store. What a restart finds is checked record by record before anything is served.
 */
import { Buffer } from 'node:buffer';
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskOperation } from '../../spec/disk.js';
import type { Txn } from '../../spec/history.js';
import { NO_ZXID, type Sid, type Zxid } from '../../spec/zxid.js';
import type { Image } from '../network.js';
import { DIFF_LIMIT, remembered, type Storage, type Stored } from '../storage.js';
import { Arena } from './arena.js';
import { type Environment, openEnvironment, STORE_FILE } from './environment.js';
import { Intake } from './intake.js';
import { createJournal, Journal, type JournalState } from './journal.js';
import { lockFolder } from '../../checker/lock.js';
import {
  countBetween,
  type Join,
  putAppends,
  quietly,
  readFrom,
  removeBehind,
  removeOld,
  removeOldest,
  RUN,
} from './log.js';
import { type QueueEvents, type Write, WriteQueue } from './queue.js';
import {
  CorruptStore,
  decodeEntries,
  decodeStretches,
  decodeTxn,
  encodeAppend,
  encodeEpoch,
  type EpochName,
  firstIn,
  pieceKey,
  sealed,
  unsealed,
  zxidOf,
} from './records.js';

export interface DiskOptions {
  readonly folder: string;
  readonly sid: Sid;
  /** Committed transactions that a restart holds in memory. */
  readonly window: number;
  readonly events: QueueEvents;
  /** Bytes of the journal of a folder that has none yet; a multiple of the page. */
  readonly journalSize?: number;
}

const FORMAT = 3;
const FORMAT_FILE = 'zab.json';
export const JOURNAL_FILE = 'journal';
/** Room for as many writes of a page or less as a learner may lack and still be brought up to date with, and for those of an image besides. */
const JOURNAL_SIZE = 64 * 2 ** 20;
/** Written in one transaction while an image is saved, so that the log's writes in between wait for little. */
const PIECES_A_WRITE = 16;
/** Old pieces that are removed in one transaction. */
const SWEEP = 2_000;

/** Bytes below which a file system counts as full. */
const LEAST_ROOM = 16 * 2 ** 20;

const hasRoom = (folder: string): boolean => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= LEAST_ROOM;
};

const NOTHING = Buffer.alloc(0);
/** What it is called in an error. */
const JOURNAL = 'the journal';

/** Which image is in force: its pieces are those of one generation. */
interface ImageHeader {
  readonly zxid: Zxid;
  readonly generation: number;
  readonly pieces: number;
}

interface Staged {
  readonly zxid: Zxid;
  readonly generation: number;
  count: number;
}

/**
 * Of a folder that was used before.
 * @throws CorruptStore for a folder of another server or another format, or without its store
 */
const checkFormat = (folder: string, sid: Sid): void => {
  const path = join(folder, FORMAT_FILE);
  if (!existsSync(path)) return;
  let found: { format?: unknown; sid?: unknown };
  try {
    found = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new CorruptStore(`${path}: not a line of JSON`);
  }
  if (found.format !== FORMAT)
    throw new CorruptStore(`${path}: format ${found.format} of the data folder; ${FORMAT} is read`);
  if (found.sid !== sid) throw new CorruptStore(`${path}: the data folder is that of server ${found.sid}`);
  // Without it this server would break promises that it does not remember.
  if (!existsSync(join(folder, STORE_FILE))) throw new CorruptStore(`${folder}: ${STORE_FILE} is missing`);
};

export class DiskStorage implements Storage {
  readonly #queue: WriteQueue;
  readonly #intake: Intake;
  #last: Zxid = NO_ZXID;
  #floor: Zxid = NO_ZXID;
  #generation = 0;
  /** Of the image in force. */
  #imageGeneration = 0;
  #imageZxid: Zxid = NO_ZXID;
  /** As they were reported; those of earlier boots are in the store. */
  readonly #epochs: Partial<Record<EpochName, number>> = {};
  #staged: Staged | null = null;

  private constructor(
    readonly options: DiskOptions,
    readonly environment: Environment,
    journal: Journal,
    readonly state: JournalState,
    /** Grows from boot to boot. */
    readonly boot: number,
    readonly unlock: () => Promise<void>,
  ) {
    const events: QueueEvents = { hasRoom: () => hasRoom(options.folder), ...options.events };
    this.#queue = new WriteQueue((puts) => environment.root.batch(puts), {
      ...events,
      full: (message) => {
        events.full(message);
        this.#intake.hold(message !== null);
      },
      failed: (error) => {
        this.#intake.stop();
        events.failed(error);
      },
    });
    // The intake has the store take over one after the other.
    const arena = new Arena();
    this.#intake = new Intake({
      journal,
      size: state.size,
      queue: this.#queue,
      put: (bodies, next) => {
        arena.reset(bodies.reduce((sum, { length }) => sum + length, 0));
        putEntries(environment, bodies, { ...state, ...next }, arena.join);
      },
      isOld: (last) => this.#isOld(lastIn(last)),
      forget: (last, next) => this.#forget(lastIn(last)!, { ...state, ...next }),
      events,
    });
  }

  /** @throws CorruptStore, FolderInUse */
  static async open(options: DiskOptions): Promise<DiskStorage> {
    const { folder, sid } = options;
    mkdirSync(folder, { recursive: true });
    const unlock = await lockFolder(folder);
    try {
      checkFormat(folder, sid);
      const environment = openEnvironment(folder);
      const boot = Math.max(Date.now(), (readNumber(environment, 'boot') ?? 0) + 1);
      const { journal, state } = await openJournal(options, environment);
      await environment.meta.put('boot', sealed(Buffer.from(String(boot))));
      writeFileSync(join(folder, FORMAT_FILE), `${JSON.stringify({ format: FORMAT, sid })}\n`);
      return new DiskStorage(options, environment, journal, state, boot, unlock);
    } catch (error) {
      await unlock();
      throw error;
    }
  }

  // --- what a restart finds

  /** @throws CorruptStore */
  load = (): Stored => {
    const { environment, options } = this;
    this.#floor = readNumber(environment, 'floor') ?? NO_ZXID;
    const header = readImageHeader(environment);
    const entries: Txn[] = [];
    let previous = this.#floor;
    for (const record of readFrom(environment.log, NO_ZXID)) {
      if (record.previous !== previous)
        throw new CorruptStore(`transaction ${record.txn.zxid} of the log: the one before it is missing`);
      entries.push(record.txn);
      previous = record.txn.zxid;
    }
    this.#last = previous;
    const imageZxid = header?.zxid ?? NO_ZXID;
    if (imageZxid < this.#floor)
      throw new CorruptStore(
        `the image at ${imageZxid} does not reach the log, which begins at ${this.#floor}`,
      );
    this.#imageGeneration = header?.generation ?? 0;
    this.#imageZxid = imageZxid;
    this.#generation = newestGeneration(environment);
    const image = header && { zxid: header.zxid, pieces: this.#piecesOf(header) };
    this.#sweepImages(header?.generation ?? 0);
    return {
      acceptedEpoch: readNumber(environment, 'acceptedEpoch') ?? 0,
      currentEpoch: readNumber(environment, 'currentEpoch') ?? 0,
      history: remembered({ floor: this.#floor, entries }, imageZxid, options.window),
      image,
    };
  };

  *#piecesOf({ zxid, generation, pieces }: ImageHeader): Iterable<Uint8Array> {
    for (let i = 0; i < pieces; i++) {
      const what = `piece ${i} of the image at ${zxid}`;
      const record = this.environment.images.get(pieceKey(generation, i));
      if (record === undefined) throw new CorruptStore(`${what} is missing`);
      yield unsealed(record, what);
    }
  }

  // --- writes

  write = (operation: DiskOperation, done: () => void, hasTime = false): void => {
    switch (operation.write) {
      case 'acceptedEpoch':
      case 'currentEpoch':
        this.#writeEpoch(operation.write, operation.epoch, done);
        break;
      case 'append': {
        const { txn } = operation;
        const bytes = encodeAppend(txn, this.#last);
        this.#last = txn.zxid;
        this.#intake.add({ bytes, done, hasTime });
        break;
      }
      case 'truncate':
        this.#last = operation.zxid;
        this.#intake.add({
          store: { put: () => removeBehind(this.environment.log, operation.zxid), done, isAlone: true },
        });
        break;
      case 'snapshot':
        this.#writeSnapshot(operation.history.floor, operation.history.entries, done);
        break;
    }
  };

  #writeEpoch(which: EpochName, epoch: number, done: () => void): void {
    const written = (): void => {
      this.#epochs[which] = epoch;
      done();
    };
    this.#intake.add({ bytes: encodeEpoch(which, epoch), done: written });
  }

  #putNumber(key: string, n: number): void {
    putNumber(this.environment, key, n);
  }

  /** The image holds it, and no learner will be brought up to date with it. */
  #isOld(zxid: Zxid | null): boolean {
    return zxid !== null && zxid <= this.#imageZxid && countBetween(zxid, this.#last) >= DIFF_LIMIT;
  }

  /** The log begins behind `zxid`, and the journal there too; what the store has of it is older, and goes first. */
  #forget(zxid: Zxid, state: JournalState): boolean {
    const { environment } = this;
    const left = removeOldest(environment.log);
    this.#floor = left ?? zxid;
    this.#putNumber('floor', this.#floor);
    if (left !== null) return false;
    for (const [which, epoch] of Object.entries(this.#epochs)) this.#putNumber(which, epoch);
    putState(environment, state);
    return true;
  }

  #writeSnapshot(floor: Zxid, entries: readonly Txn[], done: () => void): void {
    const staged = this.#staged;
    if (staged === null) throw new Error('a snapshot is to be written without its image');
    this.#staged = null;
    this.#last = entries.at(-1)?.zxid ?? floor;
    const put = (): void => {
      const { log } = this.environment;
      removeBehind(log, NO_ZXID);
      this.#floor = floor;
      this.#putNumber('floor', floor);
      putAppends(
        log,
        entries.map((txn, i) => encodeAppend(txn, entries[i - 1]?.zxid ?? floor)),
      );
      this.#putImage(staged);
    };
    const installed = (): void => {
      this.#sweepImages(staged.generation);
      done();
    };
    this.#intake.add({ store: { put, done: installed, isAlone: true } });
  }

  #putImage({ zxid, generation, count }: Staged): void {
    this.#imageGeneration = generation;
    this.#imageZxid = zxid;
    const header: ImageHeader = { zxid, generation, pieces: count };
    quietly(this.environment.meta.put('image', sealed(Buffer.from(JSON.stringify(header)))));
  }

  // --- images

  stage = {
    begin: (zxid: Zxid): void => {
      this.#staged = { zxid, generation: ++this.#generation, count: 0 };
    },
    piece: (piece: Uint8Array): void => {
      const staged = this.#staged;
      if (staged === null) return;
      this.#putPieces(staged, [piece], () => {});
    },
  };

  #putPieces(staged: Staged, pieces: readonly Uint8Array[], done: () => void): void {
    const records = pieces.map(
      (piece) => [pieceKey(staged.generation, staged.count++), sealed(piece)] as const,
    );
    const put = (): void => {
      for (const [key, record] of records) quietly(this.environment.images.put(key, record));
    };
    this.#queue.add({ put, done });
  }

  /** Piece by piece, between the log's writes; it counts once all of it is there. */
  saveImage = (image: Image, done: () => void): void => {
    const staged: Staged = { zxid: image.zxid, generation: ++this.#generation, count: 0 };
    const pieces = image.pieces[Symbol.iterator]();
    const more = (): void => {
      const some: Uint8Array[] = [];
      while (some.length < PIECES_A_WRITE) {
        const next = pieces.next();
        if (next.done) break;
        some.push(next.value);
      }
      if (some.length > 0) this.#putPieces(staged, some, more);
      else this.#finishImage(staged, done);
    };
    more();
  };

  #finishImage(staged: Staged, done: () => void): void {
    const write: Write = {
      // A leader's may have come meanwhile, and taken the pieces away. Where there is no room this is done again.
      put: () => {
        if (this.#imageGeneration <= staged.generation) this.#putImage(staged);
      },
      done: () => {
        this.#sweepImages(this.#imageGeneration);
        if (this.#imageGeneration === staged.generation) this.#sweepLog(staged.zxid);
        done();
      },
    };
    // Never ahead of the log that it is the outcome of.
    this.#intake.add({ bytes: NOTHING, done: () => this.#queue.add(write) });
  }

  /** Pieces of all earlier generations but that under way, which may never come to its end. */
  #sweepImages(keep: number): void {
    const { images } = this.environment;
    const underWay = this.#staged?.generation ?? keep;
    const stale = [
      ...images.getKeys({ end: pieceKey(Math.min(keep, underWay), 0), limit: SWEEP }),
      ...images.getKeys({ start: pieceKey(underWay + 1, 0), end: pieceKey(keep, 0), limit: SWEEP }),
    ];
    if (stale.length === 0) return;
    const put = (): void => {
      for (const key of stale) quietly(images.remove(key));
    };
    this.#queue.add({ put, done: () => this.#sweepImages(keep) });
  }

  /**
   * Of what the image holds, as much stays as a learner may still be brought up to date with. What is stale is found
   * out when it is removed: a leader's snapshot may have replaced the log meanwhile.
   */
  #sweepLog(image: Zxid): void {
    let floor: Zxid | null = null;
    const put = (): void => {
      floor = removeOld(this.environment.log, image, DIFF_LIMIT);
      if (floor === null) return;
      this.#floor = floor;
      this.#putNumber('floor', floor);
    };
    const done = (): void => {
      if (floor !== null) this.#sweepLog(image);
    };
    this.#queue.add({ put, done, isAlone: true });
  }

  // --- reading

  readLog = (after: Zxid, upTo: Zxid): readonly Txn[] | null => {
    const entries: Txn[] = [];
    let isHeld = after === this.#floor;
    for (const { txn } of readFrom(this.environment.log, after)) {
      isHeld ||= txn.zxid === after;
      if (txn.zxid > upTo) break;
      if (txn.zxid === after) continue;
      if (entries.length === DIFF_LIMIT) return null;
      entries.push(txn);
    }
    for (const txn of appendsIn(from(this.#intake.lacking, after))) {
      isHeld ||= txn.zxid === after;
      if (txn.zxid > upTo) break;
      // The store may have taken over some of them already.
      if (txn.zxid <= (entries.at(-1)?.zxid ?? after)) continue;
      if (entries.length === DIFF_LIMIT) return null;
      entries.push(txn);
    }
    return isHeld && (entries.at(-1)?.zxid ?? after) === upTo ? entries : null;
  };

  close = async (): Promise<void> => {
    await this.#intake.close();
    await this.#queue.close();
    await this.environment.root.close();
    await this.unlock();
  };
}

const putNumber = ({ meta }: Environment, key: string, n: number): void =>
  quietly(meta.put(key, sealed(Buffer.from(String(n)))));

// --- the journal and the store

const readState = ({ meta }: Environment): JournalState | null => {
  const record = meta.get('journal');
  return record === undefined ? null : JSON.parse(unsealed(record, 'where the journal begins').toString());
};

const putState = ({ meta }: Environment, state: JournalState): void =>
  quietly(meta.put('journal', sealed(Buffer.from(JSON.stringify(state)))));

/** Of what the journal holds, by frames, what has to be read to find all behind `zxid`. */
const from = (bodies: readonly Buffer[], zxid: Zxid): readonly Buffer[] => {
  const at = bodies.findLastIndex((body) => (firstIn(body) ?? Number.POSITIVE_INFINITY) <= zxid);
  return bodies.slice(Math.max(0, at));
};

/** The zxid of the last transaction in a frame. */
const lastIn = (body: Buffer): Zxid | null => {
  let zxid: Zxid | null = null;
  for (const entry of decodeEntries(body, JOURNAL)) if ('record' in entry) zxid = zxidOf(entry.key);
  return zxid;
};

/** The transactions among what the journal holds. */
const appendsIn = function* (bodies: Iterable<Buffer>): Iterable<Txn> {
  for (const body of bodies)
    for (const entry of decodeEntries(body, JOURNAL))
      if ('record' in entry) yield decodeTxn(entry.key, entry.record).txn;
};

/** What the journal holds, and that the store has it now. */
const putEntries = (
  environment: Environment,
  bodies: Iterable<Buffer>,
  state: JournalState,
  join?: Join,
): void => {
  const appends: Buffer[] = [];
  for (const body of bodies)
    for (const stretch of decodeStretches(body, RUN, JOURNAL)) {
      if ('epoch' in stretch) putNumber(environment, stretch.epochOf, stretch.epoch);
      else appends.push(stretch);
    }
  putAppends(environment.log, appends, join);
  putState(environment, state);
};

/**
 * Opens the journal, and lets the store take over what it lacks.
 * @throws CorruptStore
 */
const openJournal = async (
  { folder, journalSize = JOURNAL_SIZE }: DiskOptions,
  environment: Environment,
): Promise<{ readonly journal: Journal; readonly state: JournalState }> => {
  const path = join(folder, JOURNAL_FILE);
  const known = readState(environment);
  const state = known ?? createJournal(path, journalSize);
  const journal = new Journal(path, state);
  if (known === null || journal.found.length > 0)
    await environment.root.batch(() => putEntries(environment, journal.found, { ...state, ...journal.mark }));
  return { journal: journal.open(), state };
};

const readNumber = ({ meta }: Environment, key: string): number | null => {
  const record = meta.get(key);
  if (record === undefined) return null;
  const n = Number(unsealed(record, key).toString());
  if (!Number.isSafeInteger(n)) throw new CorruptStore(`${key}: not a number`);
  return n;
};

const readImageHeader = ({ meta }: Environment): ImageHeader | null => {
  const record = meta.get('image');
  return record === undefined ? null : JSON.parse(unsealed(record, 'the image').toString());
};

const newestGeneration = ({ images, meta }: Environment): number => {
  const [last] = [...images.getKeys({ reverse: true, limit: 1 })];
  const header = meta.get('image');
  const ofHeader =
    header === undefined ? 0 : (JSON.parse(unsealed(header, 'the image').toString()) as ImageHeader);
  return Math.max(last === undefined ? 0 : last.readUInt32BE(0), ofHeader === 0 ? 0 : ofHeader.generation);
};
