/** Time, as a server needs it: what o'clock it is, and a call back later. Simulated time has the same two. */
import { performance } from 'node:perf_hooks';

export interface Clock {
  /** Milliseconds; never goes back. */
  readonly now: () => number;
  /** @returns a function that cancels; it may be called at any time, more than once */
  readonly after: (delayMs: number, callback: () => void) => () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};
