/**
 * The identity of a component: its canonical encoding, JSON with sorted keys, and a 64-bit hash of that encoding.
 * Fingerprints rest on the hash, so both must be the same in every process and on every machine.
 */

/** Thrown where something is not JSON; the path to it grows on the way out. */
class NotJson {
  path = '';
  constructor(readonly what: string) {}

  within(step: string): this {
    this.path = step + this.path;
    return this;
  }
}

const fail = (what: string): never => {
  throw new NotJson(what);
};

const within = (error: unknown, step: string): unknown =>
  error instanceof NotJson ? error.within(step) : error;

const encodeNumber = (value: number): string => {
  if (Object.is(value, -0)) return fail('-0');
  if (!Number.isSafeInteger(value)) return fail(String(value));
  return String(value);
};

/** What JSON writes otherwise than it is; looking for it takes less time than JSON.stringify of a short text. */
const ODD = /[^ !#-[\]-~]/;

const quote = (text: string): string => (ODD.test(text) ? JSON.stringify(text) : `"${text}"`);

const encodeArray = (value: readonly unknown[]): string => {
  let text = '[';
  let i = 0;
  try {
    // By index, so that a hole is met as undefined and refused.
    for (; i < value.length; i++) text += (i === 0 ? '' : ',') + encodeAny(value[i]);
  } catch (error) {
    throw within(error, `[${i}]`);
  }
  return `${text}]`;
};

/** Keys as an object lists them; the same sorted; and what is written before the value of each of these. */
interface Order {
  readonly listed: readonly string[];
  readonly sorted: readonly string[];
  readonly written: readonly string[];
}

/** By the first key: orders that have been met, so that the keys of objects that are made alike are sorted once. */
const orders = new Map<string, Order[]>();

/** First keys, and orders that begin with the same. What is keyed by anything but fixed names may have more: these are not kept. */
const MOST_FIRST = 1024;
const MOST_ORDERS = 32;

const areSame = (a: readonly string[], b: readonly string[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

const newOrder = (listed: readonly string[]): Order => {
  const sorted = [...listed].sort();
  return { listed, sorted, written: sorted.map((key, i) => `${i === 0 ? '{' : ','}${quote(key)}:`) };
};

const orderOf = (listed: readonly string[]): Order => {
  const first = listed[0]!;
  const known = orders.get(first);
  if (known !== undefined) for (const order of known) if (areSame(order.listed, listed)) return order;
  const order = newOrder(listed);
  if (known === undefined && orders.size < MOST_FIRST) orders.set(first, [order]);
  else if (known !== undefined && known.length < MOST_ORDERS) known.push(order);
  return order;
};

const encodeObject = (value: object): string => {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    return fail(`not a plain object (${prototype?.constructor?.name ?? 'unknown'})`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) return fail('an object with symbol keys');
  const keys = Object.keys(value);
  if (keys.length === 0) return '{}';
  const { sorted, written } = orderOf(keys);
  let text = '';
  let i = 0;
  try {
    for (; i < sorted.length; i++)
      text += written[i]! + encodeAny((value as Record<string, unknown>)[sorted[i]!]);
  } catch (error) {
    throw within(error, `.${sorted[i]}`);
  }
  return `${text}}`;
};

const encodeAny = (value: unknown): string => {
  switch (typeof value) {
    case 'number':
      return encodeNumber(value);
    case 'string':
      return quote(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? encodeArray(value) : encodeObject(value);
    default:
      return fail(typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`);
  }
};

/**
 * The canonical encoding of a value.
 * @param what names the value in messages.
 * @throws Error naming the path of the first thing in it that is not JSON (undefined, -0, NaN, a fraction, a class…).
 */
export const encode = (value: unknown, what = 'value'): string => {
  try {
    return encodeAny(value);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    throw new Error(`${what}${error.path} is ${error.what}; components are JSON with safe integers`);
  }
};

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
