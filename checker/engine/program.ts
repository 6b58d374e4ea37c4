/**
 * The groups and the properties of a model as integers that the search interprets; everything about a model that does
 * not change during a run, in a form that other threads can be sent.
 *
 * A group: [address of the next group, its number, number of conditions, number of reads,
 *           (slot, view header) for each condition, then its reads].
 * A property: [number of reads, then its reads].
 * Reads: (slot, view header or 0) for each, then the headers of their chain of pair tables.
 */
import type { ArgumentList } from './arguments.js';
import type { Tables } from './tables.js';

export interface Program {
  readonly code: Int32Array;
  /** Groups lie in the order progress, idle, environment; these are the ends of the three. */
  readonly progressEnd: number;
  readonly idleEnd: number;
  readonly environmentEnd: number;
  /** Address of each property; 0 for one of actions, which is known by its outcome alone. */
  readonly properties: Int32Array;
  /** Numbers of the properties that are asked of terminal states. */
  readonly terminal: Int32Array;
  readonly slots: number;
  /** By slot: the header of its kind's memo of operations, and the cell with the address of its contributions. */
  readonly operationPairs: Int32Array;
  readonly mixHeaders: Int32Array;
}

const readsCode = (list: ArgumentList): readonly number[] => [
  ...list.arguments.flatMap(({ slot, view }) => [slot, view?.header ?? 0]),
  ...list.pairs,
];

export const compileProgram = (tables: Tables): Program => {
  const code: number[] = [];
  const ends = { progress: 0, idle: 0, environment: 0 };
  for (const [number, { group, when, list }] of tables.groups.entries()) {
    const conditions = when.flatMap(({ slot, view }) => [slot, view!.header]);
    const reads = readsCode(list);
    const next = code.length + 4 + conditions.length + reads.length;
    code.push(next, number, when.length, list.arguments.length, ...conditions, ...reads);
    ends[group.urgency] = next;
  }
  const idleEnd = Math.max(ends.progress, ends.idle);
  const properties = Int32Array.from(tables.properties, ({ list }) => {
    if (list === undefined) return 0;
    const address = code.length;
    code.push(list.arguments.length, ...readsCode(list));
    return address;
  });
  return {
    code: Int32Array.from(code),
    progressEnd: ends.progress,
    idleEnd,
    environmentEnd: Math.max(idleEnd, ends.environment),
    properties,
    terminal: Int32Array.from(tables.terminalProperties()),
    slots: tables.components.length,
    operationPairs: tables.operationPairs,
    mixHeaders: tables.mixHeaders,
  };
};
