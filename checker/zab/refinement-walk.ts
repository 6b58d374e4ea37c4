/** Random walks through a model in the plain, from a seed: for ensembles too big to exhaust. */
import type { Model } from '../model.js';
import { enabled, initialState, isTerminal, type State, type Successor } from '../plain.js';

/** Mulberry32: at least 0, less than 1; the same seed, the same sequence. */
const random = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

export interface Walk {
  readonly seed: number;
  readonly steps: number;
  /** How likely the environment gets its turn while the protocol could go on: else all faults would come at once. */
  readonly faults: number;
}

/** Calls back for every step. The walk ends early where nothing at all can happen. */
export const walk = (
  model: Model,
  { seed, steps, faults }: Walk,
  onStep: (before: State, step: Successor) => void,
): void => {
  const next = random(seed);
  let state = initialState(model);
  for (let i = 0; i < steps; i++) {
    const all = enabled(model, state);
    const wantsFault = isTerminal(all) || next() < faults;
    const some = all.filter(({ group }) => (group.urgency === 'environment') === wantsFault);
    const choices = some.length > 0 ? some : all;
    const step = choices[Math.floor(next() * choices.length)];
    if (step === undefined) return;
    onStep(state, step);
    state = step.state;
  }
};
