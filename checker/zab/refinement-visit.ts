/**
 * Looks at every reachable state of a model through the engine, so that two models can be compared. The engine asks a
 * property once for every distinct combination of what it reads; a property that holds always and takes notes sees all
 * of them. The notes are a set, so that neither order nor repetition matters.
 */
import { check } from '../check.js';
import type { Model, Read } from '../model.js';
import type { CheckResult } from '../result.js';

export interface Sight {
  readonly reads: readonly Read<any>[];
  readonly see: (values: readonly any[]) => void;
}

/** @throws Error if a bound ends the search: then not everything was seen. */
export const see = async (model: Model, sights: readonly Sight[]): Promise<CheckResult> => {
  const invariants = sights.map(
    ({ reads, see: look }, index) =>
      ({
        name: `sight ${index}`,
        claim: '',
        source: '',
        on: 'state',
        reads,
        holds: (values: readonly any[]) => {
          look(values);
          return true;
        },
      }) as const,
  );
  const result = await check({ ...model, invariants, goals: [] });
  if (!result.complete) throw new Error(`the search of ${model.name} was cut off: ${result.bound}`);
  return result;
};
