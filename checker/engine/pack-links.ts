/**
 * Links of consecutive states as bytes: the first parent, then for each state how much greater its parent is than the one
 * before, and its action, both in groups of seven bits, lowest first, of which all but the last have the eighth bit set.
 */

export interface UnpackedLinks {
  readonly parents: Uint32Array;
  readonly actions: Uint16Array;
}

/** At most five bytes a parent, three an action; and the first parent. */
const MOST_BYTES = 8;
let scratch = new Uint8Array(0);

/** @throws Error if the parents go down. */
export const packLinks = ({ parents, actions }: UnpackedLinks, count: number): Uint8Array => {
  if (scratch.length < MOST_BYTES * count + 5) scratch = new Uint8Array(MOST_BYTES * count + 5);
  const bytes = scratch;
  let at = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    let step = parents[i]! - before;
    if (step < 0) throw new Error('internal error: a parent comes before that of the state before');
    before = parents[i]!;
    for (; step > 0x7f; step = Math.floor(step / 0x80)) bytes[at++] = (step & 0x7f) | 0x80;
    bytes[at++] = step;
    let action = actions[i]!;
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
    let unit = 1;
    for (; bytes[at]! > 0x7f; unit *= 0x80) parent += unit * (bytes[at++]! & 0x7f);
    parent += unit * bytes[at++]!;
    parents[i] = parent;
    let action = 0;
    for (unit = 1; bytes[at]! > 0x7f; unit *= 0x80) action += unit * (bytes[at++]! & 0x7f);
    actions[i] = action + unit * bytes[at++]!;
  }
};
