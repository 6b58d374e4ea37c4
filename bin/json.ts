/** The report of a search as one JSON object, for programs; its fields are part of the command's interface. */
import type { RecoveryResult } from '../checker/recovery/result.js';
import type { FailedSearch, Finding, Report } from './search.js';

const violationJson = ({ violation, file }: Finding) => ({
  property: violation.property,
  claim: violation.claim,
  depth: violation.depth,
  trace: file,
  offending: violation.offending,
});

const recoveryJson = ({ trap, ...recovery }: RecoveryResult) => ({
  ...recovery,
  trapDepth: trap?.depth ?? null,
});

export const reportJson = ({ plan, result, findings }: Report) => ({
  verdict: result.verdict,
  bound: result.bound,
  model: plan.model.name,
  preset: plan.preset?.name ?? null,
  config: plan.model.config,
  distinct: result.distinct,
  generated: result.generated,
  depth: result.depth,
  diameter: result.complete ? result.depth : null,
  terminal: result.terminal,
  seconds: result.seconds,
  modelSeconds: result.modelSeconds,
  statesPerSecond: result.statesPerSecond,
  memoryBytes: result.memoryBytes,
  spilledBytes: result.spilledBytes,
  collisionProbability: result.collisionProbability,
  invariants: result.invariants.map(({ name, holds }) => ({ name, holds })),
  goals: result.goals.map(({ name, reached, depth, applicable }) => ({ name, reached, depth, applicable })),
  coverage: result.coverage,
  levels: result.levels,
  ...(result.symmetry && { symmetry: result.symmetry }),
  ...(result.audit && { audit: result.audit }),
  ...(result.recovery && { recovery: recoveryJson(result.recovery) }),
  caveats: plan.model.caveats ?? [],
  ...(findings[0] && { violation: violationJson(findings[0]) }),
  ...(findings.length > 1 && { violations: findings.map(violationJson) }),
});

/** Nothing was counted to the end, so there are no counts. */
export const failureJson = ({ plan, error, file }: FailedSearch) => ({
  verdict: 'violated',
  model: plan.model.name,
  preset: plan.preset?.name ?? null,
  config: plan.model.config,
  error: error.message,
  violation: { property: 'ModelError', depth: error.path.length, trace: file },
});
