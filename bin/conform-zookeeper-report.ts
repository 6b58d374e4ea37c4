/** The report of `zab conform zookeeper`: a line for each scenario, then how each ended, as a table. */
import pc from 'picocolors';
import type { RealRun } from '../traces/zookeeper/live/conform.js';
import { endOf, HEAD } from '../traces/zookeeper/live/page.js';
import type { Output } from './terminal.js';
import { hanging, pad } from './text.js';

const NAMES = 38;

/** Where a rejected run is stuck first. */
const stuck = ({ validation, capture }: RealRun): readonly string[] => {
  const rejected = validation?.servers.find(({ verdict }) => verdict.kind === 'rejected');
  if (rejected?.verdict.kind !== 'rejected') return [];
  const { reason, fields } = rejected.verdict.why;
  return [
    `server ${rejected.sid}, ${rejected.explained} of ${rejected.lines} events explained: ${reason}`,
    ...fields.map(
      ({ path, expected, found }) =>
        `${path}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
    ),
    `${capture.split('\n').length - 1} lines were recorded; --captures keeps them`,
  ];
};

export const renderRealRun = (run: RealRun, { color, columns }: Output): string => {
  const { green, red, yellow } = pc.createColors(color);
  const { name, summary, verdict, why, broken } = run;
  const mark = { passed: green('✔'), failed: red('✘'), inconclusive: yellow('?') }[verdict];
  const more = [
    ...(why === undefined ? [] : [`${verdict}: ${why}`]),
    ...stuck(run),
    ...broken.map(({ invariant, why: how }) => `breaks ${invariant}: ${how}`),
  ];
  const lines = [
    ...hanging(`  ${mark} ${pad(name, NAMES)}  `, summary, columns),
    ...more.flatMap((text) => hanging('      ', text, columns)),
  ];
  return `${lines.join('\n')}\n`;
};

export const renderRealRuns = (runs: readonly RealRun[], verdict: string, { color }: Output): string => {
  const { bold, green, red, yellow } = pc.createColors(color);
  const rows = [HEAD, ...runs.map(endOf)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd());
  const paint = { passed: green, failed: red, inconclusive: yellow }[verdict] ?? bold;
  const passed = runs.filter((run) => run.verdict === 'passed').length;
  return `\n${bold(lines[0]!)}\n${lines.slice(1).join('\n')}\n\n${paint(bold(verdict.toUpperCase()))}: ${passed} of ${runs.length} scenarios ended as the specification has it.\n`;
};

export const realRunJson = ({ capture: _, validation, ...run }: RealRun) => ({
  ...run,
  validation: validation && {
    verdict: validation.verdict,
    events: validation.coverage.events,
    steps: validation.steps,
    servers: validation.servers.map(({ sid, verdict, lines, explained }) => ({
      sid,
      verdict: verdict.kind,
      lines,
      explained,
    })),
  },
});
