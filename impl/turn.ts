/**
 * The end of a turn. All that arrived in one turn is dealt with first; what has to go out because of it goes out together:
 * one frame a link, one packet a client, one flush of the journal. A turn is one of the event loop where there is much to
 * do; where there is little it ends with the callback that began it, since nothing else will come to share what it sends.
 */
import { performance } from 'node:perf_hooks';

/** A turn that begins so soon after another is one of many; among many, one that begins so soon still is. */
const BUSY_MS = 0.03;
const STILL_BUSY_MS = 0.1;

/** What follows a promise runs once the callback that is under way has returned, for less than a tick of Node's costs. */
const callbackEnds = Promise.resolve();

/** Turns are many and their tasks few: taken one by one, they leave the list its memory. */
const tasks: (() => void)[] = [];
const lasting: (() => void)[] = [];
let isScheduled = false;
let isBusy = false;
let endedAt = Number.NEGATIVE_INFINITY;

/** What waits, and what comes to wait because of it. */
const runTasks = (): void => {
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
};

/** What keeps the loop waiting and comes meanwhile is for the next turn, or something else might never get one. */
const end = (): void => {
  try {
    runTasks();
    for (let left = lasting.length; left > 0; left--) {
      lasting.shift()!();
      runTasks();
    }
  } finally {
    while (tasks.length > 0) tasks.pop();
    isScheduled = false;
    endedAt = performance.now();
    if (lasting.length > 0) schedule(true);
  }
};

const schedule = (hasMore = false): void => {
  if (isScheduled) return;
  isScheduled = true;
  isBusy = hasMore || performance.now() - endedAt < (isBusy ? STILL_BUSY_MS : BUSY_MS);
  if (isBusy) setImmediate(end);
  else void callbackEnds.then(end);
};

export const atEndOfTurn = (task: () => void): void => {
  tasks.push(task);
  schedule();
};

/** For what keeps the loop waiting: whatever this turn sends goes first. */
export const lastInTurn = (task: () => void): void => {
  lasting.push(task);
  schedule();
};
