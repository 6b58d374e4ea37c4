/**
 * The two grains of persistence compared: the states in which nothing is being written. Whatever `sync` reaches, `async`
 * reaches, by flushing at once what each step writes; so a counterexample of the coarse grain is one of the fine grain,
 * and `sync` never cries wolf. The converse does not hold, and is not meant to: `async` also reaches states with idle
 * disks that `sync` does not, in which something was sent before a write and the write was lost in a crash, or came late.
 * What `sync` verifies is therefore to be verified with `async` too, which the suite does.
 */
import type { Disk } from '../../spec/disk.js';
import { encode } from '../canonical.js';
import { type Model, read } from '../model.js';
import { see } from './refinement-visit.js';

/** Gives equal components equal numbers, whichever model they come from. */
export class Numbers {
  readonly #byText = new Map<string, number>();
  readonly #byObject = new WeakMap<object, number>();

  of(component: unknown): number {
    const isObject = typeof component === 'object' && component !== null;
    const known = isObject ? this.#byObject.get(component) : undefined;
    if (known !== undefined) return known;
    const text = encode(component);
    const number = this.#byText.get(text) ?? this.#byText.size;
    this.#byText.set(text, number);
    if (isObject) this.#byObject.set(component, number);
    return number;
  }
}

export interface IdleStates {
  /** States in which no disk has anything pending, each as the numbers of its components. */
  readonly idle: ReadonlySet<string>;
  readonly distinct: number;
}

/** The search has to end by itself. */
export const idleStatesOf = async (model: Model, numbers: Numbers): Promise<IdleStates> => {
  const idle = new Set<string>();
  const disks = model.slots.flatMap(({ name }, i) => (name.startsWith('disk ') ? [i] : []));
  const note = (components: readonly unknown[]): void => {
    if (disks.some((i) => (components[i] as Disk).pending.length > 0)) return;
    idle.add(components.map((component) => numbers.of(component)).join());
  };
  const { distinct } = await see(model, [{ reads: model.slots.map((slot) => read(slot)), see: note }]);
  return { idle, distinct };
};
