/** The report of a search for a person: what was searched, what holds, what was reached and taken, and last the verdict. */
import pc from 'picocolors';
import { renderTranscript } from '../traces/transcript.js';
import { describeConfig } from './config.js';
import { grouped } from './numbers.js';
import type { FailedSearch, Finding, Plan, Report } from './search.js';
import type { Output } from './terminal.js';
import { type Colors, countLines, coverageLines, goalLines, invariantLines, levelLines } from './sections.js';
import { hanging, wrap } from './text.js';
import { verdictLine } from './verdict.js';

const titleLines = (plan: Plan, { color, columns }: Output): readonly string[] => {
  const { bold, dim } = pc.createColors(color);
  const preset = plan.preset
    ? ` · preset ${plan.preset.name}`
    : plan.base
      ? ` · from preset ${plan.base.name}`
      : '';
  const config = describeConfig(plan.definition, plan.config);
  return [bold(plan.model.name) + preset, ...wrap(config, columns - 2).map((line) => dim(`  ${line}`))];
};

const caveatLines = (plan: Plan, columns: number, c: Colors): readonly string[] => {
  const caveats = [...(plan.model.caveats ?? [])];
  if (plan.partial) caveats.push('Only the properties named by --property were checked.');
  return caveats.flatMap((caveat) => ['', ...hanging(c.yellow('Note: '), caveat, columns)]);
};

/** A pinned count that has moved means that the model or the engine is not what it was. */
const pinLines = ({ plan, result }: Report, columns: number, c: Colors): readonly string[] => {
  const pinned = plan.preset?.pinned;
  const fields = ['distinct', 'generated', 'depth'] as const;
  if (pinned === undefined || !result.complete) return [];
  const wrong = fields.filter((field) => result[field] !== pinned[field]);
  if (wrong.length === 0) return [c.dim('  as pinned for this preset')];
  const text = wrong.map((field) => `${field} ${grouped(pinned[field])}`).join(', ');
  return hanging(
    c.red('  NOT AS PINNED: '),
    `expected ${text}; the model or the engine has changed`,
    columns,
  );
};

const findingLines = ({ trace, file, violation }: Finding, output: Output): readonly string[] => {
  if (trace === null) return [];
  const { bold } = pc.createColors(output.color);
  const transcript = renderTranscript(trace, { width: output.columns, color: output.color }).trimEnd();
  const actions = violation.depth === 1 ? '1 action' : `${violation.depth} actions`;
  const saved = file === null ? [] : ['', `Saved as ${file}; to see it again: zab replay ${shellWord(file)}`];
  return ['', bold(`The shortest run that breaks ${violation.property} (${actions})`), transcript, ...saved];
};

const shellWord = (text: string): string =>
  /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

export const renderReport = (report: Report, output: Output): string => {
  const { plan, result, findings } = report;
  const { columns } = output;
  const c = pc.createColors(output.color);
  const lines = [
    ...titleLines(plan, output),
    '',
    ...countLines(result, columns),
    ...pinLines(report, columns, c),
    ...invariantLines(result, columns, c),
    ...goalLines(result, columns, c),
    ...coverageLines(result, columns, c),
    ...levelLines(result, columns, c),
    ...caveatLines(plan, columns, c),
    ...findings.flatMap((finding) => findingLines(finding, output)),
    '',
    ...wrap(verdictLine(report, c), columns),
  ];
  return `${lines.join('\n')}\n`;
};

export const renderFailure = ({ plan, error, trace, file }: FailedSearch, output: Output): string => {
  const c = pc.createColors(output.color);
  const shown = trace && renderTranscript(trace, { width: output.columns, color: output.color }).trimEnd();
  const lines = [
    ...titleLines(plan, output),
    '',
    ...(shown ? [c.bold('The run that led there'), shown, ''] : []),
    ...(file ? [`Saved as ${file}`, ''] : []),
    ...wrap(
      `${c.red(c.bold('VIOLATED'))}: the model breaks its own contract: ${error.message}`,
      output.columns,
    ),
  ];
  return `${lines.join('\n')}\n`;
};
