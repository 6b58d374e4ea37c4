/**
 * What waits to go out on a link. All that is sent in one turn shares a frame; while the stream is
 * full, more gathers; what can wait goes with what cannot; an image is read piece by piece as the stream takes it, so that it never lies in memory whole.
 */
import { atEndOfTurn } from '../turn.js';
import { type Part, sizeOf } from './frames.js';

export interface Sink {
  /** Bytes of the next frame, at most; a larger part has a frame of its own. */
  readonly most: () => number;
  /** @returns whether it takes more at once; if not, `drained` is called */
  readonly write: (parts: readonly Part[]) => boolean;
}

/** How long something that can wait does, if nothing else goes out: reads of other servers are older by as much. */
const WAIT_MS = 5;

type Item = Part | Iterator<Part>;

const isPart = (item: Item): item is Part => 'kind' in item;

export class Outbox {
  #items: Item[] = [];
  #first = 0;
  /** Taken from the items, and too large for the frame that was under way. */
  #next: Part | null = null;
  #isScheduled = false;
  #waiting: NodeJS.Timeout | null = null;
  #isFull = false;
  #isClosed = false;

  constructor(readonly sink: Sink) {}

  add(item: Item, canWait = false): void {
    if (this.#isClosed) return;
    this.#items.push(item);
    if (canWait) this.#waiting ??= setTimeout(() => this.#endWait(), WAIT_MS);
    else this.#schedule();
  }

  #endWait(): void {
    this.#waiting = null;
    this.#schedule();
  }

  drained(): void {
    this.#isFull = false;
    this.#flush();
  }

  close(): void {
    this.#isClosed = true;
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#items = [];
    this.#first = 0;
    this.#next = null;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isFull) return;
    this.#isScheduled = true;
    atEndOfTurn(this.#turnEnds);
  }

  #turnEnds = (): void => {
    this.#isScheduled = false;
    this.#flush();
  };

  #flush(): void {
    while (!this.#isFull && !this.#isClosed) {
      const parts = this.#gather(this.sink.most());
      if (parts.length === 0) return;
      this.#isFull = !this.sink.write(parts);
    }
  }

  /** As much as one frame holds. */
  #gather(most: number): readonly Part[] {
    const first = this.#next ?? this.#shift();
    this.#next = null;
    if (first === null) return [];
    const parts = [first];
    for (let size = sizeOf(first); ; ) {
      const part = this.#shift();
      if (part === null) return parts;
      size += sizeOf(part);
      if (size > most) {
        this.#next = part;
        return parts;
      }
      parts.push(part);
    }
  }

  #shift(): Part | null {
    for (;;) {
      const item = this.#items[this.#first];
      if (item === undefined) {
        if (this.#first > 0) this.#items = [];
        this.#first = 0;
        return null;
      }
      if (!isPart(item)) {
        const { done, value } = item.next();
        if (!done) return value;
      }
      // Most often it is the only one, and the list can be used again.
      if (this.#items.length === 1) this.#items.pop();
      else this.#items[this.#first++] = undefined as never;
      if (isPart(item)) return item;
    }
  }
}
