/**
 * The report of a search for a person: what is searched, said beforehand; then what holds, what was reached and taken, and
 * last the verdict.
 */
import pc from 'picocolors';
import { RECOVERY } from '../checker/recovery.js';
import { renderTranscript } from '../traces/transcript.js';
import { describeConfig } from './config.js';
import { grouped } from './numbers.js';
import type { FailedSearch, Finding, Plan, Report } from './search.js';
import {
  auditLines,
  type Colors,
  countLines,
  coverageLines,
  goalLines,
  invariantLines,
  levelLines,
  recoveryLines,
  symmetryLines,
} from './sections.js';
import type { Output } from './terminal.js';
import { hanging, wrap } from './text.js';
import { verdictLine } from './verdict.js';

export const renderTitle = (plan: Plan, { color, columns }: Output): string => {
  const { bold, dim } = pc.createColors(color);
  const from = plan.preset ? 'preset' : 'from preset';
  const preset = plan.preset ?? plan.base;
  const config = describeConfig(plan.definition, plan.config);
  const lines = [
    bold(plan.model.name) + (preset ? ` · ${from} ${preset.name}` : ''),
    ...hanging('  ', config, columns).map(dim),
  ];
  return `${lines.join('\n')}\n\n`;
};

export const caveatLines = (plan: Plan, columns: number, c: Colors): readonly string[] => {
  const caveats = [...(plan.model.caveats ?? [])];
  if (plan.partial) caveats.push('only some of the properties were checked');
  if (caveats.length === 0) return [];
  return ['', ...caveats.flatMap((caveat) => hanging(c.yellow('  Note: '), caveat, columns))];
};

/** A pinned count that has moved means that the model or the engine is not what it was. */
const pinLines = ({ plan, result }: Report, columns: number, c: Colors): readonly string[] => {
  const pinned = plan.preset?.pinned;
  const fields = ['distinct', 'generated', 'depth'] as const;
  if (pinned === undefined || !result.complete) return [];
  const found = { ...result, ...result.symmetry };
  const wrong = fields.filter((field) => found[field] !== pinned[field]);
  if (wrong.length === 0) return [c.dim('  as pinned for this preset')];
  const text = wrong.map((field) => `${field} ${grouped(pinned[field])}`).join(', ');
  return hanging(
    c.red('  NOT AS PINNED: '),
    `expected ${text}; the model or the engine has changed`,
    columns,
  );
};

/** `title` says what run it is, before its length. */
export const findingLines = (
  { trace, file, violation }: Finding,
  output: Output,
  title: string,
): readonly string[] => {
  if (trace === null) return [];
  const { bold } = pc.createColors(output.color);
  const transcript = renderTranscript(trace, { width: output.columns, color: output.color }).trimEnd();
  const actions = violation.depth === 1 ? '1 action' : `${violation.depth} actions`;
  const saved = file === null ? [] : ['', `Saved as ${file}; to see it again: zab replay ${shellWord(file)}`];
  return ['', bold(`${title} (${actions})`), transcript, ...saved];
};

const shellWord = (text: string): string =>
  /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

const titleOf = ({ violation: { property } }: Finding): string =>
  property === RECOVERY ? 'The shortest run into a trap' : `The shortest run that breaks ${property}`;

/** What is new in each search of a suite; what they have in common is told at its end. */
const isPlain = ({ result }: Report): boolean => result.verdict === 'verified';

export const renderReport = (report: Report, output: Output, inSuite = false): string => {
  const { plan, result, findings } = report;
  const { columns } = output;
  const c = pc.createColors(output.color);
  const brief = inSuite && isPlain(report);
  const lines = [
    ...countLines(result, columns),
    ...symmetryLines(result, columns),
    ...pinLines(report, columns, c),
    ...(brief
      ? []
      : [
          ...invariantLines(result, columns, c),
          ...goalLines(result, columns, c),
          ...coverageLines(result, columns, c),
        ]),
    ...levelLines(result, columns, c),
    ...recoveryLines(result, columns, c),
    ...auditLines(result),
    ...caveatLines(plan, columns, c),
    ...findings.flatMap((finding) => findingLines(finding, output, titleOf(finding))),
    '',
    ...wrap(verdictLine(report, c), columns),
  ];
  return `${lines.join('\n')}\n`;
};

export const renderFailure = ({ error, trace, file }: FailedSearch, output: Output): string => {
  const c = pc.createColors(output.color);
  const shown = trace && renderTranscript(trace, { width: output.columns, color: output.color }).trimEnd();
  const lines = [
    ...(shown ? [c.bold('The run that led there'), shown, ''] : []),
    ...(file ? [`Saved as ${file}`, ''] : []),
    ...wrap(
      `${c.red(c.bold('VIOLATED'))}: the model breaks its own contract: ${error.message}`,
      output.columns,
    ),
  ];
  return `${lines.join('\n')}\n`;
};
