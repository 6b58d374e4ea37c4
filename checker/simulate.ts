/**
 * Simulates a model: seeded random walks through its memo tables, for ensembles too big to exhaust. What breaks on the
 * way is executed again in the plain, shrunk, and reported as a search would report it. Nothing is ever verified.
 */

import { Tables } from './engine/tables.js';
import { Thrown } from './engine/thrown.js';
import { ModelError } from './errors.js';
import type { Goal, Invariant, Model } from './model.js';
import { enabled, execute, holds, initialState, offending } from './plain.js';
import type { SimulatedViolation, SimulateOptions, SimulateResult, Stop } from './simulate/result.js';
import { type Step, shrink } from './simulate/shrink.js';
import { type Noticed, Walker } from './simulate/walker.js';

export const DEFAULT_WALKS = 1000;
export const DEFAULT_DEPTH = 500;

const BREATH_MS = 100;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Simulation {
  readonly tables: Tables;
  readonly walker: Walker;
  walks = 0;
  stop: Stop | undefined;
  private readonly started = performance.now();
  private lastBreath = this.started;

  constructor(
    model: Model,
    private readonly options: SimulateOptions,
  ) {
    const { seed, depth = DEFAULT_DEPTH, keepGoing = false } = options;
    this.tables = new Tables(model);
    this.walker = new Walker(this.tables, seed, depth, keepGoing);
  }

  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  async run(): Promise<void> {
    while (this.stop === undefined) {
      const broken = this.walker.walk(++this.walks);
      if (broken && !this.options.keepGoing) this.stop = 'violation';
      else if (this.walks >= this.walksAtMost)
        this.stop = this.options.walks === undefined ? 'default' : 'walks';
      if (performance.now() - this.lastBreath >= BREATH_MS) await this.breathe();
    }
  }

  private get walksAtMost(): number {
    const { walks, seconds } = this.options;
    return walks ?? (seconds === undefined ? DEFAULT_WALKS : Number.POSITIVE_INFINITY);
  }

  private async breathe(): Promise<void> {
    const { onProgress, interrupted } = this.options;
    const { walks, seconds, walker } = this;
    const { steps, taken, met } = walker;
    onProgress?.({ walks, steps, taken: taken.count, met: met.count, seconds });
    await nextTurn();
    if (interrupted?.()) this.stop ??= 'interrupted';
    else if (seconds >= (this.options.seconds ?? Number.POSITIVE_INFINITY)) this.stop ??= 'seconds';
    this.lastBreath = performance.now();
  }
}

/**
 * Walks until something breaks or a stop condition is met.
 *
 * The result depends on nothing but the model, the seed and the number of walks.
 *
 * @throws ModelError with the path that led there, if a function of the model throws or returns what it must not.
 */
export const simulate = async (model: Model, options: SimulateOptions): Promise<SimulateResult> => {
  const simulation = new Simulation(model, options);
  try {
    await simulation.run();
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    const path = retraced(model, simulation.walker.trail).map(({ action }) => action);
    throw new ModelError(error.message, path, { cause: error.cause });
  }
  return report(model, simulation, options);
};

/** The walk again in the plain, by the numbers of its actions. */
const retraced = (model: Model, trail: readonly number[]): readonly Step[] => {
  let state = initialState(model);
  return trail.map((number, index) => {
    const successor = enabled(model, state)[number];
    if (successor === undefined)
      throw new Error(`internal error: the walk and the plain model disagree at step ${index + 1}`);
    ({ state } = successor);
    return { group: successor.group, action: successor.outcome.action };
  });
};

const report = (model: Model, simulation: Simulation, options: SimulateOptions): SimulateResult => {
  const { walker, tables, walks, seconds } = simulation;
  const { noticed, steps, longest, ended, cutOff, taken, met } = walker;
  const stop = simulation.stop!;
  const broken = noticed
    .slice(0, model.invariants.length)
    .filter((one) => one !== undefined)
    .sort((a, b) => a.walk - b.walk || a.trail.length - b.trail.length || a.property - b.property);
  const wanted = options.keepGoing ? broken : broken.slice(0, 1);
  const asked = stop === 'walks' || stop === 'seconds';
  return {
    verdict: broken.length > 0 ? 'violated' : asked ? 'unviolated' : 'incomplete',
    stop,
    seed: options.seed,
    walks,
    steps,
    longest,
    ended,
    cutOff,
    transitions: { taken: taken.count, met: met.count },
    seconds,
    modelSeconds: tables.clock.milliseconds / 1000,
    invariants: model.invariants.map(({ name, claim, source }, index) => ({
      name,
      claim,
      source,
      holds: noticed[index] === undefined ? null : false,
    })),
    goals: model.goals.map((goal, index) => goalOf(goal, noticed[model.invariants.length + index])),
    coverage: Object.fromEntries(model.actions.map((name, index) => [name, walker.coverage[index]!])),
    violations: wanted.map((one) => violationOf(model, model.invariants[one.property]!, one)),
  };
};

const goalOf = (goal: Goal, noticed: Noticed | undefined): SimulateResult['goals'][number] => ({
  name: goal.name,
  claim: goal.claim,
  needs: goal.needs,
  applicable: goal.applicable,
  reached: noticed ? true : null,
  depth: noticed?.trail.length ?? null,
});

/** The shortened run, executed from the beginning by its actions alone, as a trace is replayed. */
const violationOf = (model: Model, property: Invariant, { trail, walk }: Noticed): SimulatedViolation => {
  const path = trail.length === 0 ? [] : shrink(model, property, retraced(model, trail));
  const last = execute(model, path).at(-1);
  const state = last?.state ?? initialState(model);
  if (holds(model, property, state, last?.outcome))
    throw new Error(`internal error: ${property.name} holds at the end of the run that broke it`);
  return {
    property: property.name,
    claim: property.claim,
    source: property.source,
    depth: path.length,
    path,
    offending: offending(model, property, state, last?.outcome),
    walk,
    foundAt: trail.length,
  };
};
