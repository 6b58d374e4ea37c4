/** `zab trace`: traces from one form into another, and the schema of our own. */
import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { ModelDefinition } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import type { Model } from '../checker/model.js';
import { traceFileNamed } from '../traces/corpus.js';
import { exportTrace, FORMATS, type Format, formatOfFile } from '../traces/export.js';
import { readTextFile, refusal } from '../traces/file.js';
import type { Trace } from '../traces/format.js';
import { traceJsonSchema } from '../traces/format/schema.js';
import { importTrace } from '../traces/import.js';
import { drawingOf, modelOfTrace } from '../traces/model.js';
import { replay } from '../traces/replay.js';
import { completeConfig, readAsked } from './config.js';
import { mismatchLines } from './mismatch.js';
import { findModel } from './models.js';
import type { Terminal } from './terminal.js';

interface Flags {
  readonly to?: Format;
  readonly model?: string;
  readonly config?: string;
}

const EXPLANATION = `
Reads our own format and ITF (of Apalache, of Quint, or our own export); which of the two a file is, it tells itself.
Without --to the extension of OUT decides: .ndjson, .json, .itf.json, .mmd, .shiviz; without OUT, print to stdout.`;

/** @throws InputError naming the file. */
const imported = (file: string, fallback: () => Model | undefined): Trace => {
  try {
    return importTrace(readTextFile(file), fallback);
  } catch (error) {
    if (!(error instanceof InputError) || error.message.startsWith(file)) throw error;
    throw new InputError(`${file}: ${error.message}`);
  }
};

const modelFor = ({ model, config }: Flags, models: readonly ModelDefinition[]): Model | undefined => {
  if (model === undefined) return undefined;
  const definition = findModel(model, models);
  return definition.build(completeConfig(definition, {}, readAsked(definition, { file: config, flags: {} })));
};

const targetOf = ({ to }: Flags, out: string | undefined): Format => {
  const format = to ?? (out === undefined ? 'trace' : formatOfFile(out));
  if (format !== undefined) return format;
  throw new InputError(`${out}: the extension does not tell the format; say it with --to`);
};

const write = (text: string, file: string | undefined, terminal: Terminal): void => {
  if (file === undefined) {
    terminal.out.write(text);
    return;
  }
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new InputError(`${file}: ${refusal(error)}`);
  }
};

/** What is not a run of its model is converted all the same, where that needs no picture, but not in silence. */
const warn = (trace: Trace, model: Model, { err }: Terminal): boolean => {
  const outcome = replay(model, trace);
  if (!outcome.matches)
    err.write(`zab: MISMATCH ${mismatchLines(outcome.mismatch, trace, err.columns).join('\n')}\n`);
  return outcome.matches;
};

const convertCommand = (
  models: readonly ModelDefinition[],
  terminal: Terminal,
  done: (exitCode: number) => void,
): Command =>
  new Command('convert')
    .summary('convert a trace from or to ITF, or to Mermaid or ShiViz')
    .argument('<file>', 'trace file, ITF file, or the name of a trace that comes with zab')
    .argument('[out]', 'file to write (default: stdout)')
    .addOption(new Option('--to <format>', 'what to write').choices(FORMATS))
    .option('--model <name>', 'the model, for an ITF file of another tool; its actions are found by trying')
    .option('--config <file>', 'JSON file with the configuration of that model')
    .addHelpText('after', EXPLANATION)
    .addHelpText('after', '\nExit codes: 0 converted, 1 converted, but the model disagrees, 2 malformed.')
    .action((file: string, out: string | undefined, flags: Flags) => {
      const format = targetOf(flags, out);
      const trace = imported(traceFileNamed(file), () => modelFor(flags, models));
      const model = modelOfTrace(trace, models);
      const matches = warn(trace, model, terminal);
      const pictured = format === 'mermaid' || format === 'shiviz';
      if (matches || !pictured)
        write(
          exportTrace(trace, () => drawingOf(model, models), format),
          out,
          terminal,
        );
      done(matches ? 0 : 1);
    });

export const traceCommand = (
  models: readonly ModelDefinition[],
  terminal: Terminal,
  done: (exitCode: number) => void,
): Command => {
  const schema = new Command('schema')
    .summary('print the JSON Schema of a line of a trace')
    .action(() => terminal.out.write(`${JSON.stringify(traceJsonSchema(), null, 2)}\n`));
  return new Command('trace')
    .summary('convert traces; print the schema of the format')
    .addCommand(convertCommand(models, terminal, done))
    .addCommand(schema);
};
