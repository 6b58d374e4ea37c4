/**
 * What may change places in a model without anybody noticing. States that a permutation turns into each other are an
 * *orbit*: whatever happens from one of them happens from all, under other names, so that a search need visit only one.
 *
 * A model that declares a symmetry promises two things. Renaming the state before a step, or the step's result after it,
 * comes to the same; and no property tells two states of an orbit apart. `equivariance` asks for the first. The search
 * keeps every state as it was found and only *remembers* it by the least fingerprint of its orbit, so a path that it
 * reports is a run of the model like any other.
 */
import { compareHashes, type Hash, spread } from './canonical.js';
import { InputError } from './errors.js';
import { fingerprint } from './fingerprint.js';
import type { Kind, Model, Slot } from './model.js';
import { enabled, type State, stateKey } from './plain.js';

export interface Permutation {
  /** Where the component of a slot goes, to a slot of the same kind; a slot that is not among them stays. */
  readonly slots: ReadonlyMap<Slot<any, any>, Slot<any, any>>;
  /** What a component becomes, by kind; a kind that is not among them names nobody. */
  readonly rename: ReadonlyMap<Kind<any, any>, (component: any) => unknown>;
}

export interface Symmetry {
  /** What is interchangeable, in the plural. */
  readonly of: string;
  /** A group: the identity first, then all the others. */
  readonly permutations: readonly Permutation[];
}

/** What is interchangeable in the model. @throws InputError if nothing is, or if it does not say. */
export const symmetryOf = ({ name, symmetry }: Model): Symmetry => {
  if (symmetry !== undefined && 'permutations' in symmetry) return symmetry;
  const why = symmetry?.none ?? `the model ${name} does not say what is interchangeable in it`;
  throw new InputError(`--symmetry: ${why}`);
};

/** All orders of a list, its own first. */
export const orders = <T>(items: readonly T[]): readonly (readonly T[])[] =>
  items.length === 0
    ? [[]]
    : items.flatMap((first, at) =>
        orders(items.filter((_, i) => i !== at)).map((others) => [first, ...others]),
      );

/** The number of the slot that each slot's component goes to. */
export const slotsAfter = ({ slots }: Model, permutation: Permutation): readonly number[] =>
  slots.map((slot) => slots.indexOf(permutation.slots.get(slot) ?? slot));

/** What becomes of a component. */
export const renamed = ({ rename }: Permutation, kind: Kind<any, any>, component: unknown): unknown => {
  const to = rename.get(kind);
  return to === undefined ? component : to(component);
};

/** What becomes of a state. */
export const permuted = (model: Model, permutation: Permutation, state: State): State => {
  const next: unknown[] = [];
  for (const [from, to] of slotsAfter(model, permutation).entries())
    next[to] = renamed(permutation, model.slots[from]!.kind, state[from]);
  return next;
};

/** What a search remembers a state by: the least fingerprint of its orbit, worked out from the beginning. */
export const orbitKey = (model: Model, { permutations }: Symmetry, state: State): Hash => {
  const { lo, hi } = permutations
    .map((permutation) => fingerprint(permuted(model, permutation, state)))
    .reduce((least, next) => (compareHashes(next, least) < 0 ? next : least));
  return { lo, hi: spread(lo, hi) };
};

/**
 * Whether what can happen in the images of a state are the images of what can happen in it.
 * @returns the first permutation for which it is not, by its place in the group; or null.
 */
export const equivariance = (model: Model, { permutations }: Symmetry, state: State): number | null => {
  const successors = enabled(model, state);
  const wrong = permutations.findIndex((permutation) => {
    const before = enabled(model, permuted(model, permutation, state)).map((one) => stateKey(one.state));
    const after = successors.map((one) => stateKey(permuted(model, permutation, one.state)));
    return before.sort().join('\n') !== after.sort().join('\n');
  });
  return wrong < 0 ? null : wrong;
};

const sameNumbers = (a: readonly number[], b: readonly number[]): boolean => a.every((n, i) => n === b[i]);

/**
 * @throws Error if the permutations are no group, as far as the slots tell, or if one puts a component where its kind
 * does not belong.
 */
export const verifySymmetry = (model: Model, { of, permutations }: Symmetry): void => {
  const fail = (what: string): never => {
    throw new Error(`the symmetry of ${of} in the model ${model.name}: ${what}`);
  };
  const all = permutations.map((permutation) => slotsAfter(model, permutation));
  const isKnown = (places: readonly number[]): boolean => all.some((known) => sameNumbers(known, places));
  if (!all[0]?.every((to, from) => to === from)) fail('the first permutation is not the identity');
  for (const [number, places] of all.entries()) {
    if (new Set(places).size < places.length) fail(`permutation ${number} puts two slots into one`);
    for (const [from, to] of places.entries())
      if (model.slots[to]?.kind !== model.slots[from]!.kind)
        fail(`permutation ${number} puts ${model.slots[from]!.name} where its kind does not belong`);
    if (!all.every((others) => isKnown(places.map((to) => others[to]!))))
      fail(`permutation ${number} and another make one that is missing`);
  }
};
