/**
 * The end of a turn of the event loop. All that arrived in one turn is dealt with first; what has to go out because of it
 * goes out together: one frame a link, one packet a client, one flush of the journal.
 */
let tasks: (() => void)[] = [];
let isScheduled = false;

/** What waits, and what comes to wait because of it. */
const end = (): void => {
  try {
    for (let i = 0; i < tasks.length; i++) tasks[i]!();
  } finally {
    tasks = [];
    isScheduled = false;
  }
};

export const atEndOfTurn = (task: () => void): void => {
  tasks.push(task);
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(end);
};

/** For what keeps the loop waiting: by then, whatever this turn sends is on its way (`udx-native` sends as the next one begins). */
export const atEndOfNextTurn = (task: () => void): void =>
  atEndOfTurn(() =>
    setImmediate(() => {
      atEndOfTurn(task);
      end();
    }),
  );
