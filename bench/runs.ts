/** What is measured: models as their peers ship them, and the presets of Zab. */
export interface Run {
  readonly name: string;
  readonly model: string;
  readonly preset: string;
  /** Instead of the preset's. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Ends the search at the end of the level in which it has found so many. */
  readonly maxStates?: number;
  /** Threads that explore; 1 by default. */
  readonly workers?: number;
  /** Spin does the same one, with so many participants. */
  readonly spin?: number;
  /** Bytes; what does not fit goes to disk. */
  readonly maxMemory?: number;
  /** Name of an earlier run of the same search, to compare the cost with. */
  readonly as?: string;
  /** Part of a smoke run. */
  readonly quick?: true;
  /** What is known of others, not measured in this run: generated states a second. */
  readonly reference?: { readonly name: string; readonly generatedPerSecond: number };
}

/**
 * TLC (JDK 17) on ZooKeeper's Zab.tla, measured once: one worker on 3,1,1,0 (285,970 generated in 27 s, start-up included), two on
 * 3,2,1,0 (3,659,611 in 127 s). Both stand beside searches of ours with as many workers, one worker's also beside a larger one.
 */
const tlc1 = { name: 'TLC, 1 worker', generatedPerSecond: 10_600 };
const tlc2 = { name: 'TLC, 2 workers', generatedPerSecond: 28_800 };

export const runs: readonly Run[] = [
  { name: 'two-phase commit, 5', model: 'two-phase-commit', preset: 'participants-5', spin: 5, quick: true },
  { name: 'two-phase commit, 7', model: 'two-phase-commit', preset: 'participants-7', spin: 7 },
  { name: 'two-phase commit, 9', model: 'two-phase-commit', preset: 'participants-9', spin: 9 },
  {
    name: 'the same in 140 MB',
    model: 'two-phase-commit',
    preset: 'participants-9',
    maxMemory: 140 * 2 ** 20,
    as: 'two-phase commit, 9',
  },
  {
    name: 'the same with 2 workers',
    model: 'two-phase-commit',
    preset: 'participants-9',
    workers: 2,
    as: 'two-phase commit, 9',
  },
  { name: 'paxos, 2 clients', model: 'paxos', preset: 'clients-2', quick: true },
  { name: 'paxos, 3 clients', model: 'paxos', preset: 'clients-3' },
  { name: 'abd, 1 client', model: 'abd', preset: 'clients-1-servers-3', quick: true },
  { name: 'abd, 2 clients', model: 'abd', preset: 'clients-2-servers-3' },
  { name: 'zab, tiny', model: 'zab', preset: 'tiny', quick: true },
  { name: 'zab, default', model: 'zab', preset: 'default' },
  { name: 'zab, fle', model: 'zab', preset: 'fle' },
  {
    // A cold start, a crash and a write: 43 million states in all, of which these have over 50 million successors.
    name: 'zab, fle, txns 1, 16 M states',
    model: 'zab',
    preset: 'fle',
    config: { election: 'fle' },
    maxStates: 16_000_000,
  },
  { name: 'zab, fle, 2 workers', model: 'zab', preset: 'fle', workers: 2, as: 'zab, fle' },
  { name: 'zab, deep', model: 'zab', preset: 'deep' },
  { name: 'Zab.tla 3,1,1,0', model: 'zab-tla', preset: '3-1-1-0', reference: tlc1 },
  { name: 'Zab.tla 3,2,1,0', model: 'zab-tla', preset: '3-2-1-0', reference: tlc1 },
  {
    // Large enough that the reducer's first calls and the compiler no longer show.
    name: 'Zab.tla 3,2,2,1, 16 M states',
    model: 'zab-tla',
    preset: '3-2-2-1',
    maxStates: 16_000_000,
    reference: tlc1,
  },
  {
    name: 'Zab.tla 3,2,1,0, 2 workers',
    model: 'zab-tla',
    preset: '3-2-1-0',
    workers: 2,
    as: 'Zab.tla 3,2,1,0',
    reference: tlc2,
  },
  {
    name: 'Zab.tla 3,2,2,1, 2 workers',
    model: 'zab-tla',
    preset: '3-2-2-1',
    maxStates: 16_000_000,
    workers: 2,
    as: 'Zab.tla 3,2,2,1, 16 M states',
    reference: tlc2,
  },
];
