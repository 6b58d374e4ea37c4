/** `zab replay FILE|NAME`: executes a trace again, shows it, and says whether the model agrees with every word of it. */
import { basename } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import type { ModelDefinition } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import type { Model } from '../checker/model.js';
import { traceFileNamed } from '../traces/corpus.js';
import { exportTrace, FORMATS, type Format, firstSteps } from '../traces/export.js';
import { readTraceFile } from '../traces/file.js';
import type { Trace } from '../traces/format.js';
import { renderLanes } from '../traces/lanes.js';
import { drawingOf, modelOfTrace, ownDrawing } from '../traces/model.js';
import { selfContainedPage } from '../traces/page/html.js';
import { runData } from '../traces/page/run.js';
import { pictureOf } from '../traces/picture.js';
import { type Replay, replay } from '../traces/replay.js';
import { renderTranscript } from '../traces/transcript.js';
import { printable, renderName } from '../traces/values.js';
import { describeConfig } from './config.js';
import { mismatchLines } from './mismatch.js';
import { parseCount } from './numbers.js';
import { writePage } from './page.js';
import { stepThrough } from './step.js';
import { FILE_COLUMNS, type Output, type Terminal } from './terminal.js';

interface Flags {
  readonly json?: true;
  readonly until?: number;
  readonly format?: Format;
  readonly step?: true;
  readonly html?: string;
}

/** A trace, and what came of executing it. */
interface Replayed {
  readonly file: string;
  readonly trace: Trace;
  readonly model: Model;
  readonly outcome: Replay;
  /** How many steps to show: those that are asked for and that matched. */
  readonly shown: number;
}

const transcriptOf = (
  { trace, model, shown }: Replayed,
  models: readonly ModelDefinition[],
  { columns: width, color }: Output,
): string => {
  const drawing = ownDrawing(model, models);
  if (drawing === null) return renderTranscript(trace, { width, color, steps: shown });
  return renderLanes(trace, pictureOf(drawing, trace, shown), { width, color });
};

const verdictLines = ({ trace, outcome }: Replayed, { color, columns }: Output): readonly string[] => {
  const { green, red, bold } = pc.createColors(color);
  if (!outcome.matches) return [red(bold('MISMATCH')), ...mismatchLines(outcome.mismatch, trace, columns)];
  const property = trace.violation?.property;
  const breaks = property === undefined ? '' : `, and ${renderName(property)} breaks at the end`;
  return [`${green(bold('MATCHES'))}: every step is the model's own${breaks}.`];
};

/** What matched, then where it stopped matching. */
const renderReplay = (replayed: Replayed, models: readonly ModelDefinition[], out: Output): string => {
  const { trace, outcome, shown } = replayed;
  const { bold } = pc.createColors(out.color);
  const all = trace.steps.length;
  const part = outcome.matches && shown < all ? `, the first ${shown} shown` : '';
  const title = `${bold(trace.header.model)} · ${all} steps${part}`;
  const transcript = transcriptOf(replayed, models, out).trimEnd();
  return `${[title, '', transcript, '', ...verdictLines(replayed, out)].join('\n')}\n`;
};

export const replayJson = (file: string, trace: Trace, outcome: Replay) => ({
  matches: outcome.matches,
  file,
  model: trace.header.model,
  config: trace.header.config,
  steps: trace.steps.length,
  matched: outcome.steps,
  property: trace.violation?.property ?? null,
  ...(!outcome.matches && { mismatch: outcome.mismatch }),
});

/** The file is named in front of whatever is wrong with its header. */
const modelOf = (file: string, trace: Trace, models: readonly ModelDefinition[]): Model => {
  try {
    return modelOfTrace(trace, models);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${file}:1: ${error.message}`);
    throw error;
  }
};

const replayed = (name: string, { until }: Flags, models: readonly ModelDefinition[]): Replayed => {
  const file = traceFileNamed(name);
  const trace = readTraceFile(file);
  const model = modelOf(file, trace, models);
  const outcome = replay(model, trace);
  const matched = outcome.matches ? trace.steps.length : outcome.steps;
  return { file, trace, model, outcome, shown: Math.min(until ?? matched, matched) };
};

/** On stdout, and nothing else there; a mismatch is told on stderr. */
const exported = (
  { trace, model, outcome, shown }: Replayed,
  format: Format,
  models: readonly ModelDefinition[],
  { out, err }: Terminal,
): void => {
  out.write(exportTrace(firstSteps(trace, shown), () => drawingOf(model, models), format));
  if (!outcome.matches)
    err.write(`zab: MISMATCH ${mismatchLines(outcome.mismatch, trace, err.columns).join('\n')}\n`);
};

const page = (
  { file, trace, model, outcome, shown }: Replayed,
  html: string,
  models: readonly ModelDefinition[],
  { out }: Terminal,
): void => {
  const definition = models.find(({ name }) => name === model.name)!;
  const run = runData(drawingOf(model, models), trace, {
    title: basename(file),
    config: describeConfig(definition, model.config),
    until: shown,
    ...(!outcome.matches && { mismatch: mismatchLines(outcome.mismatch, trace, FILE_COLUMNS) }),
  });
  writePage(html, selfContainedPage(`${model.name}: ${basename(file)}`, { kind: 'run', run }));
  out.write(`${outcome.matches ? 'MATCHES' : 'MISMATCH'}: written as ${printable(html)}\n`);
};

const show = async (
  one: Replayed,
  flags: Flags,
  models: readonly ModelDefinition[],
  terminal: Terminal,
): Promise<void> => {
  const { file, trace, model, outcome, shown } = one;
  if (flags.html !== undefined) page(one, flags.html, models, terminal);
  else if (flags.format !== undefined) exported(one, flags.format, models, terminal);
  else if (flags.json) terminal.out.write(`${JSON.stringify(replayJson(file, trace, outcome), null, 2)}\n`);
  else if (flags.step) {
    await stepThrough(trace, pictureOf(drawingOf(model, models), trace, shown), terminal);
    terminal.out.write(`${verdictLines(one, terminal.out).join('\n')}\n`);
  } else terminal.out.write(renderReplay(one, models, terminal.out));
};

const steps = (text: string): number => {
  const value = text === '0' ? 0 : parseCount(text);
  if (value === undefined) throw new InvalidArgumentError('It must be a number of steps.');
  return value;
};

export const replayCommand = (
  models: readonly ModelDefinition[],
  terminal: Terminal,
  done: (exitCode: number) => void,
): Command =>
  new Command('replay')
    .summary('execute a trace again, compare every state, and show it')
    .description(
      'Executes a trace again, step by step, compares every state with the file, and shows the run: lanes, logs, what each action changed, and what broke.',
    )
    .argument('<file>', 'trace file, as zab check saves it, or the name of one that comes with zab')
    .addOption(new Option('--until <n>', 'show the first so many steps only').argParser(steps))
    .addOption(new Option('--step', 'walk through it key by key, forth and back'))
    .addOption(new Option('--html <file>', 'write it as a page, one file that loads nothing'))
    .addOption(new Option('--format <name>', 'print it in another form').choices(FORMATS))
    .addOption(
      new Option('--json', 'print the outcome as one JSON object').conflicts([
        'format',
        'step',
        'until',
        'html',
      ]),
    )
    .addHelpText('after', '\nExit codes: 0 all of it matches, 1 mismatch, 2 malformed.')
    .action(async (name: string, flags: Flags) => {
      const one = replayed(name, flags, models);
      await show(one, flags, models, terminal);
      done(one.outcome.matches ? 0 : 1);
    });
