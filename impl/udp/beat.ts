/**
 * One timer for what the links of a server look at now and then. A timer that comes due on a server that sleeps costs about
 * as much as a message that arrives, so all of them share theirs.
 */

export const BEAT_MS = 25;

export class Beat {
  #tasks: (() => void)[] = [];

  /** Calls it once, within `BEAT_MS`. */
  next = (task: () => void): void => {
    if (this.#tasks.length === 0) setTimeout(() => this.#run(), BEAT_MS).unref();
    this.#tasks.push(task);
  };

  #run(): void {
    const tasks = this.#tasks;
    this.#tasks = [];
    for (const task of tasks) task();
  }
}
