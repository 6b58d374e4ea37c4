/**
 * Links of consecutive states as bytes. Parents never go down, and most states have the parent of the one before or one
 * soon after it, so that a state takes a byte: how much greater its parent is, and the action. Where these are too great
 * the byte says so, and both follow in groups of seven bits, lowest first, of which all but the last have the eighth bit
 * set.
 */

export interface UnpackedLinks {
  readonly parents: Uint32Array;
  readonly actions: Uint16Array;
}

/** Actions below this, and steps below FAR, fit one byte. */
const ACTIONS = 32;
const FAR = 7;

/** The byte that says so, at most five for a parent, three for an action. */
const MOST_BYTES = 9;
let scratch = new Uint8Array(0);

/** @throws Error if the parents go down. */
export const packLinks = ({ parents, actions }: UnpackedLinks, count: number): Uint8Array => {
  if (scratch.length < MOST_BYTES * count) scratch = new Uint8Array(MOST_BYTES * count);
  const bytes = scratch;
  let at = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    let step = parents[i]! - before;
    let action = actions[i]!;
    if (step < 0) throw new Error('internal error: a parent comes before that of the state before');
    before = parents[i]!;
    if (step < FAR && action < ACTIONS) {
      bytes[at++] = step * ACTIONS + action;
      continue;
    }
    bytes[at++] = FAR * ACTIONS;
    for (; step > 0x7f; step = Math.floor(step / 0x80)) bytes[at++] = (step & 0x7f) | 0x80;
    bytes[at++] = step;
    for (; action > 0x7f; action >>>= 7) bytes[at++] = (action & 0x7f) | 0x80;
    bytes[at++] = action;
  }
  return bytes.slice(0, at);
};

/** Undoes `packLinks`. */
export const unpackLinks = (bytes: Uint8Array, { parents, actions }: UnpackedLinks, count: number): void => {
  let at = 0;
  let parent = 0;
  for (let i = 0; i < count; i++) {
    const byte = bytes[at++]!;
    let action = byte % ACTIONS;
    if (byte < FAR * ACTIONS) parent += (byte - action) / ACTIONS;
    else {
      let unit = 1;
      for (; bytes[at]! > 0x7f; unit *= 0x80) parent += unit * (bytes[at++]! & 0x7f);
      parent += unit * bytes[at++]!;
      for (unit = 1; bytes[at]! > 0x7f; unit *= 0x80) action += unit * (bytes[at++]! & 0x7f);
      action += unit * bytes[at++]!;
    }
    parents[i] = parent;
    actions[i] = action;
  }
};
