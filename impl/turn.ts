/**
 * The end of a turn of the event loop. All that arrived in one turn is dealt with first; what has to go out because of it
 * goes out together: one frame a link, one packet a client, one flush of the journal.
 */
let tasks: (() => void)[] = [];
let lasting: (() => void)[] = [];
let isScheduled = false;

/** What waits, and what comes to wait because of it. */
const runTasks = (): void => {
  for (let i = 0; i < tasks.length; i++) tasks[i]!();
  tasks = [];
};

/** What keeps the loop waiting and comes meanwhile is for the next turn, or something else might never get one. */
const end = (): void => {
  try {
    runTasks();
    const last = lasting;
    lasting = [];
    for (const task of last) {
      task();
      runTasks();
    }
  } finally {
    tasks = [];
    isScheduled = false;
    if (lasting.length > 0) schedule();
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
