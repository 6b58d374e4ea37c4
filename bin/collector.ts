/** The young generation of the collector, as searches and servers want it. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Otherwise it grows to 48 megabytes while the model's functions are called, for next to no speed: the states of a search
 * are in arrays of which the collector knows nothing.
 */
export const keepYoungGenerationSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');

/** Bytes of one half of the young generation. */
const YOUNG = 8 * 2 ** 20;
/** Some bytes short of it, for each page has a header. */
const isGrown = (): boolean => {
  const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return space === undefined || space.space_used_size + space.space_available_size > 0.9 * YOUNG;
};

/**
 * What a server allocates dies young: one thread collects what is left in less time than it takes to wake others, which on a
 * busy machine it would also have to wait for. And since next to nothing survives, V8 would go through the whole heap each
 * time that it has grown by a tenth, some times a second; it may grow threefold.
 *
 * The young generation stays at 8 MB. It would be 16 before long, and then what is left of thousands of messages is given
 * back at once, by another thread, for a millisecond, while this one wants the allocator too. It grows by a factor when
 * much has survived, and a factor of one is the only bound that can be set once V8 runs.
 */
export const collectLittle = (): void => {
  setFlagsFromString('--no-parallel-scavenge --heap-growing-percent=200');
  const surviving: number[][] = [];
  while (!isGrown() && surviving.length < 8_000) surviving.push(new Array(1_000).fill(0));
  setFlagsFromString('--semi-space-growth-factor=1');
};
