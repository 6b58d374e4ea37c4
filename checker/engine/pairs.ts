/**
 * Memo tables from a pair of ids to a positive integer, in `Memory`. While both ids are small the table is a dense
 * rectangle and a look-up is one load; later it is open addressing. Wider arguments are chains of pairs: the value of
 * one table is the first id of the next.
 *
 * A table is named by the address of its header: [shift, base, limit, count, reserved], where
 *   dense:  shift >= 0, cell = base + (a << shift) + b, for a < limit and b < 1 << shift;
 *   hashed: shift < 0, entries of three cells each: a, b, value. The place of a pair is its hash as a fraction of the limit;
 *           if it is taken, a later one. There are entries behind the limit, so that nothing has to wrap around, and
 *           reserved ones behind these, so that a table seldom has to move to grow.
 */
import type { Memory } from './memory.js';

const SHIFT = 0;
const BASE = 1;
const LIMIT = 2;
const COUNT = 3;
const RESERVED = 4;
const HEADER = 5;

/** Cells of an entry of a hash table. */
const ENTRY = 3;
const GREATEST_LOAD = 0.7;
const GROWTH = 1.25;
/** How many times its size a hash table may come to before it has to move. Memory that is not written to is not resident. */
const RESERVE = 16;

/** Entries behind the limit: as many as there are in a small table; a run of a thousand is not to be expected in any. */
const behind = (limit: number): number => Math.min(limit, 1024);

/** A rectangle of more cells than this becomes a hash table, unless one in so many of its pairs occurs. */
const SMALL_CELLS = 1 << 16;
const SPARSE = 16;
const HASHED = -1;

export const createPairs = (memory: Memory): number => {
  const header = memory.allocate(HEADER);
  const base = memory.allocate(4 * 4);
  memory.cells[header + SHIFT] = 2;
  memory.cells[header + BASE] = base;
  memory.cells[header + LIMIT] = 4;
  return header;
};

/** Two multiplications and a fold, as a fraction of 2^32: ids are small and consecutive, so the high bits must depend on all of both. */
const hash = (a: number, b: number): number => {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return (h ^ (h >>> 13)) >>> 0;
};

/** Address of the entry at which a pair is looked for first. */
const placeIn = (base: number, limit: number, a: number, b: number): number =>
  base + 3 * ((hash(a, b) * (limit * 2 ** -32)) | 0);

/** The value stored for (a, b); 0 if there is none. */
export const find = (cells: Int32Array, header: number, a: number, b: number): number => {
  const shift = cells[header]!;
  const base = cells[header + 1]!;
  const limit = cells[header + 2]!;
  if (shift >= 0) return a < limit && b >>> shift === 0 ? cells[base + (a << shift) + b]! : 0;
  return findHashed(cells, base, limit, a, b);
};

const findHashed = (cells: Int32Array, base: number, limit: number, a: number, b: number): number => {
  for (let entry = placeIn(base, limit, a, b); ; entry += ENTRY) {
    // Whoever sees the value sees the pair.
    const value = Atomics.load(cells, entry + 2);
    if (value === 0 || (cells[entry] === a && cells[entry + 1] === b)) return value;
  }
};

const putHashed = (
  cells: Int32Array,
  base: number,
  limit: number,
  a: number,
  b: number,
  value: number,
): void => {
  let entry = placeIn(base, limit, a, b);
  while (cells[entry + 2] !== 0) entry += ENTRY;
  cells[entry] = a;
  cells[entry + 1] = b;
  Atomics.store(cells, entry + 2, value);
};

/** Stores the value of a pair that has none yet. */
export const insert = (memory: Memory, header: number, a: number, b: number, value: number): void => {
  if (memory.cells[header + SHIFT]! >= 0) insertDense(memory, header, a, b, value);
  else insertHashed(memory, header, a, b, value);
};

const insertDense = (memory: Memory, header: number, a: number, b: number, value: number): void => {
  const shift = memory.cells[header + SHIFT]!;
  const rows = memory.cells[header + LIMIT]!;
  if (a >= rows || b >>> shift !== 0) {
    let newRows = rows;
    let newShift = shift;
    while (a >= newRows) newRows *= 2;
    while (b >>> newShift !== 0) newShift++;
    memory.exclusively(() => rebuild(memory, header, newRows, newShift));
    insert(memory, header, a, b, value);
    return;
  }
  Atomics.store(memory.cells, memory.cells[header + BASE]! + (a << shift) + b, value);
  memory.cells[header + COUNT]!++;
};

const insertHashed = (memory: Memory, header: number, a: number, b: number, value: number): void => {
  const { cells } = memory;
  if (cells[header + COUNT]! > GREATEST_LOAD * cells[header + LIMIT]!)
    memory.exclusively(() => growHashed(memory, header));
  putHashed(cells, cells[header + BASE]!, cells[header + LIMIT]!, a, b, value);
  cells[header + COUNT]!++;
};

const setHeader = (
  memory: Memory,
  header: number,
  shift: number,
  base: number,
  limit: number,
  reserved: number,
): void => {
  memory.cells[header + SHIFT] = shift;
  memory.cells[header + BASE] = base;
  memory.cells[header + LIMIT] = limit;
  memory.cells[header + RESERVED] = reserved;
};

/** Widens a dense table, or turns it into a hash table. */
const rebuild = (memory: Memory, header: number, rows: number, shift: number): void => {
  const size = rows * 2 ** shift;
  if (size > SMALL_CELLS && size > SPARSE * memory.cells[header + COUNT]!) {
    denseToHashed(memory, header);
    return;
  }
  const oldShift = memory.cells[header + SHIFT]!;
  const oldBase = memory.cells[header + BASE]!;
  const base = memory.allocate(rows << shift);
  const { cells } = memory;
  for (let a = 0; a < cells[header + LIMIT]!; a++) {
    const from = oldBase + (a << oldShift);
    cells.copyWithin(base + (a << shift), from, from + (1 << oldShift));
  }
  memory.release(oldBase, cells[header + LIMIT]! << oldShift);
  setHeader(memory, header, shift, base, rows, 0);
};

const denseToHashed = (memory: Memory, header: number): void => {
  const { cells } = memory;
  const shift = cells[header + SHIFT]!;
  const from = cells[header + BASE]!;
  const rows = cells[header + LIMIT]!;
  const { base, limit } = newHashed(memory, header, 2 * cells[header + COUNT]! + 16);
  for (let i = 0; i < rows << shift; i++) {
    const value = cells[from + i]!;
    if (value !== 0) putHashed(cells, base, limit, i >> shift, i & ((1 << shift) - 1), value);
  }
  memory.release(from, rows << shift);
};

/** Makes the table one of so many places, empty, with room to grow in; the old one is left as it is. */
const newHashed = (memory: Memory, header: number, limit: number): { base: number; limit: number } => {
  const least = limit + behind(limit);
  const reserved = memory.isScarce ? least : RESERVE * least;
  const base = memory.fresh(ENTRY * reserved);
  setHeader(memory, header, HASHED, base, limit, reserved);
  return { base, limit };
};

const growHashed = (memory: Memory, header: number): void => {
  const { cells } = memory;
  const base = cells[header + BASE]!;
  const old = cells[header + LIMIT]!;
  const reserved = cells[header + RESERVED]!;
  const limit = Math.ceil(GROWTH * old);
  if (limit + behind(limit) <= reserved) {
    spread(cells, base, old + behind(old), limit);
    cells[header + LIMIT] = limit;
    return;
  }
  newHashed(memory, header, limit);
  for (let entry = base; entry < base + ENTRY * (old + behind(old)); entry += ENTRY) {
    const value = cells[entry + 2]!;
    if (value !== 0) putHashed(cells, cells[header + BASE]!, limit, cells[entry]!, cells[entry + 1]!, value);
  }
  memory.release(base, ENTRY * reserved);
};

/** What has been lifted out. */
let run = new Int32Array(1 << 10);

/**
 * Makes a table longer in place. Places keep their order, so nothing moves down: from the top, each run of entries without
 * a gap is lifted out and put where it now belongs, which is never below where the run began.
 */
const spread = (cells: Int32Array, base: number, entries: number, limit: number): void => {
  for (let end = base + ENTRY * entries; end > base; ) {
    let start = end;
    while (start > base && cells[start - 1] !== 0) start -= ENTRY;
    const length = end - start;
    if (length > run.length) run = new Int32Array(2 * length);
    for (let i = 0; i < length; i++) {
      run[i] = cells[start + i]!;
      cells[start + i] = 0;
    }
    for (let i = 0; i < length; i += ENTRY) putHashed(cells, base, limit, run[i]!, run[i + 1]!, run[i + 2]!);
    end = start - ENTRY;
  }
};

/** Calls back with every pair of a table and its value, in no order that means anything. */
export const forEachPair = (
  cells: Int32Array,
  header: number,
  callback: (a: number, b: number, value: number) => void,
): void => {
  const shift = cells[header + SHIFT]!;
  const base = cells[header + BASE]!;
  const limit = cells[header + LIMIT]!;
  if (shift >= 0) {
    for (let i = 0; i < limit << shift; i++) {
      const value = cells[base + i]!;
      if (value !== 0) callback(i >> shift, i & ((1 << shift) - 1), value);
    }
    return;
  }
  for (let entry = base; entry < base + ENTRY * (limit + behind(limit)); entry += ENTRY) {
    const value = cells[entry + 2]!;
    if (value !== 0) callback(cells[entry]!, cells[entry + 1]!, value);
  }
};
