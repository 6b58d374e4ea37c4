/**
 * Memo tables from a pair of ids to a positive integer, in `Memory`. While both ids are small the table is a dense
 * rectangle and a look-up is one load; later it is open addressing. Wider arguments are chains of pairs: the value of
 * one table is the first id of the next.
 *
 * A table is named by the address of its header: [shift, base, limit, count], where
 *   dense:  shift >= 0, cell = base + (a << shift) + b, for a < limit and b < 1 << shift;
 *   hashed: shift < 0, limit + 1 entries of four cells each: a, b, value, unused.
 */
import type { Memory } from './memory.js';

const SHIFT = 0;
const BASE = 1;
const LIMIT = 2;
const COUNT = 3;
const HEADER = 4;

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

/** Two multiplications and a fold: ids are small and consecutive, so the low bits must depend on all of both. */
const place = (a: number, b: number): number => {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
};

/** The value stored for (a, b); 0 if there is none. */
export const find = (cells: Int32Array, header: number, a: number, b: number): number => {
  const shift = cells[header]!;
  const base = cells[header + 1]!;
  const limit = cells[header + 2]!;
  if (shift >= 0) return a < limit && b >>> shift === 0 ? cells[base + (a << shift) + b]! : 0;
  return findHashed(cells, base, limit, a, b);
};

const findHashed = (cells: Int32Array, base: number, mask: number, a: number, b: number): number => {
  let p = place(a, b) & mask;
  for (;;) {
    const entry = base + (p << 2);
    const value = cells[entry + 2]!;
    if (value === 0 || (cells[entry] === a && cells[entry + 1] === b)) return value;
    p = (p + 1) & mask;
  }
};

const putHashed = (
  cells: Int32Array,
  base: number,
  mask: number,
  a: number,
  b: number,
  value: number,
): void => {
  let p = place(a, b) & mask;
  while (cells[base + (p << 2) + 2] !== 0) p = (p + 1) & mask;
  const entry = base + (p << 2);
  cells[entry] = a;
  cells[entry + 1] = b;
  cells[entry + 2] = value;
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
    rebuild(memory, header, newRows, newShift);
    insert(memory, header, a, b, value);
    return;
  }
  memory.cells[memory.cells[header + BASE]! + (a << shift) + b] = value;
  memory.cells[header + COUNT]!++;
};

const insertHashed = (memory: Memory, header: number, a: number, b: number, value: number): void => {
  const mask = memory.cells[header + LIMIT]!;
  if (4 * memory.cells[header + COUNT]! > 3 * mask) growHashed(memory, header);
  const { cells } = memory;
  putHashed(cells, cells[header + BASE]!, cells[header + LIMIT]!, a, b, value);
  cells[header + COUNT]!++;
};

const setHeader = (memory: Memory, header: number, shift: number, base: number, limit: number): void => {
  memory.cells[header + SHIFT] = shift;
  memory.cells[header + BASE] = base;
  memory.cells[header + LIMIT] = limit;
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
  setHeader(memory, header, shift, base, rows);
};

const denseToHashed = (memory: Memory, header: number): void => {
  const mask = 2 ** Math.ceil(Math.log2(2 * memory.cells[header + COUNT]! + 16)) - 1;
  const base = memory.allocate(4 * (mask + 1));
  const { cells } = memory;
  const shift = cells[header + SHIFT]!;
  const from = cells[header + BASE]!;
  for (let i = 0; i < cells[header + LIMIT]! << shift; i++) {
    const value = cells[from + i]!;
    if (value !== 0) putHashed(cells, base, mask, i >> shift, i & ((1 << shift) - 1), value);
  }
  memory.release(from, cells[header + LIMIT]! << shift);
  setHeader(memory, header, HASHED, base, mask);
};

const growHashed = (memory: Memory, header: number): void => {
  const oldMask = memory.cells[header + LIMIT]!;
  const mask = 2 * oldMask + 1;
  const base = memory.allocate(4 * (mask + 1));
  const { cells } = memory;
  const from = cells[header + BASE]!;
  for (let entry = from; entry < from + 4 * (oldMask + 1); entry += 4) {
    const value = cells[entry + 2]!;
    if (value !== 0) putHashed(cells, base, mask, cells[entry]!, cells[entry + 1]!, value);
  }
  memory.release(from, 4 * (oldMask + 1));
  setHeader(memory, header, HASHED, base, mask);
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
  for (let entry = base; entry < base + 4 * (limit + 1); entry += 4) {
    const value = cells[entry + 2]!;
    if (value !== 0) callback(cells[entry]!, cells[entry + 1]!, value);
  }
};
