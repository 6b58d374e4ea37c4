/**
 * The one queue of writes of the store, with group commit: whatever waits when a commit ends goes into the next one, as a
 * whole or not at all, and is reported in order. A full disk is waited out; any other failure is final.
 */

export interface Write {
  /** Puts its records, within a transaction. */
  readonly put: () => void;
  readonly done: () => void;
  /** It looks at what earlier ones wrote, so it has a transaction of its own. */
  readonly isAlone?: boolean;
}

export interface QueueEvents {
  /** The disk is full (a message), or has room again (null). */
  readonly full: (message: string | null) => void;
  /** Whether there is room on the file system; a store cannot always tell. */
  readonly hasRoom?: () => boolean;
  /** Nothing that was queued will be written any more. */
  readonly failed: (error: unknown) => void;
}

export const RETRY_MS = 500;
/** Writes in one transaction: enough to share a flush, few enough to be quick. */
const MOST = 2_000;

/** ENOSPC, EDQUOT, and the map of the store that cannot grow; by name, or by number as the store tells them. */
const FULL_CODES: readonly unknown[] = ['ENOSPC', 'EDQUOT', 28, 122, -30792];
/** What the store makes of a write that came out short, whatever the reason. */
const SHORT_WRITE: readonly unknown[] = ['EIO', 5];

/** Whether that will pass once there is room. */
export const meansFull = (error: unknown, { hasRoom }: Pick<QueueEvents, 'hasRoom'>): boolean => {
  const { code } = error as { code?: unknown };
  return FULL_CODES.includes(code) || (SHORT_WRITE.includes(code) && hasRoom?.() === false);
};

/** The store says only later what went wrong with a commit. */
const causeOf = async (error: unknown): Promise<unknown> => {
  try {
    await (error as { commitError?: Promise<unknown> }).commitError;
    return error;
  } catch (cause) {
    return cause;
  }
};

export class WriteQueue {
  #waiting: Write[] = [];
  #isCommitting = false;
  #isFull = false;
  #isClosed = false;
  #idle: (() => void) | null = null;

  constructor(
    readonly commit: (puts: () => void) => Promise<unknown>,
    readonly events: QueueEvents,
  ) {}

  add(write: Write): void {
    if (this.#isClosed) return;
    this.#waiting.push(write);
    if (!this.#isCommitting) void this.#run();
  }

  /** What waits is dropped, what is being committed ends. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#waiting = [];
    if (this.#isCommitting) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  async #run(): Promise<void> {
    this.#isCommitting = true;
    // What is asked for in this turn goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#group();
      try {
        await this.commit(() => {
          for (const { put } of group) put();
        });
      } catch (error) {
        if (await this.#survives(error)) continue;
        break;
      }
      if (this.#isFull) this.events.full(null);
      this.#isFull = false;
      if (this.#isClosed) break;
      this.#waiting.splice(0, group.length);
      for (const { done } of group) done();
    }
    this.#isCommitting = false;
    this.#idle?.();
  }

  #group(): readonly Write[] {
    if (this.#waiting[0]!.isAlone) return this.#waiting.slice(0, 1);
    const alone = this.#waiting.findIndex(({ isAlone }) => isAlone);
    return this.#waiting.slice(0, Math.min(alone < 0 ? MOST : alone, MOST));
  }

  async #survives(thrown: unknown): Promise<boolean> {
    const error = await causeOf(thrown);
    if (this.#isClosed) return false;
    if (!meansFull(error, this.events)) {
      this.#isClosed = true;
      this.#waiting = [];
      this.events.failed(error);
      return false;
    }
    if (!this.#isFull) this.events.full(error instanceof Error ? error.message : String(error));
    this.#isFull = true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return !this.#isClosed;
  }
}
