/** From a path of actions to a trace: the path is executed in the plain, and each step keeps what it changed. */
import type { Action, Model } from '../checker/model.js';
import { execute, initialState, named, type State } from '../checker/plain.js';
import { same } from './difference.js';
import { TRACE_VERSION, type Trace, type TraceStep, type TraceViolation } from './format.js';

/** The slots whose components differ, by name, each with its new component. */
export const changedSlots = (model: Model, before: State, after: State): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    model.slots
      .map((slot, i) => [slot.name, i] as const)
      .filter(([, i]) => !same(before[i], after[i]))
      .map(([name, i]) => [name, after[i]]),
  );

/** @throws Error if an action of the path is not enabled where it stands. */
export const recordTrace = (model: Model, path: readonly Action[], violation?: TraceViolation): Trace => {
  const states = execute(model, path);
  const steps = states.map(({ action, state }, i): TraceStep => {
    const before = i === 0 ? initialState(model) : states[i - 1]!.state;
    return { step: i + 1, action, changed: changedSlots(model, before, state) };
  });
  const broken = violation && { property: violation.property, claim: violation.claim };
  return {
    header: {
      format: 'zab-trace',
      version: TRACE_VERSION,
      model: model.name,
      config: { ...model.config },
      ...broken,
      initial: named(model, initialState(model)),
    },
    steps,
    // Picked, since what is passed may be a violation with more to it.
    ...(violation && { violation: { ...broken!, offending: violation.offending ?? null } }),
  };
};
