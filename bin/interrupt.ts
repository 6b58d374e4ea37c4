/** Ctrl-C: the first one ends a search with what is known by then, the second one the process. */
import type { Terminal } from './terminal.js';

/** How a shell reports a process that was killed by SIGINT. */
const KILLED = 130;

/** Runs something that asks now and then whether it was interrupted. */
export const interruptible = async <R>(
  terminal: Terminal,
  run: (interrupted: () => boolean) => Promise<R>,
): Promise<R> => {
  let count = 0;
  const stop = terminal.onInterrupt(() => {
    count++;
    if (count > 1) terminal.exit(KILLED);
  });
  try {
    return await run(() => count > 0);
  } finally {
    stop();
  }
};
