/**
 * Replay: a trace is executed again, step by step, through the plain functions of its model, and every component of every
 * state must be the one that the file says, no more and no fewer. A trace that claims a violation must break that very
 * property, at its last state and not before.
 */
import type { Invariant, Model, Outcome } from '../checker/model.js';
import { enabled, holds, initialState, named, offending, type State } from '../checker/plain.js';
import { type Difference, difference, same } from './difference.js';
import type { Trace, TraceStep } from './format.js';
import { changedSlots } from './record.js';

/** Expected is what the model says, found is what the trace says. */
export interface Mismatch {
  /** 0: the header or the initial state. */
  readonly step: number;
  readonly what: string;
  readonly fields: readonly {
    readonly path: string;
    readonly expected?: unknown;
    readonly found?: unknown;
  }[];
  /** The actions that were possible, where the trace's was not. */
  readonly enabled?: readonly unknown[];
}

/** `steps`: how many of them matched. */
export type Replay =
  | { readonly matches: true; readonly steps: number }
  | { readonly matches: false; readonly steps: number; readonly mismatch: Mismatch };

interface Here {
  readonly state: State;
  readonly outcome: Outcome | undefined;
}

const fieldsOf = (differences: readonly Difference[]): Mismatch['fields'] =>
  differences.map(({ path, ...change }) => ({
    path,
    ...('from' in change && { expected: change.from }),
    ...('to' in change && { found: change.to }),
  }));

const mismatch = (step: number, what: string, expected: unknown, found: unknown): Mismatch => ({
  step,
  what,
  fields: fieldsOf(difference(expected, found)),
});

/** Fields that the header does not mention have their defaults, so that a model may grow one. */
const checkHeader = (model: Model, trace: Trace): Mismatch | undefined => {
  const { config, initial, model: name } = trace.header;
  if (name !== model.name) {
    return mismatch(0, 'the trace is of another model', { model: model.name }, { model: name });
  }
  const mentioned = Object.keys(config).filter((key) => Object.hasOwn(model.config, key));
  const expected = Object.fromEntries(mentioned.map((key) => [key, model.config[key]]));
  if (!same(expected, config)) {
    return mismatch(0, 'the model reads the configuration differently', expected, config);
  }
  const start = named(model, initialState(model));
  return same(start, initial) ? undefined : mismatch(0, 'the initial state differs', start, initial);
};

const findProperty = (model: Model, trace: Trace): Invariant | Mismatch | undefined => {
  const { violation } = trace;
  if (violation === undefined) return undefined;
  const property = model.invariants.find(({ name }) => name === violation.property);
  if (property === undefined) {
    const names = model.invariants.map(({ name }) => name);
    return {
      step: 0,
      what: `the model has no invariant named ${violation.property}`,
      fields: [{ path: 'property', expected: names, found: violation.property }],
    };
  }
  if (property.claim === violation.claim) return property;
  return mismatch(0, 'the claim differs', { claim: property.claim }, { claim: violation.claim });
};

/** Whether the property holds where it should and breaks where it should. */
const checkProperty = (
  model: Model,
  property: Invariant,
  trace: Trace,
  step: number,
  { state, outcome }: Here,
): Mismatch | undefined => {
  const last = step === trace.steps.length;
  const held = holds(model, property, state, outcome);
  if (held && !last) return undefined;
  if (held)
    return mismatch(step, `${property.name} still holds at the end`, { holds: true }, { holds: false });
  if (!last)
    return mismatch(step, `${property.name} breaks before the end`, { holds: false }, { holds: true });
  const values = offending(model, property, state, outcome) ?? null;
  if (same(values, trace.violation?.offending)) return undefined;
  return mismatch(step, 'the offending values differ', values, trace.violation?.offending);
};

/** Those of the same name first: the likeliest to be what was meant. */
const similarFirst = (actions: readonly Outcome['action'][], name: string): readonly Outcome['action'][] => [
  ...actions.filter((action) => action.name === name),
  ...actions.filter((action) => action.name !== name),
];

const take = (model: Model, { state }: Here, { step, action, changed }: TraceStep): Here | Mismatch => {
  const successors = enabled(model, state);
  const candidates = successors.filter(({ outcome }) => same(outcome.action, action));
  const [first] = candidates;
  if (first === undefined) {
    const possible = similarFirst(
      successors.map(({ outcome }) => outcome.action),
      action.name,
    );
    const what = 'the action is not enabled here';
    return { step, what, fields: [{ path: 'action', found: action }], enabled: possible };
  }
  const exact = candidates.find((candidate) => same(changedSlots(model, state, candidate.state), changed));
  if (exact !== undefined) return { state: exact.state, outcome: exact.outcome };
  const before = named(model, state);
  const expected = changedSlots(model, state, first.state);
  return { step, what: 'the step changes other things', fields: changeFields(before, expected, changed) };
};

/** Slot by slot: a slot that only one side changes is compared with what it was before. */
const changeFields = (
  before: Readonly<Record<string, unknown>>,
  expected: Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, unknown>>,
): Mismatch['fields'] =>
  [...new Set([...Object.keys(expected), ...Object.keys(found)])].flatMap((slot) => {
    if (!Object.hasOwn(before, slot)) return [{ path: slot, found: found[slot] }];
    const model = Object.hasOwn(expected, slot) ? expected[slot] : before[slot];
    const trace = Object.hasOwn(found, slot) ? found[slot] : before[slot];
    const fields = fieldsOf(difference(model, trace, slot));
    const listed = Object.hasOwn(expected, slot) === Object.hasOwn(found, slot);
    // The trace lists a slot that the step leaves alone, with the component that it had.
    if (fields.length === 0 && !listed)
      return [{ path: slot, expected: 'unchanged', found: 'listed as changed' }];
    return fields;
  });

const isMismatch = (value: object | undefined): value is Mismatch => value !== undefined && 'what' in value;

export const replay = (model: Model, trace: Trace): Replay => {
  const wrong = (steps: number, mismatch: Mismatch): Replay => ({ matches: false, steps, mismatch });
  const header = checkHeader(model, trace);
  if (header !== undefined) return wrong(0, header);
  const property = findProperty(model, trace);
  if (isMismatch(property)) return wrong(0, property);
  let here: Here = { state: initialState(model), outcome: undefined };
  for (let n = 0; n <= trace.steps.length; n++) {
    if (n > 0) {
      const next = take(model, here, trace.steps[n - 1]!);
      if (isMismatch(next)) return wrong(n - 1, next);
      here = next;
    }
    const broken = property && checkProperty(model, property, trace, n, here);
    if (broken !== undefined) return wrong(Math.max(0, n - 1), broken);
  }
  return { matches: true, steps: trace.steps.length };
};
