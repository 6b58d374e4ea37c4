/** What `zab validate` found, in words: the verdict, where each server is stuck and why, and how much the log constrained. */
import pc from 'picocolors';
import type { Coverage } from '../traces/validate.js';
import { type Blocked, type LogReport, placeText } from '../traces/validate/report.js';
import type { SelfTest, Survivor } from '../traces/validate/self-test.js';
import { printable, renderName, renderValue } from '../traces/values.js';
import { grouped } from './numbers.js';
import type { Output } from './terminal.js';
import { hanging, table } from './text.js';

type Field = { readonly path: string; readonly expected?: unknown; readonly found?: unknown };

export const fieldLines = (fields: readonly Field[], columns: number): readonly string[] =>
  fields.flatMap((field) => [
    `    ${renderName(field.path) || 'value'}`,
    ...hanging('      expected  ', 'expected' in field ? renderValue(field.expected) : 'nothing', columns),
    ...hanging('      found     ', 'found' in field ? renderValue(field.found) : 'nothing', columns),
  ]);

const MOST_FIELDS = 8;

const clipped = (fields: readonly Field[], columns: number): readonly string[] => [
  ...fieldLines(fields.slice(0, MOST_FIELDS), columns),
  ...(fields.length > MOST_FIELDS ? [`    … and ${fields.length - MOST_FIELDS} more fields`] : []),
];

const editLines = ({ edit }: Blocked, lines: (at: number) => string): readonly string[] => {
  if (edit === null) return ['  no edit of one line makes it pass, or gets further'];
  const where = edit.events.map(lines).join(' and ');
  const effect = edit.passes ? 'the smallest edit that makes it pass' : 'an edit that gets further';
  return [`  ${effect}: ${printable(edit.text)} (${where})`];
};

const blockedLines = (
  one: Blocked,
  { columns, color }: Output,
  lines: (at: number) => string,
): readonly string[] => {
  const { bold, dim } = pc.createColors(color);
  const source = one.source === null ? '' : ` (${printable(one.source)})`;
  return [
    bold(`server ${one.server}: ${one.explained} of its ${one.lines} lines are explained`),
    `  blocked at ${printable(placeText(one.place))}${source}`,
    ...hanging('    ', one.event, columns),
    ...hanging('  ', one.reason, columns),
    ...clipped(one.fields, columns),
    ...(one.steps.length > 0 ? ['  what the specification did before, or would have done'] : []),
    ...one.steps.flatMap(({ event, handler, because }) => [
      ...hanging('    ', `${handler}  ${dim(event)}`, columns),
      ...because.flatMap((why) => hanging('      ', why, columns)),
    ]),
    ...editLines(one, lines),
    '',
  ];
};

export const coverageLines = (coverage: Coverage): readonly string[] => {
  const { events, constraining, fields, handlers, guesses } = coverage;
  const share = events === 0 ? 0 : Math.round((100 * constraining) / events);
  const guessed = Object.entries(guesses)
    .sort()
    .map(([kind, count]) => `${kind} ${grouped(count)}`);
  return [
    'How much the log constrained',
    ...table([
      ['  lines that could have been refused', `${grouped(constraining)} of ${grouped(events)} (${share} %)`],
      ['  fields compared', grouped(fields)],
      ['  handlers exercised', grouped(Object.keys(handlers).length)],
      ['  inputs guessed', guessed.length === 0 ? 'none' : guessed.join(', ')],
    ]),
  ];
};

const bounds: Readonly<Record<string, string>> = {
  'max-steps': '--max-steps was reached: the declared freedom is not exhausted',
  'guesses that leave no line':
    'elections, timeouts and writes can be guessed for ever, unless "guesses" in the header says how many',
};

export const verdictOf = (
  { verdict, events, prefix, bound, blocked, disorder }: LogReport,
  color: boolean,
): string => {
  const { green, red, yellow, bold } = pc.createColors(color);
  if (verdict === 'accepted')
    return `${green(bold('ACCEPTED'))}: a run of the specification explains all ${grouped(events)} lines.`;
  if (verdict === 'inconclusive')
    return `${yellow(bold('INCONCLUSIVE'))}: ${bounds[bound ?? ''] ?? bound}; the first ${grouped(prefix)} of ${grouped(events)} lines are explained.`;
  const what =
    disorder !== null && blocked.length === 0
      ? 'no network delivers these messages'
      : 'no run of the specification explains this log';
  return `${red(bold('REJECTED'))}: ${what}; the first ${grouped(prefix)} of ${grouped(events)} lines are explained.`;
};

export const renderValidation = (report: LogReport, lines: (at: number) => string, out: Output): string => {
  const { bold } = pc.createColors(out.color);
  const { disorder } = report;
  const title = `${bold(report.variant)} · ${report.files.map(printable).join(', ')} · ${grouped(report.events)} lines`;
  return `${[
    title,
    '',
    ...(disorder === null
      ? []
      : [
          bold(disorder.reason),
          ...disorder.lines.map(({ place, event }) => `  ${printable(placeText(place))}  ${event}`),
          '',
        ]),
    ...report.blocked.flatMap((one) => blockedLines(one, out, lines)),
    ...coverageLines(report.coverage),
    '',
    verdictOf(report, out.color),
  ].join('\n')}\n`;
};

/** Every survivor stands under the reason for which it is allowed. */
export const renderSelfTest = (
  { damages, survivors, possible }: SelfTest,
  lines: (at: number) => string,
  { columns, color }: Output,
): string => {
  const { bold } = pc.createColors(color);
  const rows = Object.entries(damages).map(([kind, { tried, rejected, inconclusive }]) => [
    `  ${kind}`,
    grouped(tried),
    grouped(rejected),
    grouped(inconclusive),
  ]);
  const all = Object.values(damages);
  const sum = (of: (one: (typeof all)[number]) => number): number => all.reduce((n, one) => n + of(one), 0);
  const tried = sum((one) => one.tried);
  const reasons = new Map<string, Survivor[]>();
  for (const one of survivors) {
    const reason = `${one.kind}: ${one.why}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), one]);
  }
  const share = tried === 0 ? 0 : Math.round((100 * sum((one) => one.rejected)) / tried);
  return `${[
    `${grouped(tried)} of ${grouped(possible)} possible damages were tried`,
    ...table([['  damage', 'tried', 'rejected', 'inconclusive'], ...rows], [1, 2, 3]),
    '',
    'Survivors, and why the specification allows them',
    ...[...reasons].flatMap(([reason, some]) => [
      ...hanging(`  ${some.length} × `, reason, columns),
      ...some.flatMap(({ event, detail, text }) =>
        hanging('      ', `${lines(event)}  ${detail === null ? '' : `${detail} of `}${text}`, columns),
      ),
    ]),
    '',
    `${bold(`${share} %`)} of the damages are rejected, ${survivors.length} survive.`,
  ].join('\n')}\n`;
};
