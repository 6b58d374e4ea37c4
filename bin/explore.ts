/** `zab explore [model]`: serves a page on this machine, on which one walks through the states of a model. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ModelDefinition } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import { traceFileNamed } from '../traces/corpus.js';
import { type Running, serve } from '../traces/explore/server.js';
import { Session } from '../traces/explore/session.js';
import { Walk } from '../traces/explore/walk.js';
import { readTraceFile } from '../traces/file.js';
import { drawingOf, modelOfTrace } from '../traces/model.js';
import type { Place } from '../traces/page/data.js';
import { printable } from '../traces/values.js';
import { describeConfig } from './config.js';
import { addModelFlags, type GeneralFlags } from './flags.js';
import { plansOf } from './plan.js';
import type { Terminal } from './terminal.js';

interface ExploreFlags extends Pick<GeneralFlags, 'preset' | 'config'> {
  readonly trace?: string;
  readonly port?: number;
}

/** Always the same if it is free, so that a link that was shared yesterday works today. */
const USUAL_PORT = 8471;

const parsePort = (text: string): number => {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a port, 0 for any that is free.');
};

/** At the end of a trace. @throws InputError naming the file, if it is no run of its model. */
const endOfTrace = (name: string, models: readonly ModelDefinition[]): Place => {
  const file = traceFileNamed(name);
  const { header, steps } = readTraceFile(file);
  try {
    const model = modelOfTrace({ header, steps }, models);
    const walk = new Walk(model, drawingOf(model, models));
    const path = walk.numbers(steps.map(({ action }) => action));
    return { model: model.name, config: { ...model.config }, path };
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${file}: ${error.message}`);
    throw error;
  }
};

const listen = async (session: Session, port: number | undefined): Promise<Running> => {
  if (port !== undefined) return serve(session, port);
  try {
    return await serve(session, USUAL_PORT);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return serve(session, 0);
  }
};

const run = async (
  start: Place,
  models: readonly ModelDefinition[],
  { port }: ExploreFlags,
  { out, onInterrupt }: Terminal,
): Promise<void> => {
  const session = new Session(models, start, describeConfig);
  const { url, close } = await listen(session, port);
  out.write(`Explorer of ${printable(start.model)}: ${url} (Ctrl-C ends it)\n`);
  await new Promise<void>((resolve) => {
    const stop = onInterrupt(() => {
      // Called at once by a test, before there is anything to stop.
      queueMicrotask(() => stop());
      resolve();
    });
  });
  await close();
};

/** The command with the flags of this model; which one is meant, the arguments say. */
export const exploreCommand = (
  definition: ModelDefinition,
  models: readonly ModelDefinition[],
  terminal: Terminal,
): Command => {
  const command = new Command('explore')
    .summary('walk through the states of a model, on a page in the browser')
    .description(
      'Serves a page on this machine: the state, what can happen, which properties hold; take an action, go back, search on from there, share the way as a link.',
    )
    .argument('[model]', 'model to explore; its flags are listed below (default: zab)')
    .addOption(new Option('--trace <file>', 'start at the end of a trace, of whichever model'))
    .addOption(
      new Option(
        '--port <n>',
        `port on 127.0.0.1 (default: ${USUAL_PORT}, or another if it is taken)`,
      ).argParser(parsePort),
    )
    .addOption(new Option('--preset <name>', 'start from a named configuration'))
    .addOption(new Option('--config <file>', 'JSON file with fields of the configuration, in camelCase'));
  addModelFlags(command, definition);
  return command.action(
    async (_model: string | undefined, flags: ExploreFlags & Record<string, string | boolean>) => {
      const given = Object.keys(definition.schema.shape).filter((name) => flags[name] !== undefined);
      const modelFlags = Object.fromEntries(given.map((name) => [name, flags[name]!]));
      const { preset, config, trace } = flags;
      const asked = { ...(preset !== undefined && { preset }), ...(config !== undefined && { config }) };
      const place = (): Place => {
        const [plan] = plansOf(definition, asked, modelFlags);
        return { model: definition.name, config: plan!.config, path: [] };
      };
      await run(trace === undefined ? place() : endOfTrace(trace, models), models, flags, terminal);
    },
  );
};
