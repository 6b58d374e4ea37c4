/**
 * A model executed in the plain: whole states, no tables, no memory of anything. What the engine finds is executed again
 * here before it is reported, traces are replayed here, and an explorer walks here. Slow, and obviously right.
 */
import { encode, same } from './canonical.js';
import {
  type Action,
  argumentValue,
  type Goal,
  type Group,
  type Invariant,
  type Model,
  type Outcome,
  type Read,
  type Slot,
  type Write,
} from './model.js';

/** A state: one component a slot, in the order of `model.slots`. */
export type State = readonly unknown[];

export interface Successor {
  readonly group: Group;
  readonly outcome: Outcome;
  readonly state: State;
}

export interface Step {
  readonly action: Action;
  readonly outcome: Outcome;
  readonly state: State;
}

export const initialState = (model: Model): State => model.slots.map((slot) => slot.initial);

/** A state by the names of its slots, to be printed or compared. */
export const named = (model: Model, state: State): Readonly<Record<string, unknown>> =>
  Object.fromEntries(model.slots.map((slot, index) => [slot.name, state[index]]));

/** Canonical text of a state; equal states have equal texts. */
export const stateKey = (state: State): string => encode(state, 'state');

const slotIndex = (model: Model, slot: Slot<any, any>): number => {
  const index = model.slots.indexOf(slot);
  if (index < 0) throw new Error(`slot ${slot.name} is not a slot of the model ${model.name}`);
  return index;
};

const seenBy = (model: Model, state: State, argument: Read<any>): unknown =>
  argumentValue(argument, state[slotIndex(model, argument.slot)]);

const values = (model: Model, state: State, reads: readonly Read<any>[]): readonly unknown[] =>
  reads.map((argument) => seenBy(model, state, argument));

const written = (state: State, index: number, write: Write): unknown =>
  'operation' in write ? write.slot.kind.apply(state[index], write.operation) : write.value;

const applyWrites = (model: Model, state: State, writes: readonly Write[]): State => {
  const next = [...state];
  const seen = new Set<number>();
  for (const write of writes) {
    const index = slotIndex(model, write.slot);
    if (seen.has(index)) throw new Error(`two writes of the slot ${write.slot.name} in one outcome`);
    seen.add(index);
    next[index] = written(state, index, write);
  }
  return next;
};

/** What one group offers in a state, for whoever knows that its urgency is no obstacle. */
export const successorsBy = (model: Model, state: State, group: Group): readonly Successor[] =>
  group.when.every((condition) => seenBy(model, state, condition) === true)
    ? group
        .outcomes(values(model, state, group.reads))
        .map((outcome) => ({ group, outcome, state: applyWrites(model, state, outcome.writes) }))
    : [];

const successorsOf = (model: Model, state: State, urgency: Group['urgency']): readonly Successor[] =>
  model.groups
    .filter((group) => group.urgency === urgency)
    .flatMap((group) => successorsBy(model, state, group));

/**
 * Everything that can happen in a state, self-loops included, in the engine's order: what is progress, what is idle if
 * there was none, and what the environment may do; within each, in the order of the groups.
 */
export const enabled = (model: Model, state: State): readonly Successor[] => {
  const progress = successorsOf(model, state, 'progress');
  const idle = progress.length > 0 ? [] : successorsOf(model, state, 'idle');
  return [...progress, ...idle, ...successorsOf(model, state, 'environment')];
};

/** Whether nothing but the environment can act here. */
export const isTerminal = (successors: readonly Successor[]): boolean =>
  successors.every(({ group }) => group.urgency === 'environment');

/**
 * Follows the actions from the initial state.
 * @returns the states on the way, each with the action that led to it (not the initial one).
 * @throws Error naming the step whose action is not enabled, or stands for two different successors.
 */
export const execute = (model: Model, path: readonly Action[]): readonly Step[] => {
  const steps: Step[] = [];
  let state = initialState(model);
  for (const [index, action] of path.entries()) {
    const next = successorBy(model, state, action, index + 1);
    state = next.state;
    steps.push({ action: next.outcome.action, outcome: next.outcome, state });
  }
  return steps;
};

const successorBy = (model: Model, state: State, action: Action, step: number): Successor => {
  const matching = enabled(model, state).filter(({ outcome }) => same(outcome.action, action));
  const [first] = matching;
  if (first === undefined) throw new Error(`step ${step}: ${encode(action)} is not enabled`);
  if (matching.some((other) => stateKey(other.state) !== stateKey(first.state))) {
    throw new Error(`step ${step}: ${encode(action)} names two different successors`);
  }
  return first;
};

/** Whether an invariant, or what a goal asks for, holds where it applies; it holds where it does not apply. */
export const holds = (
  model: Model,
  property: Invariant | Goal,
  state: State,
  outcome: Outcome | undefined,
): boolean => {
  switch (property.on) {
    case 'action':
      return outcome === undefined || property.holds(outcome);
    case 'terminal':
      return !isTerminal(enabled(model, state)) || property.holds(values(model, state, property.reads));
    case 'state':
      return property.holds(values(model, state, property.reads));
  }
};

/** The offending values of a property that is false here: what it explains, or else what it read. */
export const offending = (
  model: Model,
  property: Invariant | Goal,
  state: State,
  outcome: Outcome | undefined,
): unknown => {
  if (property.on === 'action') {
    if (outcome === undefined) throw new Error(`${property.name} is about actions, and none led here`);
    return property.explain ? property.explain(outcome) : (outcome.observed ?? []);
  }
  const read = values(model, state, property.reads);
  if (property.explain) return property.explain(read);
  return Object.fromEntries(
    property.reads.map((argument, i) => [
      argument.view ? `${argument.slot.name}.${argument.view.name}` : argument.slot.name,
      read[i],
    ]),
  );
};
