/** `zab check [model]`: searches a model, or a suite of its presets, and reports what was found. */
import { Command } from 'commander';
import pc from 'picocolors';
import type { ModelDefinition } from '../checker/definition.js';
import { defaultPreset } from './config.js';
import { addGeneralFlags, addModelFlags, type GeneralFlags } from './flags.js';
import { interruptible } from './interrupt.js';
import { failureJson, reportJson } from './json.js';
import { plansOf } from './plan.js';
import { writeReport } from './report-page.js';
import { renderFailure, renderReport, renderTitle } from './report.js';
import { FailedSearch, type Plan, type Report, search } from './search.js';
import { suiteExit, suiteLines } from './suite.js';
import type { Terminal } from './terminal.js';
import { hanging, wrap } from './text.js';
import { EXIT } from './verdict.js';

const printJson = (terminal: Terminal, value: unknown): void =>
  terminal.out.write(`${JSON.stringify(value, null, 2)}\n`);

type Interrupted = () => boolean;

/** Said on stderr, for stdout may be for a program. */
const page = (html: string | undefined, reports: readonly Report[], { err }: Terminal): void => {
  if (html === undefined) return;
  writeReport(html, reports, new Date());
  err.write(`zab: report written as ${html}\n`);
};

const checkOne = async (
  plan: Plan,
  { json, html }: GeneralFlags,
  terminal: Terminal,
  interrupted: Interrupted,
): Promise<number> => {
  if (!json) terminal.out.write(renderTitle(plan, terminal.out));
  const report = await search(plan, interrupted, terminal);
  if (json) printJson(terminal, reportJson(report));
  else terminal.out.write(renderReport(report, terminal.out));
  page(html, [report], terminal);
  return EXIT[report.result.verdict];
};

/** One after another, on past a violation, but not past Ctrl-C. */
const checkSuite = async (
  plans: readonly Plan[],
  { json, html }: GeneralFlags,
  terminal: Terminal,
  interrupted: Interrupted,
): Promise<number> => {
  const reports: Report[] = [];
  for (const plan of plans) {
    if (interrupted() && reports.length > 0) break;
    if (!json) terminal.out.write(renderTitle(plan, terminal.out));
    const report = await search(plan, interrupted, terminal);
    reports.push(report);
    if (!json) terminal.out.write(`${renderReport(report, terminal.out, true)}\n\n`);
  }
  const { columns, color } = terminal.out;
  if (json) printJson(terminal, reports.map(reportJson));
  else {
    const lines = suiteLines(reports, plans.length, columns, pc.createColors(color));
    terminal.out.write(`${lines.join('\n')}\n`);
  }
  page(html, reports, terminal);
  return suiteExit(reports, plans.length);
};

const runCheck = async (plans: readonly Plan[], flags: GeneralFlags, terminal: Terminal): Promise<number> => {
  try {
    return await interruptible(terminal, (interrupted) =>
      flags.suite
        ? checkSuite(plans, flags, terminal, interrupted)
        : checkOne(plans[0]!, flags, terminal, interrupted),
    );
  } catch (error) {
    if (!(error instanceof FailedSearch)) throw error;
    if (flags.json) printJson(terminal, failureJson(error));
    else terminal.out.write(renderFailure(error, terminal.out));
    if (flags.html) terminal.err.write('zab: no report: there is nothing to count\n');
    return EXIT.violated;
  }
};

/** Behind the flags in the help of a command that is about a model. */
export const notes = (
  command: string,
  exitCodes: string,
  definition: ModelDefinition,
  others: readonly string[],
  columns: number,
): string => {
  const start = defaultPreset(definition);
  const { name: model, presets } = definition;
  const lines = presets.flatMap(({ name, summary }) => hanging(`  ${name}: `, summary, columns));
  const other = `Other models, with flags of their own (zab ${command} MODEL --help): ${others.join(', ')}`;
  return [
    '',
    `Presets of ${model}${start ? ` (without --preset: ${start.name})` : ''}:`,
    ...(lines.length > 0 ? lines : ['  none']),
    '',
    ...(others.length > 0 ? wrap(other, columns) : []),
    ...wrap(exitCodes, columns),
  ].join('\n');
};

const EXIT_CODES = 'Exit codes: 0 verified, 1 violated, 2 bad usage or input, 3 incomplete.';

/** The command with the flags of this model; which one is meant, the arguments say. */
export const checkCommand = (
  definition: ModelDefinition,
  others: readonly string[],
  terminal: Terminal,
  done: (exitCode: number) => void,
): Command => {
  const command = new Command('check')
    .summary('explore every state of a model, and report what holds')
    .description(
      'Explores every reachable state of a model within its bounds. Reports what was verified, how much was searched and what was covered, or the shortest run that breaks a property.',
    )
    .argument('[model]', `model to check; its flags are listed below (default: zab)`);
  addGeneralFlags(command);
  addModelFlags(command, definition);
  command.addHelpText('after', notes('check', EXIT_CODES, definition, others, terminal.out.columns));
  return command.action(
    async (_model: string | undefined, flags: GeneralFlags & Record<string, string | boolean>) => {
      const given = Object.keys(definition.schema.shape).filter((name) => flags[name] !== undefined);
      const modelFlags = Object.fromEntries(given.map((name) => [name, flags[name]!]));
      done(await runCheck(plansOf(definition, flags, modelFlags), flags, terminal));
    },
  );
};
