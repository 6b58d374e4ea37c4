/** Runs for tests, made by walking through a model in the plain: as long as wanted, the same at each run, no search. */
import type { ModelDefinition } from '../checker/definition.js';
import type { Action, Model } from '../checker/model.js';
import { enabled, initialState, type State, type Successor } from '../checker/plain.js';
import type { Trace, TraceViolation } from './format.js';
import { recordTrace } from './record.js';

export const modelOf = (definition: ModelDefinition, config: Record<string, unknown> = {}): Model =>
  definition.build(definition.schema.parse(config));

/** Of those enabled, which to take; undefined ends the walk. */
export type Choice = (successors: readonly Successor[], step: number) => Successor | undefined;

export const walk = (model: Model, steps: number, choose: Choice): readonly Action[] => {
  const path: Action[] = [];
  let state: State = initialState(model);
  for (let step = 0; step < steps; step++) {
    const next = choose(enabled(model, state), step);
    if (next === undefined) break;
    path.push(next.outcome.action);
    state = next.state;
  }
  return path;
};

/** Takes what a small linear generator says: any walk, but always the same one for a seed. */
export const anything = (seed: number): Choice => {
  let state = seed;
  return (successors) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return successors[Math.floor((state / 2 ** 32) * successors.length)];
  };
};

/** Mostly the protocol's own doing, now and then a fault: runs that get somewhere, and are long. */
export const lively = (seed: number): Choice => {
  const pick = anything(seed);
  let state = seed;
  return (successors, step) => {
    state = (Math.imul(state, 22695477) + 1) >>> 0;
    const progress = successors.filter(({ group }) => group.urgency === 'progress');
    const fault = progress.length === 0 || state / 2 ** 32 < 0.04;
    return pick(fault ? successors : progress, step);
  };
};

/** The names of actions in order; between them, the first progress there is, until the next name is enabled. */
export const script = (...wanted: readonly (string | ((action: Action) => boolean))[]): Choice => {
  const left = [...wanted];
  return (successors) => {
    const [next] = left;
    const found = successors.find(({ outcome: { action } }) =>
      typeof next === 'function' ? next(action) : action.name === next,
    );
    if (found !== undefined) {
      left.shift();
      return found;
    }
    return successors.find(({ group }) => group.urgency === 'progress');
  };
};

export const traceOf = (model: Model, path: readonly Action[], violation?: TraceViolation): Trace =>
  recordTrace(model, path, violation);
