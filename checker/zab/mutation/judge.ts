/**
 * Judges one mutant: run from inside a mutated copy of the build, as a process of its own, because a mutant may loop for
 * ever. Takes trials as JSON and prints the judgement as JSON. The trial that kills it is run again past the violation, so
 * that the judgement names every invariant that could have.
 */
import { fileURLToPath } from 'node:url';
import { check } from '../../check.js';
import { InputError } from '../../errors.js';
import type { CheckResult } from '../../result.js';
import { buildZab } from '../model.js';
import { afterwards, bounds, trials as standardTrials, type Trial } from './trials.js';

export interface Counts {
  readonly trial: string;
  readonly distinct: number;
  readonly generated: number;
  readonly complete: boolean;
}

export type Judgement =
  | {
      readonly kind: 'killed';
      readonly trial: string;
      /** What broke on the shortest path, and after how many actions. */
      readonly first: string;
      readonly depth: number;
      /** All that can break in this trial; a goal only where no invariant can. */
      readonly by: readonly string[];
    }
  /** An assertion of the model, or an error. */
  | { readonly kind: 'crashed'; readonly trial: string; readonly message: string }
  /** The process was stopped. */
  | { readonly kind: 'stopped'; readonly message: string }
  | { readonly kind: 'survived'; readonly counts: readonly Counts[] };

const corollaries = ['Agreement', 'TotalOrder', 'PrimaryIntegrity'];

/** Base invariants that broke; corollaries are implied by them. If none did, goals that were not reached. */
const killers = ({ violations }: CheckResult, goals: ReadonlySet<string>): readonly string[] => {
  const names = violations.map(({ property }) => property);
  const invariants = names.filter((name) => !goals.has(name) && !corollaries.includes(name));
  return invariants.length > 0 ? invariants : names;
};

/**
 * Action names that no model of the protocol lists, an observer's TRUNC say, are not what a mutant is to be killed for: it
 * goes on, to what they lead to.
 */
const allActions = (): readonly string[] => {
  const known = standardTrials.flatMap(({ config }) => buildZab({ ...config, start: 'cold' }).actions);
  return known.flatMap((name) => [name, name.replace(/^follower/, 'observer')]);
};

export const judge = async (trials: readonly Trial[]): Promise<Judgement> => {
  const counts: Counts[] = [];
  const known = allActions();
  for (const { name: trial, config, maxStates = bounds.maxStates } of trials) {
    try {
      const built = buildZab(config);
      const model = { ...built, actions: [...new Set([...built.actions, ...known])] };
      const result = await check(model, { ...bounds, maxStates });
      const [first] = result.violations;
      if (first) {
        const all = await check(model, { ...afterwards, keepGoing: true });
        const goals = new Set(model.goals.map(({ name }) => name));
        const by = [...new Set([...killers(result, goals), ...killers(all, goals)])];
        return { kind: 'killed', trial, first: first.property, depth: first.depth, by };
      }
      const unreached = result.goals.filter(({ applicable, reached }) => applicable && !reached);
      // Cut off with many more states than the protocol has, and still not there: it goes round in circles.
      if (unreached.length > 0) {
        const by = unreached.map(({ name }) => name);
        return { kind: 'killed', trial, first: by[0]!, depth: 0, by };
      }
      const { distinct, generated, complete } = result;
      counts.push({ trial, distinct, generated, complete });
    } catch (error) {
      // Its start is out of reach by the way that leads there: no mistake yet, and for other trials to say.
      if (error instanceof InputError) continue;
      return { kind: 'crashed', trial, message: String((error as Error).message).split('\n')[0]! };
    }
  }
  return { kind: 'survived', counts };
};

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(JSON.stringify(await judge(JSON.parse(process.argv[2]!))));
