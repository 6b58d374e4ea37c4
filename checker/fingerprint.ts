/** The fingerprint of a plain state: what the search works out incrementally, from the beginning. */
import { encode, type Hash, hash64, mix } from './canonical.js';
import type { State } from './plain.js';

/** XOR over the slots of what the component of each contributes; 64 bits, the same in every run. */
export const fingerprint = (state: State): Hash => {
  let lo = 0;
  let hi = 0;
  for (const [slot, component] of state.entries()) {
    const contribution = mix(slot, hash64(encode(component)));
    lo ^= contribution.lo;
    hi ^= contribution.hi;
  }
  return { lo, hi };
};
