/** `zab simulate [model]`: random walks through a model that is too big to search, and what was found on them. */
import { randomInt } from 'node:crypto';
import { Command } from 'commander';
import type { ModelDefinition } from '../checker/definition.js';
import { ModelError } from '../checker/errors.js';
import type { SimulateOptions, SimulateResult } from '../checker/simulate/result.js';
import { simulate } from '../checker/simulate.js';
import { notes } from './check.js';
import { addModelFlags, addSimulationFlags, type SimulationFlags } from './flags.js';
import { interruptible } from './interrupt.js';
import { failureJson } from './json.js';
import { plansOf } from './plan.js';
import { simulationProgressLine } from './progress.js';
import { renderFailure, renderTitle } from './report.js';
import { FailedSearch, failure, findingOf, type Plan } from './search.js';
import { renderSimulation, type Simulated, simulationJson } from './simulate-report.js';
import type { Terminal } from './terminal.js';
import { EXIT } from './verdict.js';

/** Seeds that are drawn are short enough to be typed again. */
const SEEDS = 2 ** 32;

const EXIT_OF: Readonly<Record<SimulateResult['verdict'], number>> = {
  unviolated: EXIT.verified,
  violated: EXIT.violated,
  incomplete: EXIT.incomplete,
};

const EXIT_CODES =
  'Exit codes: 0 no violation found in all the walks or all the time that were asked for (which verifies nothing), 1 violated, 2 bad usage or input, 3 no violation found, but nobody said how much is enough, or interrupted.';

const optionsOf = ({ seed, walks, seconds, depth, keepGoing }: SimulationFlags): SimulateOptions => ({
  seed: seed ?? randomInt(SEEDS),
  ...(walks !== undefined && { walks }),
  ...(seconds !== undefined && { seconds }),
  ...(depth !== undefined && { depth }),
  ...(keepGoing !== undefined && { keepGoing }),
});

/** @throws FailedSearch where the model breaks its own contract. */
const simulated = async (
  plan: Plan,
  options: SimulateOptions,
  interrupted: () => boolean,
  terminal: Terminal,
): Promise<Simulated> => {
  const progress = simulationProgressLine(terminal.err, plan.quiet);
  try {
    const result = await simulate(plan.model, { ...options, onProgress: progress.update, interrupted });
    progress.done();
    return { plan, result, findings: result.violations.map((v, i) => findingOf(plan, v, i, terminal)) };
  } catch (error) {
    progress.done();
    throw error instanceof ModelError ? failure(plan, error, terminal) : error;
  }
};

const runSimulation = async (plan: Plan, flags: SimulationFlags, terminal: Terminal): Promise<number> => {
  const { out } = terminal;
  const options = optionsOf(flags);
  const printJson = (value: unknown): void => out.write(`${JSON.stringify(value, null, 2)}\n`);
  try {
    if (!flags.json) out.write(renderTitle(plan, out));
    const simulation = await interruptible(terminal, (interrupted) =>
      simulated(plan, options, interrupted, terminal),
    );
    if (flags.json) printJson(simulationJson(simulation));
    else out.write(renderSimulation(simulation, out));
    return EXIT_OF[simulation.result.verdict];
  } catch (error) {
    if (!(error instanceof FailedSearch)) throw error;
    if (flags.json) printJson({ ...failureJson(error), seed: options.seed });
    else out.write(`Seed ${options.seed}\n\n${renderFailure(error, out)}`);
    return EXIT.violated;
  }
};

/** The command with the flags of this model; which one is meant, the arguments say. */
export const simulateCommand = (
  definition: ModelDefinition,
  others: readonly string[],
  terminal: Terminal,
  done: (exitCode: number) => void,
): Command => {
  const command = new Command('simulate')
    .summary('take random walks through a model that is too big to check')
    .description(
      'Takes random walks through the states of a model, checking its properties on the way. A walk that breaks one is shrunk to a short run. The walks follow from the seed, which is always printed.',
    )
    .argument('[model]', `model to simulate; its flags are listed below (default: zab)`);
  addSimulationFlags(command);
  addModelFlags(command, definition);
  command.addHelpText('after', notes('simulate', EXIT_CODES, definition, others, terminal.out.columns));
  return command.action(
    async (_model: string | undefined, flags: SimulationFlags & Record<string, string | boolean>) => {
      const given = Object.keys(definition.schema.shape).filter((name) => flags[name] !== undefined);
      const modelFlags = Object.fromEntries(given.map((name) => [name, flags[name]!]));
      const [plan] = plansOf(definition, flags, modelFlags);
      done(await runSimulation(plan!, flags, terminal));
    },
  );
};
