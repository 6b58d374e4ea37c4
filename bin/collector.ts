/** The young generation of the collector, as searches and servers want it. */
import { setFlagsFromString } from 'node:v8';

/**
 * Otherwise it grows to 48 megabytes while the model's functions are called, for next to no speed: the states of a search
 * are in arrays of which the collector knows nothing.
 */
export const keepYoungGenerationSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');

/**
 * Flags of Node's for a server, in megabytes, which it takes only when it starts. Of what a server allocates next to nothing
 * survives, so V8 lets the young generation grow late, and shrinks it while the server idles.
 */
export const SERVER_FLAGS = ['--min-semi-space-size=16', '--max-semi-space-size=16'] as const;

/**
 * What a server allocates dies young: one thread collects what is left in less time than it takes to wake others, which on a
 * busy machine it would also have to wait for. And since next to nothing survives, V8 would go through the whole heap each
 * time that it has grown by a tenth, some times a second; it may grow threefold.
 */
export const collectLittle = (): void =>
  setFlagsFromString('--no-parallel-scavenge --heap-growing-percent=200');
