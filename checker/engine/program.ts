/**
 * The groups and the properties of a model as integers that the search interprets; everything about a model that does
 * not change during a run, in a form that other threads can be sent.
 *
 * A group: [its number, number of reads, then its reads].
 * A property: [node that stands for its list of arguments, header of the list's rows, width of a row, place in it].
 * Reads: (slot, view header or 0) for each, then the headers of their chain of pair tables.
 */
import type { ArgumentList } from './arguments.js';
import type { Tables } from './tables.js';

export interface Program {
  readonly code: Int32Array;
  /**
   * Groups are bits of words, in the order progress, idle, environment, each of which begins with a word of its own;
   * these are the ends of the three. A component of a slot rules groups out, by their conditions on that slot.
   */
  readonly progressEnd: number;
  readonly idleEnd: number;
  readonly environmentEnd: number;
  /** Bits that stand for groups. */
  readonly allGroups: Int32Array;
  /** Address of the code of each group, by bit. */
  readonly groups: Int32Array;
  /** Slots that conditions look at; and word by word those that the conditions of its groups do, each list with its end. */
  readonly conditioned: Int32Array;
  readonly conditionedByWord: Int32Array;
  readonly conditionedEnds: Int32Array;
  /**
   * By slot: the cell with the address of the table of its conditions; 0 where there are none. An entry is the address of
   * a component's words of bits, 0 while they are not known. These are never moved.
   */
  readonly conditionHeaders: Int32Array;
  /** By slot, as many words as there are: the groups that read it or have a condition on it. */
  readonly readers: Int32Array;
  /** Address of each property; 0 for one of actions, which is known by its outcome alone. */
  readonly properties: Int32Array;
  /** Address, in the tables, of each property as a list of checks of its own. */
  readonly checks: Int32Array;
  /** The tree of their lists, by node: parent or -1, slot, view header or 0, header of its pair table or 0. */
  readonly nodes: Int32Array;
  /** Address, in the tables, of the list of checks of terminal states. */
  readonly terminalChecks: number;
  readonly slots: number;
  /** By slot: the header of its kind's memo of operations, and the cell with the address of its contributions. */
  readonly operationPairs: Int32Array;
  readonly mixHeaders: Int32Array;
  /** Number of permutations, and by slot the cell with the address of the contributions to images; 0 without symmetry. */
  readonly permutations: number;
  readonly imageHeaders: Int32Array;
}

const readsCode = (list: ArgumentList): readonly number[] => [
  ...list.arguments.flatMap(({ slot, view }) => [slot, view?.header ?? 0]),
  ...list.pairs,
];

export const compileProgram = (tables: Tables): Program => {
  const code: number[] = [];
  const words = tables.groupWords;
  const groups = new Int32Array(32 * words.environmentEnd);
  const allGroups = new Int32Array(words.environmentEnd);
  for (const [number, { bit, list }] of tables.groups.entries()) {
    groups[bit] = code.length;
    allGroups[bit >> 5]! |= 1 << (bit & 31);
    code.push(number, list.arguments.length, ...readsCode(list));
  }
  const readers = new Int32Array(tables.components.length * words.environmentEnd);
  for (const { bit, list, when } of tables.groups) {
    for (const { slot } of [...list.arguments, ...when])
      readers[slot * words.environmentEnd + (bit >> 5)]! |= 1 << (bit & 31);
  }
  const conditionedByWord = Array.from({ length: words.environmentEnd }, (_, word) => [
    ...new Set(
      tables.groups.flatMap(({ bit, when }) => (bit >> 5 === word ? when.map(({ slot }) => slot) : [])),
    ),
  ]);
  const properties = Int32Array.from(tables.properties, ({ tuples }) => {
    if (tuples === undefined) return 0;
    const { list, place } = tuples;
    const address = code.length;
    code.push(list.path.at(-1)!.number, list.header, list.width, place);
    return address;
  });
  return {
    ...words,
    code: Int32Array.from(code),
    groups,
    allGroups,
    properties,
    checks: Int32Array.from(tables.properties.keys(), (property) => tables.checks([property])),
    nodes: Int32Array.from(
      tables.tupleNodes.flatMap(({ parent, argument, pairs }) => [
        parent,
        argument.slot,
        argument.view?.header ?? 0,
        pairs,
      ]),
    ),
    conditioned: Int32Array.from(
      [...tables.conditionHeaders.keys()].filter((slot) => tables.conditionHeaders[slot] !== 0),
    ),
    conditionedByWord: Int32Array.from(conditionedByWord.flat()),
    conditionedEnds: Int32Array.from(conditionedByWord.keys(), (word) =>
      conditionedByWord.slice(0, word + 1).reduce((sum, slots) => sum + slots.length, 0),
    ),
    conditionHeaders: tables.conditionHeaders,
    readers,
    terminalChecks: tables.checks(tables.terminalProperties()),
    slots: tables.components.length,
    operationPairs: tables.operationPairs,
    mixHeaders: tables.mixHeaders,
    permutations: tables.symmetry?.permutations.length ?? 0,
    imageHeaders: tables.imageHeaders,
  };
};
