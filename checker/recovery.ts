/**
 * Whether every reachable state recovers: whether some continuation without new faults leads to where all is well. Asked
 * of the states of a search that has finished. A state from which none does is in a trap, and the first of them in
 * breadth-first order gives a shortest path into it.
 */
import { plainPath } from './counterexample.js';
import { Thrown } from './engine/thrown.js';
import { InputError, ModelError } from './errors.js';
import type { Action, Model } from './model.js';
import type { Recovery } from './recovery/definition.js';
import { type Fate, RECOVERS, TRAPPED } from './recovery/fates.js';
import { Prover } from './recovery/prover.js';
import type { RecoveryBound, RecoveryOptions, RecoveryResult, Trap } from './recovery/result.js';
import { Again, type Searched } from './recovery/states.js';

/** The name under which a trap is reported. */
export const RECOVERY = 'Recovery';

const DEFAULT_MOST_STATES = 100_000;
/** The clock is looked at once in so many states. */
const GLANCE_STATES = 64;
const BREATH_MS = 100;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How component ids of the model become those of the prover's tables, where budgets are granted anew. */
class Beginning {
  private readonly known: Int32Array[];
  private readonly views: readonly ((component: unknown) => unknown)[];

  constructor(
    model: Model,
    recovery: Recovery,
    private readonly searched: Searched,
    private readonly prover: Prover,
  ) {
    this.known = searched.tables.components.map(({ size }) => new Int32Array(size).fill(-1));
    this.views = model.slots.map((slot) => {
      const begin = recovery.begin.find((one) => one.slot === slot);
      return begin === undefined ? (component) => component : (component) => begin.view.of(component);
    });
  }

  of(state: Int32Array, into: Int32Array): void {
    for (let slot = 0; slot < state.length; slot++) {
      const known = this.known[slot]!;
      const id = state[slot]!;
      if (known[id] === -1) known[id] = this.idOf(slot, id);
      into[slot] = known[id]!;
    }
  }

  private idOf(slot: number, id: number): number {
    const { tables } = this.prover;
    const component = this.searched.tables.components[slot]!.interned.values[id];
    const what = `recovery of slot ${tables.model.slots[slot]!.name}`;
    return tables.clock.call(what, () => tables.components[slot]!.idOf(this.views[slot]!(component), what));
  }
}

class Inquiry {
  readonly counts = { recovering: 0, trapped: 0, undetermined: 0 };
  /** The first state that is trapped. */
  trap: { readonly number: number; readonly begun: Int32Array } | undefined;
  bound: RecoveryBound | null = null;
  /** The state that is being asked for. */
  number = 0;
  readonly prover: Prover;
  private readonly started = performance.now();
  /** At once, so that whoever is not willing to wait does not. */
  private lastBreath = Number.NEGATIVE_INFINITY;
  private readonly beginning: Beginning;
  private readonly begun: Int32Array;

  constructor(
    model: Model,
    recovery: Recovery,
    private readonly searched: Searched,
    private readonly options: RecoveryOptions,
  ) {
    this.prover = new Prover(model, recovery, options.mostStates ?? DEFAULT_MOST_STATES);
    this.beginning = new Beginning(model, recovery, searched, this.prover);
    this.begun = new Int32Array(model.slots.length);
  }

  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  async run(): Promise<void> {
    const again = new Again(this.searched);
    while (this.bound === null && again.next()) {
      this.number = again.number;
      this.beginning.of(again.state, this.begun);
      this.count(this.prover.fateOf(this.begun));
      const isTimeToLook = this.number % GLANCE_STATES === 0;
      if (isTimeToLook && performance.now() - this.lastBreath >= BREATH_MS) await this.breathe();
    }
    const { recovering, trapped } = this.counts;
    this.counts.undetermined = this.searched.links.count - recovering - trapped;
    if (this.counts.undetermined > 0) this.bound ??= 'recovery';
  }

  private count(fate: Fate): void {
    if (fate === RECOVERS) this.counts.recovering++;
    else if (fate === TRAPPED) {
      this.counts.trapped++;
      this.trap ??= { number: this.number, begun: this.begun.slice() };
    }
  }

  private async breathe(): Promise<void> {
    const { interrupted, onProgress, maxSeconds = Number.POSITIVE_INFINITY } = this.options;
    const { counts, prover, seconds, searched } = this;
    onProgress?.({
      asked: this.number + 1,
      states: searched.links.count,
      trapped: counts.trapped,
      searches: prover.searches,
      seconds,
    });
    await nextTurn();
    if (interrupted?.()) this.bound = 'interrupted';
    else if (seconds >= maxSeconds) this.bound = 'max-seconds';
    this.lastBreath = performance.now();
  }
}

/**
 * @param searched a search that has visited every reachable state.
 * @throws InputError if the model does not say what recovery is.
 * @throws ModelError with the path to a state in whose recovery a function of the model throws.
 */
export const recoveryOf = async (
  model: Model,
  searched: Searched,
  options: RecoveryOptions = {},
): Promise<RecoveryResult> => {
  const { recovery } = model;
  if (recovery === undefined) throw new InputError(`the model ${model.name} does not say what recovery is`);
  const inquiry = new Inquiry(model, recovery, searched, options);
  const pathTo = (number: number): readonly Action[] =>
    plainPath(model, searched.links.pathTo(number), () => true).actions;
  try {
    await inquiry.run();
  } catch (error) {
    if (!(error instanceof Thrown)) throw error;
    throw new ModelError(`in recovery, ${error.message}`, pathTo(inquiry.number), { cause: error.cause });
  }
  const { counts, bound, prover, seconds, trap } = inquiry;
  const { claim } = recovery.recovered;
  return {
    verdict: trap !== undefined ? 'trap' : bound === null ? 'recovers' : 'undetermined',
    bound,
    claim,
    ...counts,
    met: prover.fates.count,
    scheduled: prover.scheduled,
    searches: prover.searches,
    searched: prover.searched,
    seconds,
    trap: trap ? trapOf(claim, pathTo(trap.number), prover.regionOf(trap.begun)) : null,
  };
};

const trapOf = (claim: string, path: readonly Action[], offending: Trap['offending']): Trap => ({
  property: RECOVERY,
  claim: `From every reachable state, without new faults: ${claim}`,
  source: 'recovery of the specification',
  depth: path.length,
  path,
  offending,
});
