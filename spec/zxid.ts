/**
 * Transaction ids. A zxid is an epoch and a counter within it, packed as ZooKeeper packs it (epoch in the high half),
 * in a safe integer: epochs stay below 2^21. Zero means "no transaction".
 */

/** Server id, 1 and up. */
export type Sid = number;
export type Zxid = number;

const COUNTERS = 2 ** 32;

/** ZooKeeper: ZxidUtils.makeZxid. */
export const makeZxid = (epoch: number, counter: number): Zxid => epoch * COUNTERS + counter;

export const epochOf = (zxid: Zxid): number => Math.floor(zxid / COUNTERS);

export const counterOf = (zxid: Zxid): number => zxid % COUNTERS;

/** Whether the counter has no room for another. */
export const isLastOfEpoch = (zxid: Zxid): boolean => counterOf(zxid) === COUNTERS - 1;

export const NO_ZXID: Zxid = 0;
