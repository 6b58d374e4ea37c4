/**
 * What a suite adds to its searches: a table, and whether every goal was reached in some of them. A goal that every preset's
 * bounds exclude would make the suite pass vacuously, so it counts as not reached.
 */
import type { Report } from './search.js';
import { duration, grouped } from './numbers.js';
import type { Colors } from './sections.js';
import { hanging, table } from './text.js';
import { EXIT } from './verdict.js';

const unreached = (reports: readonly Report[]): readonly string[] => {
  const goals = reports.flatMap(({ result }) => result.goals);
  const reached = new Set(goals.filter((goal) => goal.reached === true).map(({ name }) => name));
  return [...new Set(goals.map(({ name }) => name))].filter((name) => !reached.has(name));
};

/** `planned`: how many searches the suite has; after Ctrl-C some were never begun. */
export const suiteExit = (reports: readonly Report[], planned: number): number => {
  const verdicts = reports.map(({ result }) => result.verdict);
  if (verdicts.includes('violated')) return EXIT.violated;
  if (verdicts.includes('incomplete') || reports.length < planned) return EXIT.incomplete;
  return unreached(reports).length > 0 ? EXIT.violated : EXIT.verified;
};

const row = ({ plan, result }: Report): readonly string[] => [
  plan.base?.name ?? '',
  result.verdict,
  grouped(result.distinct),
  grouped(result.generated),
  String(result.depth),
  duration(result.seconds),
];

const goalLine = (reports: readonly Report[], complete: boolean, c: Colors): string => {
  const missing = unreached(reports);
  const count = new Set(reports.flatMap(({ result }) => result.goals.map(({ name }) => name))).size;
  if (missing.length === 0) return `Goals: every one of ${count} was reached in some search of the suite.`;
  const names = missing.join(', ');
  if (!complete) return c.yellow(`Goals not reached yet: ${names}.`);
  return c.red(`Goals that no search of the suite reached: ${names}.`);
};

const verdict = (exit: number, reports: readonly Report[], planned: number, c: Colors): string => {
  const done = reports.length === planned ? `${planned}` : `${reports.length} of ${planned}`;
  const searches = `${done} ${planned === 1 ? 'search' : 'searches'}`;
  if (exit === EXIT.verified) return `${c.green(c.bold('VERIFIED'))}: the suite, ${searches}.`;
  if (exit === EXIT.incomplete)
    return `${c.yellow(c.bold('INCOMPLETE'))}: the suite, ${searches}; nothing is verified.`;
  return `${c.red(c.bold('VIOLATED'))}: the suite, ${searches}; see above.`;
};

export const suiteLines = (
  reports: readonly Report[],
  planned: number,
  columns: number,
  c: Colors,
): readonly string[] => {
  const exit = suiteExit(reports, planned);
  const complete = reports.length === planned && reports.every(({ result }) => result.complete);
  const head = ['preset', 'verdict', 'distinct', 'generated', 'depth', 'time'];
  const [titles, ...rows] = table([head, ...reports.map(row)], [2, 3, 4, 5]);
  return [
    c.bold('The suite'),
    c.dim(`  ${titles}`),
    ...rows.map((line) => `  ${line}`),
    '',
    ...hanging('', goalLine(reports, complete, c), columns),
    ...hanging('', verdict(exit, reports, planned, c), columns),
  ];
};
