/**
 * The sorts of slot that most protocols need: a plain value, a queue of messages, a bag or a set of messages, counters
 * for budgets, and a fold of observations. Operations are JSON, like everything that the engine interns.
 */
import { encode } from './canonical.js';
import type { Kind, View } from './model.js';

/** A value that is only ever replaced. */
export const scalar = <V>(name: string): Kind<V, never> => ({
  name,
  apply: () => {
    throw new Error(`${name} has no operations`);
  },
});

export type QueueOperation<M> =
  | { readonly push: M }
  /** Drops the head. */
  | 'pop'
  | 'clear';

/**
 * A queue, first in first out.
 * Pushing into a full one, or popping an empty one, throws: whether that can happen is for the model to say.
 * @param capacity in messages; absent, unbounded.
 */
export const fifo = <M>(
  name: string,
  capacity = Number.POSITIVE_INFINITY,
): Kind<readonly M[], QueueOperation<M>> => ({
  name,
  apply: (queue, operation) => {
    if (operation === 'clear') return [];
    if (operation === 'pop') {
      if (queue.length === 0) throw new Error(`pop of an empty ${name}`);
      return queue.slice(1);
    }
    if (queue.length >= capacity) throw new Error(`push into a full ${name}, which holds ${capacity}`);
    return [...queue, operation.push];
  },
});

/** The oldest message of a queue, or null. */
export const head: View<readonly any[], any> = { name: 'head', of: (queue) => queue[0] ?? null };

export type CollectionOperation<M> = { readonly add: M } | { readonly remove: M };

const sorted = <M>(messages: readonly M[]): readonly M[] =>
  messages
    .map((message) => ({ message, text: encode(message) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ message }) => message);

const indexOf = (messages: readonly unknown[], message: unknown): number => {
  const text = encode(message);
  return messages.findIndex((other) => encode(other) === text);
};

const without = <M>(messages: readonly M[], message: M, name: string): readonly M[] => {
  const index = indexOf(messages, message);
  if (index < 0) throw new Error(`${encode(message)} is not in ${name}`);
  return messages.filter((_, i) => i !== index);
};

/** Messages in no order, each as often as it was added; a sorted array. Removing one that is not there throws. */
export const bag = <M>(name: string): Kind<readonly M[], CollectionOperation<M>> => ({
  name,
  apply: (messages, operation) =>
    'add' in operation ? sorted([...messages, operation.add]) : without(messages, operation.remove, name),
});

/** Messages in no order, each once, so that sending again changes nothing; a sorted array. */
export const set = <M>(name: string): Kind<readonly M[], CollectionOperation<M>> => ({
  name,
  apply: (messages, operation) => {
    if ('remove' in operation) return without(messages, operation.remove, name);
    return indexOf(messages, operation.add) < 0 ? sorted([...messages, operation.add]) : messages;
  },
});

/** Named budgets. Spending one that is used up throws: the group should have asked first. */
export const counters = <N extends string>(
  name: string,
): Kind<Readonly<Record<N, number>>, { readonly spend: N }> => ({
  name,
  apply: (budgets, { spend }) => {
    const left = budgets[spend];
    if (!(left > 0)) throw new Error(`nothing left of ${spend} in ${name}`);
    return { ...budgets, [spend]: left - 1 };
  },
});

/** History that no action reads: each observation is folded into it. */
export const fold = <V, O>(name: string, observe: (value: V, observation: O) => V): Kind<V, O> => ({
  name,
  apply: observe,
});
