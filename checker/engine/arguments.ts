/**
 * Lists of arguments (what a group reads) as integers, and the memo from their ids to a result.
 *
 * Code of a list: [n, then n of (slot, view header or 0), then the headers of the chain of pair tables]. The chain has
 * one table where n is 1 (looked up as the pair (0, id)) and n - 1 otherwise.
 */
import type { Read, Slot } from '../model.js';
import type { Components, ViewTable } from './components.js';
import type { Memory } from './memory.js';
import { createPairs, find, insert } from './pairs.js';
import type { ModelClock } from './thrown.js';

export interface Argument {
  readonly slot: number;
  readonly components: Components;
  readonly view: ViewTable | undefined;
}

export interface ArgumentList {
  readonly arguments: readonly Argument[];
  readonly pairs: readonly number[];
}

/** Id of an argument's value for a component, asking the view if it has not been asked before. */
export const argumentIdOf = (
  memory: Memory,
  clock: ModelClock,
  { view, components }: Argument,
  component: number,
): number => {
  if (view === undefined) return component;
  const known = memory.cells[memory.cells[view.header]! + component]!;
  if (known !== 0) return known - 1;
  const what = `view ${view.view.name} of ${components.kind.name}`;
  const id = clock.call(what, () =>
    view.results.idOf(view.view.of(components.interned.values[component]), what),
  );
  Atomics.store(memory.cells, memory.cells[view.header]! + component, id + 1);
  return id;
};

export const argumentValueOf = (argument: Argument, id: number): unknown =>
  (argument.view?.results ?? argument.components.interned).values[id];

export const compileArguments = (
  reads: readonly Read<any>[],
  slotOf: (slot: Slot<any, any>) => number,
  componentsOf: readonly Components[],
): readonly Argument[] =>
  reads.map(({ slot, view }): Argument => {
    const index = slotOf(slot);
    const components = componentsOf[index]!;
    return { slot: index, components, view: view && components.addView(view) };
  });

/** A list of one or more arguments, with a memo of its own. */
export const chainOf = (memory: Memory, list: readonly Argument[]): ArgumentList => ({
  arguments: list,
  pairs: Array.from({ length: Math.max(1, list.length - 1) }, () => createPairs(memory)),
});

export const nothing = { name: 'nothing', of: () => null } as const;

/** The result memoised for these ids, which are as many as the arguments; 0 if there is none. */
export const memoised = (memory: Memory, list: ArgumentList, ids: readonly number[]): number => {
  let node = ids.length === 1 ? 0 : ids[0]!;
  let result = 0;
  for (let i = 0; i < list.pairs.length; i++) {
    result = find(memory.cells, list.pairs[i]!, node, ids[i + (ids.length === 1 ? 0 : 1)]!);
    if (result === 0) return 0;
    node = result - 1;
  }
  return result;
};

/** Memoises a positive result. `nodes[i]` counts the values given out by the i-th table of the chain. */
export const memoise = (
  memory: Memory,
  list: ArgumentList,
  nodes: Int32Array,
  ids: readonly number[],
  result: number,
): void => {
  const last = list.pairs.length - 1;
  const first = ids.length === 1 ? 0 : 1;
  let node = ids.length === 1 ? 0 : ids[0]!;
  for (let i = 0; i < last; i++) {
    const id = ids[i + first]!;
    let value = find(memory.cells, list.pairs[i]!, node, id);
    if (value === 0) {
      value = ++nodes[i]!;
      insert(memory, list.pairs[i]!, node, id, value);
    }
    node = value - 1;
  }
  insert(memory, list.pairs[last]!, node, ids[last + first]!, result);
};
