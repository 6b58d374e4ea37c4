/**
 * The groups and the properties of a model as one array of integers that the search interprets.
 *
 * A group: [address of the next group, its number, number of conditions, number of reads,
 *           (slot, view header) for each condition, then its reads].
 * A property: [number of reads, then its reads].
 * Reads: (slot, view header or 0) for each, then the headers of their chain of pair tables.
 */
import type { ArgumentList } from './arguments.js';
import type { Tables } from './tables.js';

export interface Code {
  readonly cells: Int32Array;
  /** Groups lie in the order progress, idle, environment; these are the ends of the three. */
  readonly progressEnd: number;
  readonly idleEnd: number;
  readonly environmentEnd: number;
  /** Address of each property; 0 for one of actions, which is known by its outcome alone. */
  readonly properties: Int32Array;
  /** Numbers of the invariants that are asked of terminal states. */
  readonly terminal: Int32Array;
}

const readsCode = (list: ArgumentList): readonly number[] => [
  ...list.arguments.flatMap(({ slot, view }) => [slot, view?.header ?? 0]),
  ...list.pairs,
];

export const compileCode = (tables: Tables): Code => {
  const cells: number[] = [];
  const ends = { progress: 0, idle: 0, environment: 0 };
  for (const [number, { group, when, list }] of tables.groups.entries()) {
    const conditions = when.flatMap(({ slot, view }) => [slot, view!.header]);
    const reads = readsCode(list);
    const next = cells.length + 4 + conditions.length + reads.length;
    cells.push(next, number, when.length, list.arguments.length, ...conditions, ...reads);
    ends[group.urgency] = next;
  }
  const idleEnd = Math.max(ends.progress, ends.idle);
  const environmentEnd = Math.max(idleEnd, ends.environment);
  const properties = Int32Array.from(tables.properties, ({ list }) => {
    if (list === undefined) return 0;
    return cells.push(list.arguments.length, ...readsCode(list)) - 1 - readsCode(list).length;
  });
  const terminal = [...tables.properties.keys()].filter(
    (p) => tables.properties[p]!.property.on === 'terminal',
  );
  return {
    cells: Int32Array.from(cells),
    progressEnd: ends.progress,
    idleEnd,
    environmentEnd,
    properties,
    terminal: Int32Array.from(terminal),
  };
};
