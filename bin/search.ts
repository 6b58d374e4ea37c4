/** One search of `zab check`: the engine with its progress, then a saved trace for each violation that it found. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { check } from '../checker/check.js';
import type { ModelDefinition, Preset } from '../checker/definition.js';
import { InputError, ModelError } from '../checker/errors.js';
import type { Action, Model } from '../checker/model.js';
import { RECOVERY } from '../checker/recovery.js';
import type { CheckOptions, CheckResult, Violation } from '../checker/result.js';
import { refusal, writeTraceFile } from '../traces/file.js';
import type { Trace } from '../traces/format.js';
import { recordTrace } from '../traces/record.js';
import { keepYoungGenerationSmall } from './collector.js';
import type { Config } from './config.js';
import { progressLine, recoveryProgressLine } from './progress.js';
import type { Terminal } from './terminal.js';

/** What is going to be searched. */
export interface Plan {
  readonly definition: ModelDefinition;
  /** Where the configuration started from. */
  readonly base: Preset | undefined;
  /** Whose configuration it is in the end, if it is that of a preset. */
  readonly preset: Preset | undefined;
  readonly config: Config;
  readonly model: Model;
  /** Whether --property left any out. */
  readonly partial: boolean;
  readonly limits: CheckOptions;
  readonly quiet: boolean;
  /** The trace file of a violation. */
  readonly traceFile: (property: string, index: number) => string;
}

/** A violation with its path as a trace; null for a goal that was not reached, which has no path. */
export interface Finding {
  readonly violation: Violation;
  readonly trace: Trace | null;
  /** Where the trace was saved, if it could be. */
  readonly file: string | null;
}

export interface Report {
  readonly plan: Plan;
  readonly result: CheckResult;
  readonly findings: readonly Finding[];
}

/** The model's own code failed on the way: the path that led there, instead of a result. */
export class FailedSearch extends Error {
  constructor(
    readonly plan: Plan,
    readonly error: ModelError,
    readonly trace: Trace | null,
    readonly file: string | null,
  ) {
    super(error.message, { cause: error });
  }
}

/** Before a search of an hour, not after it. */
export const requireWritable = (flag: string, file: string): void => {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw { code: 'EISDIR' };
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw new InputError(`${flag} ${file}: ${refusal(error)}`);
  }
};

/** A trace that cannot be saved is a pity, but the verdict stands. */
const save = (file: string, trace: Trace, terminal: Terminal): string | null => {
  try {
    writeTraceFile(file, trace);
    return file;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    terminal.err.write(`zab: the trace was not saved: ${error.message}\n`);
    return null;
  }
};

/** Saves the trace of a violation, unless it is a goal that was not reached. */
export const findingOf = (plan: Plan, violation: Violation, index: number, terminal: Terminal): Finding => {
  const { property, claim, offending } = violation;
  if (plan.model.goals.some(({ name }) => name === property)) return { violation, trace: null, file: null };
  // A trap is a run like any other: that nothing leads out of it is seen in no state.
  const broken = property === RECOVERY ? undefined : { property, claim, offending };
  const trace = recordTrace(plan.model, violation.path, broken);
  return { violation, trace, file: save(plan.traceFile(property, index), trace, terminal) };
};

export const failure = (plan: Plan, error: ModelError, terminal: Terminal): FailedSearch => {
  let trace: Trace | null = null;
  try {
    trace = recordTrace(plan.model, error.path as readonly Action[]);
  } catch {
    // The last action of the path is the one that fails, so it fails here too.
  }
  const file = trace && save(plan.traceFile('ModelError', 0), trace, terminal);
  return new FailedSearch(plan, error, trace, file);
};

/** @throws FailedSearch where the model breaks its own contract. */
export const search = async (plan: Plan, interrupted: () => boolean, terminal: Terminal): Promise<Report> => {
  keepYoungGenerationSmall();
  const progress = progressLine(terminal.err, plan.quiet);
  const recovery = recoveryProgressLine(terminal.err, plan.quiet);
  const done = (): void => {
    progress.done();
    recovery.done();
  };
  try {
    const result = await check(plan.model, {
      ...plan.limits,
      onProgress: progress.update,
      onRecovery: recovery.update,
      interrupted,
    });
    done();
    return { plan, result, findings: result.violations.map((v, i) => findingOf(plan, v, i, terminal)) };
  } catch (error) {
    done();
    throw error instanceof ModelError ? failure(plan, error, terminal) : error;
  }
};
