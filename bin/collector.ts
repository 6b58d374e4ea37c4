/** The young generation of the collector, kept as small as it is when a search begins. */
import { setFlagsFromString } from 'node:v8';

/**
 * Otherwise it grows to 48 megabytes while the model's functions are called, for next to no speed: the states of a search
 * are in arrays of which the collector knows nothing.
 */
export const keepYoungGenerationSmall = (): void => setFlagsFromString('--semi-space-growth-factor=1');
