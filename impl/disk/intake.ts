/**
 * Where writes come in: all that was asked for in one turn shares a frame of the journal,
 * and is reported in order. The store takes it over later, behind everyone's back, unless nobody needs it any more by then. What
 * the journal is not made for goes to the store directly, once the store has all that was asked for before.
 */
import type { Buffer } from 'node:buffer';
import { performance } from 'node:perf_hooks';
import { lastInTurn } from '../turn.js';
import type { Journal, Mark, Passed } from './journal.js';
import { meansFull, type QueueEvents, RETRY_MS, type Write, type WriteQueue } from './queue.js';

/** A write as it stands in the journal. */
export interface Logged {
  readonly bytes: Buffer;
  readonly done: () => void;
  /** Whoever asks has nothing else to do until it is done. */
  readonly hasTime?: boolean;
}

type Item = Logged | { readonly store: Write };

const isLogged = (item: Item | undefined): item is Logged => item !== undefined && 'bytes' in item;

/** Bytes in one frame, a longer write apart. */
const FULL = 2 ** 20;
/** Frames that the store takes over in one transaction, and their bytes, so that no turn of the event loop is long. */
const FRAMES_AT_ONCE = 256;
const AT_ONCE = 2 ** 22;
/** The share of the journal that is forgotten in one transaction. */
const FORGOTTEN_AT_ONCE = 1 / 8;
/**
 * The store takes over while more than this share of the journal is used: late, so that most of it is forgotten by then,
 * and now and then some, since one commit after the other leaves the disk and the processor little time for anyone else.
 */
const HIGH_WATER = 7 / 8;
/**
 * A disk that writes faster than this is waited for: asking a thread to do so costs more, and takes as long. Where several
 * writes share a frame there are others whom the wait keeps waiting.
 */
const QUICK_MS = { alone: 0.5, shared: 0.15 };
/** The same for a write that comes alone to a server that has time. */
const PATIENT_MS = 1.5;
/** Frames in a row by which it is told how writes come. */
const CALM = 16;
/** Of the mean of the times that writes in the loop took, the newest one's share; and the most that one counts for. */
const NEWEST = 0.1;
const MOST_MS = 2;
/** Of the writes by a thread, one in so many is done in the loop, to learn whether the disk is quick by now. */
const TRY_EVERY = 64;

export interface IntakeOptions {
  readonly journal: Journal;
  readonly size: number;
  readonly queue: WriteQueue;
  /** Puts what was logged, by frames, into the store, and up to where that was; within a transaction. */
  readonly put: (bodies: readonly Buffer[], next: Mark) => void;
  /** Whether nobody will ask for what was logged up to the end of this frame. */
  readonly isOld: (last: Buffer) => boolean;
  /**
   * The store does without that, and begins at the next frame; within a transaction of its own.
   * @returns whether that is all: otherwise it is to be called again
   */
  readonly forget: (last: Buffer, next: Mark) => boolean;
  readonly events: QueueEvents;
}

export class Intake {
  readonly #options: IntakeOptions;
  #waiting: Item[] = [];
  /** The first frame that the store lacks; the journal knows it and those behind it. Objects that live as long would keep the collector busy. */
  #first: Mark;
  #isScheduled = false;
  /** A frame is being flushed, or the store has the word. */
  #isBusy = false;
  #isTakingOver = false;
  #isClosed = false;
  #isFull = false;
  /** The journal itself finds no room, as it may where a file system copies what is overwritten. */
  #hasComplained = false;
  #meanMs = 0;
  /** Frames of one write, the newest in a row; and of one for which there was time. */
  #alone = CALM + 1;
  #calm = 0;
  #byThread = 0;
  /** Until the thread that was asked last has written. */
  #thread: Promise<void> | null = null;
  /** What begins once the store has everything. */
  #settled: (() => void) | null = null;

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#first = options.journal.mark;
  }

  add(item: Item): void {
    if (this.#isClosed) return;
    this.#waiting.push(item);
    this.#schedule();
  }

  /** The disk is full as far as the store knows, or has room again: until then nothing is reported. */
  hold(isFull: boolean): void {
    this.#isFull = isFull;
    if (!isFull) this.#schedule();
    else if (this.#isClosed) this.#settled?.();
  }

  /** Nothing that waits will be written any more. */
  stop(): void {
    this.#isClosed = true;
    this.#waiting = [];
    this.#settled?.();
  }

  /** What is in the journal and not in the store yet, oldest first. */
  get lacking(): readonly Buffer[] {
    return this.#options.journal.framesFrom(this.#first).bodies;
  }

  /**
   * What waits is dropped; what is on the disk goes to the store, if that has room. The file stays open for a thread
   * that writes to it: the next file that is opened would have its number.
   */
  async close(): Promise<void> {
    const hasFailed = this.#isClosed;
    this.stop();
    if (!hasFailed && !this.#isFull) await new Promise<void>((resolve) => this.#settle(resolve));
    await this.#thread;
    this.#options.journal.close();
  }

  // --- to the journal

  #schedule(): void {
    if (this.#isScheduled || this.#isBusy || this.#isFull || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    lastInTurn(this.#turnEnds);
  }

  #turnEnds = (): void => {
    this.#isScheduled = false;
    if (!this.#isBusy && !this.#isFull && !this.#isClosed) this.#next();
  };

  #next(): void {
    const first = this.#waiting[0];
    if (first === undefined) return;
    if (isLogged(first)) this.#log();
    else {
      this.#isBusy = true;
      this.#settle(() => {
        // Were it to go ahead of what the store still lacks, that would be put on top of it.
        if (this.#isClosed) return;
        const done = (): void => this.#report([first.store]);
        this.#options.queue.add({ ...first.store, done });
      });
    }
  }

  #report(writes: readonly { readonly done: () => void }[]): void {
    this.#isBusy = false;
    if (this.#isClosed) return;
    if (writes.length === 1) this.#waiting.shift();
    else this.#waiting.splice(0, writes.length);
    for (const { done } of writes) done();
    this.#schedule();
  }

  /** As many as go into one frame. */
  #group(): { readonly writes: readonly Logged[]; readonly length: number } {
    const writes: Logged[] = [];
    let length = 0;
    const most = Math.min(FULL, this.#options.journal.longest);
    for (const item of this.#waiting) {
      if (!isLogged(item) || (length > 0 && length + item.bytes.length > most)) break;
      writes.push(item);
      length += item.bytes.length;
    }
    return { writes, length };
  }

  #log(): void {
    const { journal } = this.#options;
    const { writes, length } = this.#group();
    if (length === 0) {
      this.#report(writes);
      return;
    }
    if (!journal.hasRoom(length, this.#first)) {
      if (this.#hasAll)
        this.#fail(new RangeError(`a write of ${length} bytes is more than the whole journal takes`));
      else this.#takeOver();
      return;
    }
    this.#isBusy = true;
    journal.compose(
      writes.map(({ bytes }) => bytes),
      length,
    );
    this.#alone = writes.length === 1 ? this.#alone + 1 : 0;
    this.#calm = writes.length === 1 && writes[0]!.hasTime ? this.#calm + 1 : 0;
    const ended = (error: unknown): void => {
      if (error !== null) {
        this.#failed(error, () => this.#write(ended));
        return;
      }
      if (this.#hasComplained) this.#complain(null);
      if (this.#holdsMuch) this.#takeOver();
      this.#report(writes);
    };
    this.#write(ended);
  }

  get #patienceMs(): number {
    if (this.#calm > CALM) return PATIENT_MS;
    return this.#alone > CALM ? QUICK_MS.alone : QUICK_MS.shared;
  }

  /**
   * To a quick disk at once; to a slow one by a thread, so that this server goes on listening. How long a thread takes
   * says more about the other work of the machine than about its disk, so it is not counted.
   */
  #write(done: (error: unknown) => void): void {
    const { journal } = this.#options;
    if (this.#meanMs >= this.#patienceMs && ++this.#byThread % TRY_EVERY !== 0) {
      this.#thread = new Promise((resolve) =>
        journal.writeByThread((error) => {
          done(error);
          resolve();
        }),
      );
      return;
    }
    const began = performance.now();
    try {
      journal.write();
    } catch (error) {
      done(error);
      return;
    }
    this.#meanMs += NEWEST * (Math.min(performance.now() - began, MOST_MS) - this.#meanMs);
    done(null);
  }

  /**
   * For want of room: all of the frame is written again, as it is and where it was. Part of it may be on the disk, and
   * another frame of its number elsewhere would be a second one. Any other failure is final.
   */
  #failed(error: unknown, again: () => void): void {
    if (this.#isClosed) return;
    if (!meansFull(error, this.#options.events)) {
      this.#fail(error);
      return;
    }
    if (!this.#hasComplained) this.#complain(String(error));
    setTimeout(() => {
      if (!this.#isClosed) again();
    }, RETRY_MS);
  }

  #complain(message: string | null): void {
    this.#hasComplained = message !== null;
    this.#options.events.full(message);
  }

  /** Nobody knows what is on the disk then. */
  #fail(error: unknown): void {
    this.stop();
    this.#options.events.failed(error);
  }

  // --- to the store

  get #hasAll(): boolean {
    return this.#first.seq === this.#options.journal.mark.seq;
  }

  get #holdsMuch(): boolean {
    const { journal, size } = this.#options;
    return journal.used(this.#first) > HIGH_WATER * size;
  }

  #settle(then: () => void): void {
    if (this.#hasAll) then();
    else {
      this.#settled = then;
      this.#takeOver();
    }
  }

  /** Some frames at a time, more where they are old. */
  #takeOver(): void {
    if (this.#isTakingOver || this.#hasAll) return;
    this.#isTakingOver = true;
    const { journal, size, queue, put, isOld } = this.#options;
    const passed = journal.pass(this.#first, FORGOTTEN_AT_ONCE * size);
    if (isOld(passed.last)) {
      this.#forget(passed);
      return;
    }
    const { bodies, next } = journal.framesFrom(this.#first, FRAMES_AT_ONCE, AT_ONCE);
    queue.add({ put: () => put(bodies, next), done: () => this.#goOn(next) });
  }

  #forget(passed: Passed): void {
    let isAll = false;
    this.#options.queue.add({
      put: () => {
        isAll = this.#options.forget(passed.last, passed.next);
      },
      done: () => {
        if (isAll) this.#goOn(passed.next);
        else this.#forget(passed);
      },
      isAlone: true,
    });
  }

  /** The store has what stands in front of the next frame, or does without. */
  #goOn(next: Mark): void {
    this.#first = next;
    this.#isTakingOver = false;
    this.#schedule();
    if (this.#hasAll) {
      const settled = this.#settled;
      this.#settled = null;
      settled?.();
    } else if (this.#settled !== null || this.#holdsMuch) this.#takeOver();
  }
}
