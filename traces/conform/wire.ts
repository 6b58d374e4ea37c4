/** Zxids on the wire are [epoch, counter], which any language reads without arithmetic; here they are one integer. */
import { counterOf, epochOf, makeZxid, type Zxid } from '../../spec/zxid.js';

/** The fields that hold a zxid, of whatever object. */
const ZXIDS = new Set(['zxid', 'lastZxid', 'floor', 'committed']);

type Pair = readonly [number, number];

const toPair = (zxid: Zxid): Pair => (zxid < 0 ? [-1, -1] : [epochOf(zxid), counterOf(zxid)]);
/** Negative is an observer's vote for nobody. */
const fromPair = ([epoch, counter]: Pair): Zxid => (epoch < 0 ? -1 : makeZxid(epoch, counter));

const mapped = (value: unknown, zxid: (value: any) => unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => mapped(item, zxid));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, ZXIDS.has(key) ? zxid(item) : mapped(item, zxid)]),
  );
};

/** A value of the specification as it is written on the wire. */
export const toWire = <T = any>(value: unknown): T => mapped(value, toPair) as T;
/** A value from the wire (parsed by its schema) as the specification has it. */
export const fromWire = <T = any>(value: unknown): T => mapped(value, fromPair) as T;
