/** How a process that serves is told to stop: Ctrl-C, SIGTERM, or the end of the process that started it. */
import type { Terminal } from './terminal.js';

const KILLED = 130;

/** Resolves at the first of them; a second Ctrl-C ends the process at once. */
export const stopSignal = (
  terminal: Terminal,
): { readonly promise: Promise<void>; readonly release: () => void } => {
  let stop = (): void => {};
  let isStopping = false;
  const promise = new Promise<void>((resolve) => {
    stop = () => {
      isStopping = true;
      resolve();
    };
  });
  const release = terminal.onInterrupt(() => (isStopping ? terminal.exit(KILLED) : stop()));
  process.once('SIGTERM', stop);
  process.once('disconnect', stop);
  return {
    promise,
    release: () => {
      release();
      process.off('SIGTERM', stop);
      process.off('disconnect', stop);
    },
  };
};
