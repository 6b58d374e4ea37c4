/**
 * Histories as clients see them: who called what, what came back, in the order in which it happened. Parsed into
 * operations, each an interval between two events.
 */
import { InputError } from '../errors.js';

export type Process = string | number;

/** A process has at most one operation at a time; after one that was lost it may go on with the next. */
export type Event<O, R> =
  | { readonly process: Process; readonly call: O }
  | { readonly process: Process; readonly result: R }
  /** The operation certainly did not happen and never will. */
  | { readonly process: Process; readonly failed: true }
  /** Nobody knows whether the operation happened, or still will. */
  | { readonly process: Process; readonly lost: true };

export interface Operation<O, R> {
  readonly process: Process;
  readonly operation: O;
  /** Index of the event that called it. */
  readonly called: number;
  /** Index of the event that returned, and what; absent while pending, for good if it was lost. */
  readonly returned?: { readonly at: number; readonly result: R };
}

/**
 * @returns the operations in the order of their calls, without those that failed.
 * @throws InputError for a call inside a call or an end without one.
 */
export const operationsOf = <O, R>(events: readonly Event<O, R>[]): readonly Operation<O, R>[] => {
  const operations: (Operation<O, R> | null)[] = [];
  const open = new Map<Process, number>();
  for (const [at, event] of events.entries()) {
    const { process } = event;
    if ('call' in event) {
      if (open.has(process)) throw new InputError(`event ${at}: ${process} calls before its last call ended`);
      open.set(process, operations.length);
      operations.push({ process, operation: event.call, called: at });
      continue;
    }
    const index = open.get(process);
    if (index === undefined) throw new InputError(`event ${at}: ${process} has not called anything`);
    open.delete(process);
    if ('failed' in event) operations[index] = null;
    if ('result' in event)
      operations[index] = { ...operations[index]!, returned: { at, result: event.result } };
  }
  return operations.filter((operation) => operation !== null);
};

/** What was known after so many events: what returned later is pending, what was called later unheard of. */
export const operationsIn = <O, R>(
  operations: readonly Operation<O, R>[],
  events: number,
): readonly Operation<O, R>[] =>
  operations
    .filter(({ called }) => called < events)
    .map((operation) => {
      if (operation.returned === undefined || operation.returned.at < events) return operation;
      const { process, operation: what, called } = operation;
      return { process, operation: what, called };
    });
