/** Checks a model: searches its states breadth-first, and reports what the search found, counterexamples re-executed. */
import { audit } from './audit.js';
import { plainPath, violationOf } from './counterexample.js';
import { lockCheckpoints } from './engine/checkpoint.js';
import { compareFindings, type Finding } from './engine/findings.js';
import { Search } from './engine/search.js';
import { Thrown } from './engine/thrown.js';
import { ModelError } from './errors.js';
import type { Goal, Model } from './model.js';
import type { State } from './plain.js';
import { recoveryOf } from './recovery.js';
import type { CheckOptions, CheckResult, SymmetryResult, Violation } from './result.js';

/**
 * Explores every reachable state of the model, within the bounds of the options.
 *
 * The counts, the order of the states and the counterexample depend on nothing but the model.
 *
 * @throws ModelError with the path that led there, if a function of the model throws or returns what it must not; or
 * without one, if the audit finds that it is no function at all.
 * @throws InputError if a file of the search cannot be written or read.
 */
export const check = async (model: Model, options: CheckOptions = {}): Promise<CheckResult> => {
  const search = new Search(model, options);
  const unlock = await lockCheckpoints(options);
  try {
    return await checkBy(search, model, options);
  } finally {
    search.close();
    await unlock();
  }
};

const checkBy = async (search: Search, model: Model, options: CheckOptions): Promise<CheckResult> => {
  try {
    await search.run();
  } catch (error) {
    throw error instanceof Thrown ? modelError(model, search, error) : error;
  }
  const audited = options.audit === undefined ? {} : { audit: audit(search.tables, options.audit) };
  const result = { ...report(model, search, options), ...audited };
  return options.recovery && search.complete ? withRecovery(model, search, options, result) : result;
};

const withRecovery = async (
  model: Model,
  search: Search,
  options: CheckOptions,
  result: CheckResult,
): Promise<CheckResult> => {
  const { maxSeconds, interrupted, onRecovery, keepGoing } = options;
  const recovery = await recoveryOf(model, search, {
    ...(maxSeconds !== undefined && { maxSeconds: maxSeconds - search.seconds }),
    ...(interrupted && { interrupted }),
    ...(onRecovery && { onProgress: onRecovery }),
  });
  const { trap } = recovery;
  const isReported = trap !== null && (keepGoing === true || result.violations.length === 0);
  const violations = isReported ? [...result.violations, trap] : result.violations;
  const isOpen = result.verdict === 'verified' && recovery.verdict === 'undetermined';
  const verdict = violations.length > 0 ? 'violated' : isOpen ? 'incomplete' : result.verdict;
  return { ...result, verdict, recovery, violations };
};

const visitedBy =
  (search: Search) =>
  (state: State): boolean => {
    const { lo, hi } = search.keyOf(state);
    return search.has(lo, hi);
  };

const modelError = (model: Model, search: Search, error: Thrown): ModelError => {
  if (error.at === undefined) return new ModelError(error.message, [], { cause: error.cause });
  const { state, action } = error.at;
  const numbers = [...search.links.pathTo(state), ...(action < 0 ? [] : [action])];
  const { actions } = plainPath(model, numbers, visitedBy(search));
  return new ModelError(error.message, actions, { cause: error.cause });
};

const report = (model: Model, search: Search, options: CheckOptions): CheckResult => {
  const { distinct, generated, seconds, complete, bound, levels, findings } = search;
  const { coverage, terminal } = search.totals;
  const violations = violationsOf(model, search, options);
  const verdict = violations.length > 0 ? 'violated' : complete ? 'verified' : 'incomplete';
  return {
    verdict,
    bound,
    complete,
    distinct,
    generated,
    depth: levels.length - 1,
    seconds,
    modelSeconds: search.tables.clock.milliseconds / 1000,
    statesPerSecond: Math.round((distinct - search.resumedAt) / seconds),
    memoryBytes: process.resourceUsage().maxRSS * 1024,
    spilledBytes: search.spilledBytes,
    collisionProbability: options.exact ? 0 : collisionProbability(search),
    ...symmetryResult(search),
    invariants: model.invariants.map(({ name, claim, source }, index) => ({
      name,
      claim,
      source,
      holds: findings.open[index] === 0 ? false : complete ? true : null,
    })),
    goals: model.goals.map((goal, index) =>
      goalOf(goal, findings.first[model.invariants.length + index], complete),
    ),
    coverage: Object.fromEntries(model.actions.map((name, index) => [name, coverage[index]!])),
    levels,
    terminal,
    violations,
  };
};

/** The least of n numbers is more likely to be small, so that two of them are the same n * n / (2n - 1) times as often. */
const collisionProbability = ({ distinct, generated, tables: { symmetry } }: Search): number => {
  const n = symmetry?.permutations.length ?? 1;
  return (((n * n) / (2 * n - 1)) * distinct * (generated - distinct)) / 2 ** 64;
};

const symmetryResult = ({ tables, totals }: Search): { readonly symmetry?: SymmetryResult } => {
  if (tables.symmetry === undefined) return {};
  const { of, permutations } = tables.symmetry;
  const { distinct, generated } = totals.members;
  return { symmetry: { of, permutations: permutations.length, distinct, generated: generated + 1 } };
};

const goalOf = (
  { name, claim, needs, applicable }: Goal,
  finding: Finding | undefined,
  complete: boolean,
): CheckResult['goals'][number] => ({
  name,
  claim,
  needs,
  applicable,
  reached: finding ? true : complete ? false : null,
  depth: finding?.depth ?? null,
});

/** Broken invariants in breadth-first order, then unreached goals; of all these the first, unless told to keep going. */
const violationsOf = (model: Model, search: Search, options: CheckOptions): readonly Violation[] => {
  const broken = search.findings.first
    .slice(0, model.invariants.length)
    .filter((finding) => finding !== undefined)
    .sort(compareFindings);
  const unreached = search.complete ? unreachedGoals(model, search) : [];
  const all = broken.length + unreached.length;
  const wanted = options.keepGoing ? all : Math.min(1, all);
  return [
    ...broken.slice(0, wanted).map((finding) => shown(model, search, finding)),
    ...unreached.slice(0, Math.max(0, wanted - broken.length)),
  ];
};

const shown = (model: Model, search: Search, finding: Finding): Violation => {
  const numbers = [...search.links.pathTo(finding.parent), ...(finding.action < 0 ? [] : [finding.action])];
  return violationOf(model, model.invariants[finding.property]!, numbers, finding, visitedBy(search));
};

const unreachedGoals = (model: Model, search: Search): readonly Violation[] =>
  model.goals
    .filter((goal, index) => goal.applicable && !search.findings.first[model.invariants.length + index])
    .map(({ name, claim, source }) => ({
      property: name,
      claim,
      source,
      depth: 0,
      path: [],
      offending: null,
    }));
