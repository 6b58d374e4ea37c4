/** For tests: configurations of the model that nobody would ask for. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { defects } from '../../spec/defects.js';
import { variants } from '../../spec/variants.js';
import { check } from '../check.js';
import { InputError, ModelError } from '../errors.js';
import type { Model } from '../model.js';
import { agreeWithTwin } from '../testing.js';
import { twin } from '../twin.js';
import { buildZab } from './model.js';
import type { ZabOptions } from './options.js';

const defectNames = defects.map(({ name }) => name);

/** Any grain, any variant, any budgets; a defect, two or none, and what of the variant is to be left out. */
const configurations: fc.Arbitrary<ZabOptions> = fc.record({
  servers: fc.integer({ min: 1, max: 3 }),
  observers: fc.constantFrom(0, 0, 1),
  txns: fc.constantFrom(0, 1, 2),
  clients: fc.constantFrom('anywhere' as const, 'anywhere' as const, 'leader' as const),
  crashes: fc.constantFrom(0, 1, 2),
  restarts: fc.constantFrom('free' as const, 0, 1),
  timeouts: fc.constantFrom(0, 0, 1),
  partitions: fc.constantFrom(0, 0, 1),
  cuts: fc.constantFrom(0, 0, 1),
  losses: fc.constantFrom(0, 1),
  duplicates: fc.constantFrom(0, 1),
  elections: fc.constantFrom('unbounded' as const, 1, 2),
  rounds: fc.constantFrom('unbounded' as const, 1, 2),
  election: fc.constantFrom('fle' as const, 'oracle' as const, 'atomic' as const),
  electionQueue: fc.constantFrom('unbounded' as const, 1, 2),
  receiveQueue: fc.constantFrom('unbounded' as const, 1, 2),
  resend: fc.constantFrom('idle' as const, 'free' as const),
  persistence: fc.constantFrom('sync' as const, 'async' as const),
  start: fc.constantFrom<ZabOptions['start'][]>(
    'cold',
    'cold',
    'serving',
    'established',
    'rejoined',
    'diverged',
  ),
  variant: fc.constantFrom('zab', 'zab', ...variants.map(({ name }) => name)),
  defect: fc.oneof(fc.constant<string[]>([]), fc.subarray(defectNames, { minLength: 1, maxLength: 2 })),
  fix: fc.oneof(fc.constant<string[]>([]), fc.subarray(defectNames)),
});

const built = (options: ZabOptions): Model | null => {
  try {
    return buildZab(options);
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
};

/**
 * Expects that the engine and the dumb twin agree on a configuration: to its end, or down to the level that exceeds so many
 * states. Null if its start is out of reach.
 */
const agreement = async (
  options: ZabOptions,
  mostStates: number,
): Promise<'complete' | 'bounded' | 'violated' | 'throws' | null> => {
  const model = built(options);
  if (model === null) return null;
  try {
    const { depth, bound } = await check(model, { maxStates: mostStates });
    const { verdict } = await agreeWithTwin(model, bound === null ? {} : { maxDepth: depth });
    return verdict === 'verified' ? 'complete' : verdict === 'violated' ? 'violated' : 'bounded';
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    expect(() => twin(model, { maxDepth: error.path.length })).toThrow();
    return 'throws';
  }
};

/** Expects that of so many drawn configurations, and that the protocol itself breaks nothing in any of them. */
export const agreeOnDrawn = (numRuns: number, mostStates: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(configurations, async (given) => {
      const ended = await agreement(given, mostStates);
      fc.pre(ended !== null);
      if (given.variant === 'zab' && given.defect.length === 0) expect(ended).not.toMatch(/violated|throws/);
    }),
    { numRuns, endOnFailure: true },
  );
