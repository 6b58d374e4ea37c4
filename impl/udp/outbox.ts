/**
 * What waits to go out on a link. All that is sent in one turn of the event loop shares a frame; while the stream is
 * full, more gathers; an image is read piece by piece as the stream takes it, so that it never lies in memory whole.
 */
import { atEndOfTurn } from '../turn.js';
import { FULL, type Part } from './frames.js';

export interface Sink {
  /** @returns whether it takes more at once; if not, `drained` is called */
  readonly write: (parts: readonly Part[]) => boolean;
}

type Item = Part | Iterator<Part>;

const isPart = (item: Item): item is Part => 'kind' in item;

export class Outbox {
  #items: Item[] = [];
  #first = 0;
  #isScheduled = false;
  #isFull = false;
  #isClosed = false;

  constructor(readonly sink: Sink) {}

  add(item: Item): void {
    if (this.#isClosed) return;
    this.#items.push(item);
    this.#schedule();
  }

  drained(): void {
    this.#isFull = false;
    this.#flush();
  }

  close(): void {
    this.#isClosed = true;
    this.#items = [];
    this.#first = 0;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isFull) return;
    this.#isScheduled = true;
    atEndOfTurn(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (!this.#isFull && !this.#isClosed) {
      const parts = this.#next();
      if (parts.length === 0) return;
      this.#isFull = !this.sink.write(parts);
    }
  }

  /** As much as one frame holds. */
  #next(): readonly Part[] {
    const parts: Part[] = [];
    let size = 0;
    while (size < FULL) {
      const part = this.#shift();
      if (part === null) break;
      parts.push(part);
      size += part.bytes.length;
    }
    return parts;
  }

  #shift(): Part | null {
    for (;;) {
      const item = this.#items[this.#first];
      if (item === undefined) {
        this.#items = [];
        this.#first = 0;
        return null;
      }
      if (!isPart(item)) {
        const { done, value } = item.next();
        if (!done) return value;
      }
      this.#items[this.#first++] = undefined as never;
      if (isPart(item)) return item;
    }
  }
}
