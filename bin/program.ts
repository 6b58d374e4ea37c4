/** The command line as a function: arguments in, exit code out. A user's mistake is told by its message, ours with a stack. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import type { ModelDefinition } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import { printable } from '../traces/values.js';
import { adapterCommand } from './adapter.js';
import { checkCommand } from './check.js';
import { conformCommand } from './conform.js';
import { ensembleCommand } from './ensemble.js';
import { exploreCommand } from './explore.js';
import { listCommand } from './list.js';
import { DEFAULT_MODEL, modelIn } from './models.js';
import { replayCommand } from './replay.js';
import { scenariosCommand } from './scenarios.js';
import { serveCommand } from './serve.js';
import { simulateCommand } from './simulate.js';
import type { Terminal } from './terminal.js';
import { traceCommand } from './trace.js';
import { validateCommand } from './validate.js';
import { vectorsCommand } from './vectors.js';
import { EXIT } from './verdict.js';

/** Of a defect in this program itself; none of the documented codes would be true. */
const SOFTWARE_ERROR = 70;

/** The package file lies above both bin/ and dist/bin/. */
const version = (): string => {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version;
    } catch {}
  }
  return 'unknown';
};

/** Of the subcommands only these have flags that depend on their operand. */
const ABOUT_A_MODEL = ['check', 'simulate', 'explore'];

const modelFor = (
  args: readonly string[],
  models: readonly ModelDefinition[],
): ModelDefinition | undefined => {
  if (ABOUT_A_MODEL.includes(args[0]!)) return modelIn(args.slice(1), models);
  return models.find(({ name }) => name === DEFAULT_MODEL) ?? models[0];
};

const build = (
  args: readonly string[],
  models: readonly ModelDefinition[],
  terminal: Terminal,
  done: (exitCode: number) => void,
): Command => {
  const program = new Command('zab')
    .description("An executable specification and model checker of ZooKeeper's atomic broadcast.")
    .version(version(), '-V, --version', 'print the version')
    // What stands behind a subcommand is the subcommand's, also where both know such a flag.
    .enablePositionalOptions();
  const model = modelFor(args, models);
  if (model !== undefined) {
    const others = models.map(({ name }) => name).filter((name) => name !== model.name);
    program.addCommand(checkCommand(model, others, terminal, done));
    program.addCommand(exploreCommand(model, models, terminal));
    program.addCommand(simulateCommand(model, others, terminal, done));
  }
  program.addCommand(replayCommand(models, terminal, done));
  program.addCommand(traceCommand(models, terminal, done));
  program.addCommand(validateCommand(models, terminal, done));
  program.addCommand(listCommand(models, terminal));
  program.addCommand(scenariosCommand(models, terminal));
  program.addCommand(conformCommand(terminal, done));
  program.addCommand(adapterCommand(terminal));
  program.addCommand(vectorsCommand(terminal));
  program.addCommand(serveCommand(terminal, done));
  program.addCommand(ensembleCommand(terminal, done));
  const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
  for (const command of all(program)) quietly(command, terminal);
  return program;
};

/** Nothing is written behind the terminal's back, and nothing exits. */
const quietly = (command: Command, { out, err }: Terminal): void => {
  command.exitOverride().configureOutput({
    writeOut: out.write,
    writeErr: err.write,
    outputError: (text, write) => write(text.replace(/^error: /, 'zab: ')),
    getOutHelpWidth: () => out.columns,
    getErrHelpWidth: () => err.columns,
    getOutHasColors: () => out.color,
    getErrHasColors: () => err.color,
  });
  command.configureHelp({
    minWidthToWrap: 20,
    styleTitle: (text) => pc.createColors(out.color).bold(text),
  });
};

const report = (error: unknown, { err }: Terminal): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
  if (error instanceof InputError) {
    err.write(
      `${error.message
        .split('\n')
        .map((line) => `zab: ${printable(line)}`)
        .join('\n')}\n`,
    );
    return EXIT.usage;
  }
  err.write(`zab: a defect in zab itself: ${error instanceof Error ? error.stack : String(error)}\n`);
  return SOFTWARE_ERROR;
};

export const main = async (
  args: readonly string[],
  models: readonly ModelDefinition[],
  terminal: Terminal,
): Promise<number> => {
  let exitCode: number = EXIT.verified;
  try {
    await build(args, models, terminal, (code) => {
      exitCode = code;
    }).parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, terminal);
  }
};
