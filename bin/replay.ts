/** `zab replay FILE`: executes a trace again, prints it, and says whether the model agrees with every word of it. */
import { Command } from 'commander';
import pc from 'picocolors';
import type { ModelDefinition } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import type { Model } from '../checker/model.js';
import { readTraceFile } from '../traces/file.js';
import type { Trace } from '../traces/format.js';
import { modelOfTrace } from '../traces/model.js';
import { type Mismatch, type Replay, replay } from '../traces/replay.js';
import { renderAction, renderTranscript } from '../traces/transcript.js';
import { printable, renderName, renderValue } from '../traces/values.js';
import type { Output, Terminal } from './terminal.js';
import { hanging } from './text.js';

const MOST_ACTIONS = 8;

const fieldLines = (fields: Mismatch['fields'], columns: number): readonly string[] =>
  fields.flatMap(({ path, ...sides }) => [
    `  ${renderName(path) || 'value'}`,
    ...hanging('    expected  ', 'expected' in sides ? renderValue(sides.expected) : 'nothing', columns),
    ...hanging('    found     ', 'found' in sides ? renderValue(sides.found) : 'nothing', columns),
  ]);

const enabledLines = (actions: readonly unknown[]): readonly string[] => {
  if (actions.length === 0) return ['  enabled here: nothing'];
  const shown = actions.slice(0, MOST_ACTIONS).map((action) => `    ${renderAction(action as never)}`);
  const more = actions.length - shown.length;
  return ['  enabled here:', ...shown, ...(more > 0 ? [`    … and ${more} more`] : [])];
};

const mismatchLines = (
  { step, what, fields, enabled }: Mismatch,
  trace: Trace,
  columns: number,
): readonly string[] => {
  const action = step > 0 ? `, ${renderAction(trace.steps[step - 1]!.action)}` : ' (before the first action)';
  const found = enabled === undefined ? fieldLines(fields, columns) : enabledLines(enabled);
  return [...hanging('', `at step ${step}${action}: ${printable(what)}`, columns), ...found];
};

/** What matched, then where it stopped matching. */
const renderReplay = (trace: Trace, outcome: Replay, { columns, color }: Output): string => {
  const c = pc.createColors(color);
  const title = `${c.bold(trace.header.model)} · ${trace.steps.length} steps`;
  const steps = outcome.matches ? undefined : outcome.steps;
  const transcript = renderTranscript(trace, {
    width: columns,
    color,
    ...(steps !== undefined && { steps }),
  }).trimEnd();
  const property = trace.violation?.property;
  const verdict = outcome.matches
    ? [
        `${c.green(c.bold('MATCHES'))}: every step is the model's own${property ? `, and ${renderName(property)} breaks at the end` : ''}.`,
      ]
    : [c.red(c.bold('MISMATCH')), ...mismatchLines(outcome.mismatch, trace, columns)];
  return `${[title, '', transcript, '', ...verdict].join('\n')}\n`;
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

export const replayCommand = (
  models: readonly ModelDefinition[],
  terminal: Terminal,
  done: (exitCode: number) => void,
): Command =>
  new Command('replay')
    .summary('execute a trace again, and compare every state')
    .description(
      'Executes a trace again, step by step, compares every state with the file, and prints the transcript.',
    )
    .argument('<file>', 'trace file, as zab check saves it')
    .option('--json', 'print the outcome as one JSON object')
    .addHelpText('after', '\nExit codes: 0 all of it matches, 1 mismatch, 2 malformed.')
    .action((file: string, { json }: { readonly json?: true }) => {
      const trace = readTraceFile(file);
      const outcome = replay(modelOf(file, trace, models), trace);
      terminal.out.write(
        json
          ? `${JSON.stringify(replayJson(file, trace, outcome), null, 2)}\n`
          : renderReplay(trace, outcome, terminal.out),
      );
      done(outcome.matches ? 0 : 1);
    });
