/**
 * Fingerprints in order: pairs (lo, hi), by hi and then by lo, both taken without sign. As the bytes of 64-bit numbers on
 * a little-endian machine, so that sorting is the engine's own.
 */
export type Keys = Uint32Array<ArrayBuffer>;

export const newKeys = (count: number): Keys => new Uint32Array(2 * count);

/** Keys that are used again and again, so that nothing is left to the collector. */
export class Scratch {
  private keys = newKeys(0);

  /** Room for so many, until the next time. What is in it is anything. */
  of(count: number): Keys {
    if (2 * count > this.keys.length) this.keys = newKeys(count + (count >> 2));
    return this.keys.subarray(0, 2 * count);
  }
}

/** Sorts in place. */
export const sortKeys = (keys: Keys): Keys => {
  new BigUint64Array(keys.buffer, keys.byteOffset, keys.length / 2).sort();
  return keys;
};

/** Whether the key at index i of one comes before that at index j of the other: negative, zero if they are the same. */
export const compareKeys = (a: Uint32Array, i: number, b: Uint32Array, j: number): number =>
  a[i + 1]! - b[j + 1]! || a[i]! - b[j]!;
