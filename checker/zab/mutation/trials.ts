/**
 * The standard searches that every mutant has to stand, cheapest first: small presets that between them reach every goal
 * and take every action of the protocol.
 */

export interface Trial {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Where the search is cut off; a mutant may well have more states than the protocol. */
  readonly maxStates?: number;
}

const established = { start: 'established', txns: 0 };

/** A few thousand states each: what most mutants die of. */
export const quickTrials: readonly Trial[] = [
  { name: 'write', config: { crashes: 0, elections: 1 } },
  { name: 'single', config: { servers: 1, observers: 1, txns: 2, crashes: 2 } },
  { name: 'write-async', config: { crashes: 0, elections: 1, persistence: 'async' } },
  { name: 'observer', config: { servers: 2, observers: 1, elections: 1 } },
  { name: 'pair', config: { servers: 2, txns: 2 } },
  { name: 'pair-cut', config: { servers: 2, crashes: 0, cuts: 1, partitions: 1 } },
  { name: 'fle', config: { election: 'fle', crashes: 0, txns: 0 } },
  { name: 'fle-observer', config: { election: 'fle', servers: 2, observers: 1, crashes: 0 } },
  { name: 'fle-pair', config: { election: 'fle', servers: 2, losses: 1, duplicates: 1 } },
  { name: 'fle-single', config: { election: 'fle', servers: 1, observers: 1 } },
  { name: 'established', config: established },
];

export const trials: readonly Trial[] = [
  ...quickTrials,
  { name: 'established-async', config: { ...established, persistence: 'async' } },
  { name: 'two-writes', config: { crashes: 0, elections: 1, txns: 2 } },
  { name: 'pair-async', config: { servers: 2, txns: 2, persistence: 'async' } },
  { name: 'timeouts', config: { crashes: 0, timeouts: 2, txns: 0 } },
  { name: 'rejoined', config: { start: 'rejoined', crashes: 0, timeouts: 1, elections: 1, txns: 1 } },
  {
    name: 'diverged',
    config: { start: 'diverged', observers: 1, elections: 1 },
    maxStates: 300_000,
  },
  { name: 'two-crashes', config: { ...established, crashes: 2 }, maxStates: 400_000 },
  { name: 'fle-established', config: { ...established, election: 'fle' }, maxStates: 300_000 },
];

/** Bounds of a search, where the trial has none of its own. */
export const bounds = { maxStates: 200_000 } as const;

/** Some planted defects need that many. */
export const plantedStates = 4_000_000;

/** And of the search past a violation, which shows what else breaks. */
export const afterwards = { maxStates: 30_000 } as const;
