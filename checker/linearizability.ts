/**
 * Judges histories of clients: was there an order of the operations, each taking effect at one moment between its call
 * and its return, in which a sequential object would have returned what the clients saw?
 */
import {
  type Event,
  type Operation,
  operationsIn,
  operationsOf,
  type Process,
} from './linearizability/history.js';
import { type Outcome, Search } from './linearizability/search.js';
import type { Specification } from './linearizability/specification.js';

export type { Event, Process } from './linearizability/history.js';
export {
  type RegisterOperation,
  register,
  type Specification,
  type StoreOperation,
  store,
} from './linearizability/specification.js';

export interface Linearized<O, R> {
  readonly process: Process;
  readonly operation: O;
  /** Absent if it never returned. */
  readonly result?: R;
}

export type Verdict<O, R> =
  /** A witness; of the operations that never returned, only those that must have happened. */
  | { readonly verdict: 'linearizable'; readonly order: readonly Linearized<O, R>[] }
  /**
   * The shortest prefix that is not linearizable, in events; its last event is the return that nothing explains.
   * What failed is left out from the start: that it did not happen is known, though only later.
   */
  | { readonly verdict: 'not-linearizable'; readonly prefix: number; readonly part: string | null }
  /** The search was cut off. */
  | { readonly verdict: 'undetermined'; readonly part: string | null };

export interface JudgeOptions {
  /** Operations tried, for each part of the object, before the search gives up. */
  readonly maxSteps?: number;
}

/** @throws InputError for events that are no history: a call inside a call, an end without one. */
export const judge = <S, O, R>(
  specification: Specification<S, O, R>,
  events: readonly Event<O, R>[],
  { maxSteps = 10_000_000 }: JudgeOptions = {},
): Verdict<O, R> => {
  const verdicts = [...parts(specification, operationsOf(events))].map(([part, operations]) => ({
    part,
    operations,
    ...judgePart(specification, operations, maxSteps),
  }));
  const failed = verdicts
    .flatMap((v) => (v.kind === 'none' ? [v] : []))
    .sort((a, b) => a.prefix - b.prefix)[0];
  if (failed) return { verdict: 'not-linearizable', prefix: failed.prefix, part: failed.part };
  const bounded = verdicts.find(({ kind }) => kind === 'bound');
  if (bounded) return { verdict: 'undetermined', part: bounded.part };
  const order = verdicts
    .flatMap((v) => (v.kind === 'found' ? inTime(v.order.map((index) => v.operations[index]!)) : []))
    .sort((a, b) => a.moment - b.moment);
  return { verdict: 'linearizable', order: order.map(({ operation }) => linearized(operation)) };
};

const parts = <S, O, R>(
  { partOf }: Specification<S, O, R>,
  operations: readonly Operation<O, R>[],
): ReadonlyMap<string | null, readonly Operation<O, R>[]> => {
  const parted = new Map<string | null, Operation<O, R>[]>();
  for (const operation of operations) {
    const part = partOf ? partOf(operation.operation) : null;
    const known = parted.get(part);
    if (known) known.push(operation);
    else parted.set(part, [operation]);
  }
  return parted;
};

type PartVerdict = Exclude<Outcome, { kind: 'none' }> | { readonly kind: 'none'; readonly prefix: number };

const judgePart = <S, O, R>(
  specification: Specification<S, O, R>,
  operations: readonly Operation<O, R>[],
  maxSteps: number,
): PartVerdict => {
  const outcome = new Search(specification, operations, maxSteps).run();
  if (outcome.kind !== 'none') return outcome;
  return { kind: 'none', prefix: shortestPrefix(specification, operations, outcome.stuckAt, maxSteps) };
};

/**
 * No linearization gets past the return at `stuckAt`, and one gets as far as that. Seen from there, what returned later
 * is still pending and may yet return anything, so the culprit can be a later return that contradicts itself. Every
 * prefix of a linearizable history is linearizable, hence the bisection. A prefix that is cut off counts as innocent.
 */
const shortestPrefix = <S, O, R>(
  specification: Specification<S, O, R>,
  operations: readonly Operation<O, R>[],
  stuckAt: number,
  maxSteps: number,
): number => {
  const ends = operations
    .flatMap(({ returned }) => (returned && returned.at >= stuckAt ? [returned.at + 1] : []))
    .sort((a, b) => a - b);
  const isGuilty = (end: number): boolean =>
    new Search(specification, operationsIn(operations, ends[end]!), maxSteps).run().kind === 'none';
  let [low, high] = [0, ends.length - 1];
  // Usually it is close to where the search got stuck: look there first, then further and further away.
  for (let probe = 0, stride = 1; probe < high; probe += stride, stride *= 2) {
    if (isGuilty(probe)) high = probe;
    else low = probe + 1;
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isGuilty(middle)) high = middle;
    else low = middle + 1;
  }
  return ends[high]!;
};

/** When each takes effect, as early as can be: after its call, and after what comes before it. */
const inTime = <O, R>(order: readonly Operation<O, R>[]) => {
  let moment = -1;
  return order.map((operation) => {
    moment = Math.max(moment, operation.called);
    return { moment, operation };
  });
};

const linearized = <O, R>({ process, operation, returned }: Operation<O, R>): Linearized<O, R> => ({
  process,
  operation,
  ...(returned && { result: returned.result }),
});
