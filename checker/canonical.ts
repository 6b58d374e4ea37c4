/**
 * The identity of a component: its canonical encoding, JSON with sorted keys, and a 64-bit hash of that encoding.
 * Fingerprints rest on the hash, so both must be the same in every process and on every machine.
 */

const fail = (path: string, what: string): never => {
  throw new Error(`${path} is ${what}; components are JSON with safe integers`);
};

const encodeNumber = (value: number, path: string): string => {
  if (Object.is(value, -0)) return fail(path, '-0');
  if (!Number.isSafeInteger(value)) return fail(path, String(value));
  return String(value);
};

/** What JSON writes otherwise than it is; looking for it takes less time than JSON.stringify of a short text. */
const ODD = /[^ !#-[\]-~]/;

const quote = (text: string): string => (ODD.test(text) ? JSON.stringify(text) : `"${text}"`);

const encodeArray = (value: readonly unknown[], path: string): string => {
  let text = '[';
  // By index, so that a hole is met as undefined and refused.
  for (let i = 0; i < value.length; i++) {
    text += (i === 0 ? '' : ',') + encodeAt(value[i], `${path}[${i}]`);
  }
  return `${text}]`;
};

const encodeObject = (value: object, path: string): string => {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return fail(path, `not a plain object (${prototype?.constructor?.name ?? 'unknown'})`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) return fail(path, 'an object with symbol keys');
  let text = '{';
  for (const key of Object.keys(value).sort()) {
    const field = (value as Record<string, unknown>)[key];
    text += `${text.length === 1 ? '' : ','}${quote(key)}:${encodeAt(field, `${path}.${key}`)}`;
  }
  return `${text}}`;
};

const encodeAt = (value: unknown, path: string): string => {
  switch (typeof value) {
    case 'number':
      return encodeNumber(value, path);
    case 'string':
      return quote(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? encodeArray(value, path) : encodeObject(value, path);
    default:
      return fail(path, typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`);
  }
};

/**
 * The canonical encoding of a value.
 * @param what names the value in messages.
 * @throws Error naming the path of the first thing in it that is not JSON (undefined, -0, NaN, a fraction, a class…).
 */
export const encode = (value: unknown, what = 'value'): string => encodeAt(value, what);

/** Whether two values are the same component. */
export const same = (a: unknown, b: unknown): boolean => a === b || encode(a) === encode(b);

/** 64 bits as two signed 32-bit integers. */
export interface Hash {
  readonly lo: number;
  readonly hi: number;
}

/** An order of hashes, for whoever needs the least of some. */
export const compareHashes = (a: Hash, b: Hash): number => a.hi - b.hi || a.lo - b.lo;

/** A bijection of 32-bit integers in which every input bit reaches every output bit (Stafford's and Wellons's constants). */
export const scramble = (x: number): number => {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return x ^ (x >>> 15);
};

/**
 * Makes the top bits of `hi` as good as any again in the least of several hashes, where they are small: they choose the
 * partition of the set of visited states. With `lo` beside it, different hashes stay different.
 */
export const spread = (lo: number, hi: number): number => hi ^ scramble(lo);

/**
 * 64-bit hash of a text: two lanes, each step of which is a bijection of its state, crossed at the end.
 * Not cryptographic: nobody chooses components to collide.
 */
export const hash64 = (text: string): Hash => {
  let lo = 0x2545f491 ^ text.length;
  let hi = 0x1f123bb5;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    lo ^= c;
    lo = Math.imul((lo << 15) | (lo >>> 17), 0x9e3779b1);
    hi = (hi + Math.imul(c, 0xc2b2ae3d)) | 0;
    hi = Math.imul((hi << 11) | (hi >>> 21), 0x85ebca77);
  }
  hi = scramble(hi ^ scramble(lo));
  lo = scramble(lo + hi);
  return { lo, hi };
};

/**
 * What the component with this hash contributes to the fingerprint of a state when it is in this slot.
 * Nonlinear on purpose: contributions are combined by XOR, and with keys from a linear generator two states of two-phase
 * commit in two thousand shared a fingerprint. Three rounds of a Feistel network, a bijection for every slot.
 */
export const mix = (slot: number, hash: Hash): Hash => {
  const key = scramble(Math.imul(slot + 1, 0x9e3779b1));
  let lo = hash.lo;
  let hi = hash.hi;
  lo ^= scramble(hi + key);
  hi ^= scramble(lo ^ Math.imul(key, 0x85ebca77));
  lo ^= scramble(hi - Math.imul(key, 0xc2b2ae3d));
  return { lo, hi };
};
