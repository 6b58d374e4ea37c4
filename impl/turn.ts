/**
 * The end of a turn of the event loop. All that arrived in one turn is dealt with first; what has to go out because of it
 * goes out together: one frame a link, one packet a client, one flush of the journal.
 */
let tasks: (() => void)[] = [];
let lasting: (() => void)[] = [];
let isScheduled = false;

/** What waits, and what comes to wait because of it. */
const end = (): void => {
  try {
    for (let i = 0, j = 0; i < tasks.length || j < lasting.length; )
      if (i < tasks.length) tasks[i++]!();
      else lasting[j++]!();
  } finally {
    tasks = [];
    lasting = [];
    isScheduled = false;
  }
};

const schedule = (): void => {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(end);
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
