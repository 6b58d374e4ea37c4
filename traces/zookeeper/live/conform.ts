/**
 * Plays a scenario with real servers and judges what they did: every message of the run has to be one that the variant
 * `zookeeper-3.8` sends there, and the end has to be the specification's. A defect that 3.8.0 is known for breaks the
 * invariant that it is known for, and no other.
 */
import { captureLog } from '../capture.js';
import { type Validation, validate } from '../../validate.js';
import { type Broken, brokenInvariants } from './broken.js';
import { Ensemble, ScriptError } from './ensemble.js';
import { type Difference, differences, type Outcome } from './outcome.js';
import type { Scenario } from './scenarios.js';

/** More than ten times what the captures of such runs took. */
const MOST_STEPS = 200_000;

export interface RealRun {
  readonly name: string;
  readonly summary: string;
  /** `inconclusive`: the moment was missed, a bound was hit, or the machine was too slow. */
  readonly verdict: 'passed' | 'failed' | 'inconclusive';
  readonly why?: string;
  readonly seconds: number;
  readonly capture: string;
  readonly validation?: Validation;
  readonly expected?: Outcome;
  readonly outcome?: Outcome;
  readonly differences: readonly Difference[];
  readonly broken: readonly Broken[];
  readonly attempts: number;
}

const judged = (
  scenario: Scenario,
  capture: string,
  outcome: Outcome,
): Pick<RealRun, 'verdict' | 'why' | 'validation' | 'expected' | 'outcome' | 'differences' | 'broken'> => {
  const validation = validate(captureLog(capture), { maxSteps: MOST_STEPS });
  const expected = scenario.expected();
  const found = differences(expected, outcome);
  const broken = validation.verdict === 'accepted' ? brokenInvariants(validation.servers) : [];
  const all = { validation, expected, outcome, differences: found, broken };
  if (validation.verdict !== 'accepted')
    return {
      ...all,
      verdict: validation.verdict === 'rejected' ? 'failed' : 'inconclusive',
      why: `the run is ${validation.verdict} under zookeeper-3.8`,
    };
  const names = broken.map(({ invariant }) => invariant);
  const strange = names.find((name) => !(scenario.breaks ?? []).includes(name));
  if (strange !== undefined) return { ...all, verdict: 'failed', why: `${strange} is broken` };
  if (found.length > 0) {
    const why = found
      .map(({ what, specification, real }) => `${what}: ${real}, not ${specification}`)
      .join('; ');
    return { ...all, verdict: scenario.attempts === undefined ? 'failed' : 'inconclusive', why };
  }
  const missing = (scenario.breaks ?? []).find((name) => !names.includes(name));
  if (missing !== undefined) return { ...all, verdict: 'inconclusive', why: `${missing} held this time` };
  return { ...all, verdict: 'passed' };
};

const once = async (scenario: Scenario, attempt: number, interrupted: () => boolean): Promise<RealRun> => {
  const began = performance.now();
  const { name, summary } = scenario;
  const ensemble = await Ensemble.create(scenario.size, interrupted);
  let outcome: Outcome | null = null;
  let why: string | undefined;
  try {
    outcome = await scenario.play(ensemble);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    why = error.message;
  } finally {
    await ensemble.stop();
  }
  const capture = ensemble.recorder.text();
  const result =
    outcome === null
      ? { verdict: 'inconclusive' as const, differences: [], broken: [], why: why! }
      : judged(scenario, capture, outcome);
  return {
    name,
    summary,
    capture,
    attempts: attempt,
    seconds: (performance.now() - began) / 1000,
    ...result,
  };
};

/** A script whose moment may be missed is tried again; nothing else is. */
export const playReal = async (
  scenario: Scenario,
  interrupted: () => boolean = () => false,
): Promise<RealRun> => {
  for (let attempt = 1; ; attempt++) {
    const run = await once(scenario, attempt, interrupted);
    if (run.verdict !== 'inconclusive' || attempt >= (scenario.attempts ?? 1) || interrupted()) return run;
  }
};
