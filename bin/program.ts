/** The command line as a function: arguments in, exit code out. A user's mistake is told by its message, ours with a stack. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import type { ModelDefinition } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import { printable } from '../traces/values.js';
import { DEFAULT_MODEL, modelIn } from './models.js';
import type { Terminal } from './terminal.js';
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

interface Context {
  readonly args: readonly string[];
  readonly models: readonly ModelDefinition[];
  readonly terminal: Terminal;
  readonly done: (exitCode: number) => void;
}

const aboutAModel =
  (
    command: (model: ModelDefinition, context: Context, others: readonly string[]) => Command,
  ): ((context: Context) => readonly Command[]) =>
  (context) => {
    const model = modelFor(context.args, context.models);
    if (model === undefined) return [];
    const names = context.models.map(({ name }) => name);
    return [
      command(
        model,
        context,
        names.filter((name) => name !== model.name),
      ),
    ];
  };

/** In the order of the help. Each is loaded when it is asked for: half of the time of a small search would go into the rest. */
const subcommands: Readonly<Record<string, () => Promise<(context: Context) => readonly Command[]>>> = {
  check: async () => {
    const { checkCommand } = await import('./check.js');
    return aboutAModel((model, { terminal, done }, others) => checkCommand(model, others, terminal, done));
  },
  explore: async () => {
    const { exploreCommand } = await import('./explore.js');
    return aboutAModel((model, { models, terminal }) => exploreCommand(model, models, terminal));
  },
  simulate: async () => {
    const { simulateCommand } = await import('./simulate.js');
    return aboutAModel((model, { terminal, done }, others) => simulateCommand(model, others, terminal, done));
  },
  replay: async () => {
    const { replayCommand } = await import('./replay.js');
    return ({ models, terminal, done }) => [replayCommand(models, terminal, done)];
  },
  trace: async () => {
    const { traceCommand } = await import('./trace.js');
    return ({ models, terminal, done }) => [traceCommand(models, terminal, done)];
  },
  validate: async () => {
    const { validateCommand } = await import('./validate.js');
    return ({ models, terminal, done }) => [validateCommand(models, terminal, done)];
  },
  list: async () => {
    const { listCommand } = await import('./list.js');
    return ({ models, terminal }) => [listCommand(models, terminal)];
  },
  scenarios: async () => {
    const { scenariosCommand } = await import('./scenarios.js');
    return ({ models, terminal }) => [scenariosCommand(models, terminal)];
  },
  conform: async () => {
    const { conformCommand } = await import('./conform.js');
    return ({ terminal, done }) => [conformCommand(terminal, done)];
  },
  adapter: async () => {
    const { adapterCommand } = await import('./adapter.js');
    return ({ terminal }) => [adapterCommand(terminal)];
  },
  vectors: async () => {
    const { vectorsCommand } = await import('./vectors.js');
    return ({ terminal }) => [vectorsCommand(terminal)];
  },
  serve: async () => {
    const { serveCommand } = await import('./serve.js');
    return ({ terminal, done }) => [serveCommand(terminal, done)];
  },
  ensemble: async () => {
    const { ensembleCommand } = await import('./ensemble.js');
    return ({ terminal, done }) => [ensembleCommand(terminal, done)];
  },
};

const build = async (context: Context): Promise<Command> => {
  const { args, terminal } = context;
  const program = new Command('zab')
    .description("An executable specification and model checker of ZooKeeper's atomic broadcast.")
    .version(version(), '-V, --version', 'print the version')
    // What stands behind a subcommand is the subcommand's, also where both know such a flag.
    .enablePositionalOptions();
  // Help, and what to say about a name that there is not, is about all of them.
  const asked = Object.hasOwn(subcommands, args[0] ?? '') ? [args[0]!] : Object.keys(subcommands);
  for (const command of await Promise.all(asked.map((name) => subcommands[name]!()))) {
    for (const one of command(context)) program.addCommand(one);
  }
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
    const done = (code: number): void => {
      exitCode = code;
    };
    const program = await build({ args, models, terminal, done });
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    return report(error, terminal);
  }
};
