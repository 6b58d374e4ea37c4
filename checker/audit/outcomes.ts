/**
 * Outcomes of a group in words: as the tables hold them, and as the model gives them now. What the tables have kept of an
 * outcome is the name of its action, what it writes, and which properties of actions are noteworthy of it.
 */
import { encode } from '../canonical.js';
import { ENTRY, FLAGS, NAME, OPERATIONS, PAIRS, VALUES } from '../engine/outcome.js';
import type { Tables } from '../engine/tables.js';
import type { Group, Outcome } from '../model.js';

/** By slot: the component that an outcome leaves there, or the operation on one that is not known beforehand. */
type Writes = Readonly<Record<string, string>>;

const inWords = (action: string, writes: Writes, noteworthy: readonly string[]): string =>
  encode({ action, writes, noteworthy });

const rememberedOutcome = (tables: Tables, outcome: number): string => {
  const { memory, model, components, properties } = tables;
  const { cells } = memory;
  const writes: Record<string, string> = {};
  const valuesEnd = PAIRS + 2 * cells[outcome + VALUES]!;
  const end = valuesEnd + 2 * cells[outcome + OPERATIONS]!;
  for (let pair = PAIRS; pair < end; pair += 2) {
    const slot = cells[outcome + pair]!;
    const { interned, operations } = components[slot]!;
    const id = cells[outcome + pair + 1]!;
    writes[model.slots[slot]!.name] =
      pair < valuesEnd ? interned.texts[id]! : `operation ${operations.texts[id]}`;
  }
  const flags = cells[outcome + FLAGS]!;
  const count = flags === 0 ? 0 : cells[flags]!;
  const noteworthy = [...cells.subarray(flags + 1, flags + 1 + count)].map(
    (one) => properties[one]!.property.name,
  );
  return inWords(model.actions[cells[outcome + NAME]!]!, writes, noteworthy);
};

/** @param list address of a list of outcomes. */
export const rememberedOutcomes = (tables: Tables, list: number): readonly string[] => {
  const { cells } = tables.memory;
  return Array.from({ length: cells[list]! }, (_, i) =>
    rememberedOutcome(tables, cells[list + 1 + ENTRY * i]!),
  );
};

const outcomeAgain = (tables: Tables, group: Group, values: readonly unknown[], outcome: Outcome): string => {
  const writes: Record<string, string> = {};
  for (const write of outcome.writes) {
    const { slot } = write;
    if (!('operation' in write)) {
      writes[slot.name] = encode(write.value);
      continue;
    }
    // Where the group reads the slot whole, the operation has been carried out already.
    const whole = group.reads.findIndex((read) => read.slot === slot && read.view === undefined);
    writes[slot.name] =
      whole >= 0
        ? encode(slot.kind.apply(values[whole], write.operation))
        : `operation ${encode(write.operation)}`;
  }
  const noteworthy = tables.properties.flatMap(({ property, isGoal }) =>
    property.on === 'action' && property.holds(outcome) === isGoal ? [property.name] : [],
  );
  return inWords(outcome.action.name, writes, noteworthy);
};

export const outcomesAgain = (tables: Tables, group: Group, values: readonly unknown[]): readonly string[] =>
  group.outcomes(values).map((outcome) => outcomeAgain(tables, group, values, outcome));
