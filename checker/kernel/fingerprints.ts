/**
 * Insertion into one half of the set of visited fingerprints, in WebAssembly (AssemblyScript): what `Half` in
 * `engine/half.ts` does, many fingerprints at a time. What lies where is said there. All that is set from outside are
 * addresses in bytes, unless it says otherwise.
 */

/** A partition cannot grow any more, or not with what there is room for. */
declare function full(): void;

/** First partition; and from one partition to the next. */
export let base: u32 = 0;
export let stretch: u32 = 0; // bytes
/** Buckets that a partition may have. */
export let mostBuckets: i32 = 0; // a number
/** By partition of this half. */
export let buckets: u32 = 0;
export let counts: u32 = 0;
/** A bit for each partition of the whole set: whether this thread adds to it, in this half. */
export let own: u64 = 0; // bits
/** The fingerprints to be added, and the indexes of those that turned out to be new. */
export let los: u32 = 0;
export let his: u32 = 0;
export let winners: u32 = 0;
/** Of those about to be added: their indexes, and where each will be looked for. */
export let indexes: u32 = 0;
export let places: u32 = 0;
/** Room for a run of full buckets. */
export let run: u32 = 0;

let added: i32 = 0;
/** Keeps the loads of `touch` from being left out. */
export let touched: i64 = 0;

/** Places that are loaded ahead of being looked at: their cache lines fit the first-level cache. */
const AHEAD: i32 = 256;
const BUCKET: u32 = 64;
/** As in `engine/half.ts`. */
const SMALL_BUCKETS: i32 = 1 << 11;
/** Partitions of this half. */
const PARTITIONS: i32 = 32;
/** Bytes that there are for a run of full buckets. Eight in a row are many; a thousand are a hash that is none. */
const MOST_RUN: u32 = 1 << 16;

/** Adds those of `count` fingerprints that this thread adds to this half, in order; returns how many were new. */
export function addAll(count: i32): i32 {
  added = 0;
  let n = 0;
  for (let i = 0; i < count; i++) {
    const offset = (<u32>i) << 2;
    store<i32>(indexes + (n << 2), i);
    n += <i32>((own >> <u64>(load<u32>(his + offset) >>> 26)) & 1);
    if (n < AHEAD) continue;
    addIndexed(n);
    n = 0;
  }
  addIndexed(n);
  return added;
}

function keyOf(i: i32): u64 {
  const offset = (<u32>i) << 2;
  const lo = load<u32>(los + offset);
  return ((<u64>load<u32>(his + offset)) << 32) | <u64>(lo + u32(lo === 0));
}

function partitionOf(key: u64): i32 {
  return <i32>(key >> 58) & (PARTITIONS - 1);
}

function placeOf(key: u64): u32 {
  const partition = partitionOf(key);
  const bucket = (<u64>(<u32>key) * <u64>load<u32>(buckets + (partition << 2))) >> 32;
  return base + <u32>partition * stretch + ((<u32>bucket) << 6);
}

function addIndexed(n: i32): void {
  place(0, n);
  let sum: i64 = 0;
  for (let k = 0; k < n; k++) sum ^= load<i64>(load<u32>(places + (k << 2)));
  touched ^= sum;
  for (let k = 0; k < n; k++) {
    const i = load<i32>(indexes + (k << 2));
    const key = keyOf(i);
    if (!put(key, load<u32>(places + (k << 2)))) continue;
    store<i32>(winners + (added++ << 2), i);
    if (counted(partitionOf(key))) place(k + 1, n);
  }
}

function place(from: i32, to: i32): void {
  for (let k = from; k < to; k++)
    store<u32>(places + (k << 2), placeOf(keyOf(load<i32>(indexes + (k << 2)))));
}

/** Puts a fingerprint where it is looked for from this bucket on; false if it was there. */
function put(key: u64, from: u32): bool {
  const wanted = v128.splat<u64>(key);
  const empty = v128.splat<u64>(0);
  let bucket = from;
  let free = 0;
  while (free === 0) {
    const a = v128.load(bucket);
    const b = v128.load(bucket, 16);
    const c = v128.load(bucket, 32);
    const d = v128.load(bucket, 48);
    const ab = v128.or(v128.eq<u64>(a, wanted), v128.eq<u64>(b, wanted));
    const cd = v128.or(v128.eq<u64>(c, wanted), v128.eq<u64>(d, wanted));
    if (v128.any_true(v128.or(ab, cd))) return false;
    free =
      v128.bitmask<u64>(v128.eq<u64>(a, empty)) |
      (v128.bitmask<u64>(v128.eq<u64>(b, empty)) << 2) |
      (v128.bitmask<u64>(v128.eq<u64>(c, empty)) << 4) |
      (v128.bitmask<u64>(v128.eq<u64>(d, empty)) << 6);
    if (free === 0) bucket += BUCKET;
  }
  store<u64>(bucket + ((<u32>ctz(free)) << 3), key);
  return true;
}

function counted(partition: i32): bool {
  const count = load<i32>(counts + (partition << 2)) + 1;
  store<i32>(counts + (partition << 2), count);
  if (count < 7 * load<i32>(buckets + (partition << 2))) return false;
  grow(partition);
  return true;
}

function isFull(bucket: u32): bool {
  return load<u64>(bucket, 56) !== 0;
}

/**
 * Makes a partition longer in place. Buckets keep their order, so nothing moves down: from the top, each run of full
 * buckets, with the one they may have run over into, is lifted out and put where it now belongs, which is never below
 * where the run began.
 */
function grow(partition: i32): void {
  const start = base + <u32>partition * stretch;
  const old = load<i32>(buckets + (partition << 2));
  const grown = min(mostBuckets, old < SMALL_BUCKETS ? 2 * old : (6 * old + 4) / 5);
  if (grown === old) full();
  store<i32>(buckets + (partition << 2), grown);
  let end = start + <u32>old * BUCKET;
  while (isFull(end - BUCKET)) end += BUCKET;
  while (end > start) {
    let from = end - BUCKET;
    while (from > start && isFull(from - BUCKET)) from -= BUCKET;
    putAgain(from, end);
    end = from;
  }
}

function putAgain(start: u32, end: u32): void {
  const length = end - start;
  if (length > MOST_RUN) full();
  memory.copy(run, start, length);
  memory.fill(start, 0, length);
  for (let at: u32 = 0; at < length; at += 8) {
    const key = load<u64>(run + at);
    if (key === 0) continue;
    let bucket = placeOf(key);
    while (isFull(bucket)) bucket += BUCKET;
    while (load<u64>(bucket) !== 0) bucket += 8;
    store<u64>(bucket, key);
  }
}
