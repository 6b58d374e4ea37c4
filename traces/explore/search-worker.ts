/** The thread of a search of the explorer (see background.ts): builds the model anew, searches, and reports. */
import { parentPort, workerData } from 'node:worker_threads';
import { check } from '../../checker/check.js';
import { ModelError } from '../../checker/errors.js';
import type { Goal, Invariant, Model, Outcome } from '../../checker/model.js';
import { modelNamed } from '../../checker/registry.js';
import type { Job, Report } from './background.js';

const tell = (report: Report): void => parentPort!.postMessage(report);

/** A goal turned round: what breaks it is the way to the goal. */
const avoided = (goal: Goal): Invariant =>
  goal.on === 'action'
    ? { ...goal, holds: (outcome: Outcome) => !goal.holds(outcome), explain: () => null }
    : { ...goal, holds: (values: readonly any[]) => !goal.holds(values), explain: () => null };

/**
 * The model, started elsewhere. Groups and properties know a slot as an object, so the slots stay the same and begin with
 * other components; the model is this thread's own, nobody else sees it change.
 */
const moved = (model: Model, from: readonly unknown[] | undefined): Model => {
  if (from === undefined) return model;
  for (const [i, slot] of model.slots.entries()) Object.assign(slot, { initial: from[i] });
  return model;
};

const aimed = (model: Model, { target, reached }: Job): Model => {
  if (target === undefined) return model;
  const goals = model.goals
    .filter(({ applicable, name }) => applicable && !reached.includes(name))
    .map(avoided);
  const all = [...model.invariants, ...goals];
  const wanted =
    target === 'violation'
      ? model.invariants
      : target === 'goal'
        ? goals
        : all.filter(({ name }) => name === target);
  return { ...model, invariants: wanted, goals: [] };
};

const run = async (job: Job): Promise<Report> => {
  const model = aimed(moved(modelNamed(job.model).build(job.config), job.from), job);
  const result = await check(model, {
    ...(job.maxSeconds !== undefined && { maxSeconds: job.maxSeconds }),
    onProgress: ({ depth, distinct, generated, seconds }) =>
      tell({ type: 'progress', depth, distinct, generated, seconds }),
  });
  const { verdict, bound, depth, distinct, generated, seconds, violations } = result;
  const violation = violations.find(({ property }) => model.invariants.some(({ name }) => name === property));
  return {
    type: 'done',
    verdict,
    bound,
    depth,
    distinct,
    generated,
    seconds,
    violation: violation ? { property: violation.property, path: violation.path } : null,
  };
};

try {
  tell(await run(workerData as Job));
} catch (error) {
  const where = error instanceof ModelError ? ` (after ${error.path.length} steps)` : '';
  tell({ type: 'failed', message: `${(error as Error).message}${where}` });
}
