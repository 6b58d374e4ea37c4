/** Everything that the tables remember of calls of the model's functions: views, operations, groups and properties. */
import { encode } from '../canonical.js';
import { argumentValueOf } from '../engine/arguments.js';
import type { Components } from '../engine/components.js';
import { NOTEWORTHY } from '../engine/outcome.js';
import { forEachPair } from '../engine/pairs.js';
import type { Tables } from '../engine/tables.js';
import { outcomesAgain, rememberedOutcomes } from './outcomes.js';

/** One call: what it gave, and what it gives now; texts, so that they can be compared and shown. */
export interface Memo {
  readonly what: string;
  readonly remembered: () => string;
  readonly again: () => string;
}

type Callback = (memo: Memo) => void;

const forEachView = (tables: Tables, components: Components, callback: Callback): void => {
  const { cells } = tables.memory;
  for (const { view, results, header } of components.views.values()) {
    for (let id = 0; id < components.size; id++) {
      const result = cells[cells[header]! + id]!;
      if (result === 0) continue;
      callback({
        what: `view ${view.name} of ${components.kind.name} ${components.interned.texts[id]}`,
        remembered: () => results.texts[result - 1]!,
        again: () => encode(view.of(components.interned.values[id])),
      });
    }
  }
};

const forEachOperation = (tables: Tables, components: Components, callback: Callback): void => {
  const { kind, interned, operations, operationPairs } = components;
  forEachPair(tables.memory.cells, operationPairs, (id, operation, next) =>
    callback({
      what: `operation ${operations.texts[operation]} of ${kind.name} ${interned.texts[id]}`,
      remembered: () => interned.texts[next - 1]!,
      again: () => encode(kind.apply(interned.values[id], operations.values[operation])),
    }),
  );
};

/**
 * Calls back with the ids of every list of arguments that has a result.
 * @param pairs headers of a chain of tables.
 */
const forEachArguments = (
  cells: Int32Array,
  pairs: readonly number[],
  isSingle: boolean,
  callback: (ids: readonly number[], result: number) => void,
): void => {
  // The values of one table of the chain are the first ids of the next; what led to each of them is kept.
  let before: ReadonlyMap<number, readonly number[]> | undefined;
  for (const [index, header] of pairs.entries()) {
    const isLast = index === pairs.length - 1;
    const prefixes = new Map<number, readonly number[]>();
    forEachPair(cells, header, (node, id, value) => {
      const first = isSingle ? [] : (before?.get(node) ?? [node]);
      if (isLast) callback([...first, id], value);
      else prefixes.set(value - 1, [...first, id]);
    });
    before = prefixes;
  }
};

const forEachGroup = (tables: Tables, callback: Callback): void => {
  for (const { group, list } of tables.groups) {
    forEachArguments(tables.memory.cells, list.pairs, list.arguments.length === 1, (ids, address) => {
      const values = group.reads.map((_, i) => argumentValueOf(list.arguments[i]!, ids[i]!));
      callback({
        what: `group ${group.name} of ${encode(values)}`,
        remembered: () => rememberedOutcomes(tables, address).join('\n'),
        again: () => outcomesAgain(tables, group, values).join('\n'),
      });
    });
  }
};

/** What a property came to: properties of states; those of actions go with the outcomes. */
const forEachAnswer = (tables: Tables, callback: Callback): void => {
  const { cells } = tables.memory;
  for (const { property, isGoal, arguments: reads, tuples } of tables.properties) {
    if (tuples === undefined || property.on === 'action') continue;
    const { list, order, place } = tuples;
    const pairs = list.path.map((node) => node.pairs).filter((header) => header !== 0);
    forEachArguments(cells, pairs, list.path.length === 1, (ids, tuple) => {
      const answer = list.answer(tuple - 1, place);
      if (answer === 0) return;
      const values = property.reads.map((_, i) => argumentValueOf(reads[i]!, ids[order.indexOf(i)]!));
      callback({
        what: `property ${property.name} of ${encode(values)}`,
        remembered: () => String((answer === NOTEWORTHY) === isGoal),
        again: () => encode(property.holds(values)),
      });
    });
  }
};

export const forEachMemo = (tables: Tables, callback: Callback): void => {
  for (const components of tables.kinds) {
    forEachView(tables, components, callback);
    forEachOperation(tables, components, callback);
  }
  forEachGroup(tables, callback);
  forEachAnswer(tables, callback);
};
