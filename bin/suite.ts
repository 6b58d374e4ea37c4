/**
 * What a suite adds to its searches: a table, and whether every goal was reached in some of them. A goal that every preset's
 * bounds exclude would make the suite pass vacuously, so it counts as not reached.
 */
import type { Report } from './search.js';
import { duration, grouped } from './numbers.js';
import type { Colors } from './sections.js';
import { hanging, pad, table } from './text.js';
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
  plan.base?.name ?? plan.model.name,
  result.verdict,
  grouped(result.distinct),
  grouped(result.generated),
  String(result.depth),
  duration(result.seconds),
];

const names = (entries: readonly { readonly name: string }[]): readonly string[] => [
  ...new Set(entries.map(({ name }) => name)),
];

const planName = ({ plan }: Report): string => plan.base?.name ?? plan.model.name;

/** An invariant holds in a suite if it holds in all of its searches. */
const invariantLines = (reports: readonly Report[], columns: number, c: Colors): readonly string[] => {
  const all = reports.flatMap((report) =>
    report.result.invariants.map((invariant) => ({ ...invariant, where: planName(report) })),
  );
  const width = Math.max(0, ...all.map(({ name }) => name.length));
  const lines = names(all).flatMap((name) => {
    const every = all.filter((invariant) => invariant.name === name);
    const broken = every.filter(({ holds }) => holds === false).map(({ where }) => where);
    const open = every.some(({ holds }) => holds === null);
    const mark = broken.length > 0 ? c.red('✘') : open ? c.yellow('?') : c.green('✔');
    const text = broken.length > 0 ? `broken in ${broken.join(', ')}` : every[0]!.claim;
    return hanging(`  ${mark} ${pad(name, width)}  `, text, columns);
  });
  return [c.bold('Invariants'), ...lines, ''];
};

/** A goal is reached in a suite if it is in any of its searches. */
const goalLines = (
  reports: readonly Report[],
  complete: boolean,
  columns: number,
  c: Colors,
): readonly string[] => {
  const all = reports.flatMap((report) =>
    report.result.goals.map((goal) => ({ ...goal, where: planName(report) })),
  );
  const width = Math.max(0, ...all.map(({ name }) => name.length));
  const lines = names(all).flatMap((name) => {
    const every = all.filter((goal) => goal.name === name);
    const first = every.find(({ reached }) => reached === true);
    if (first) {
      const text = `${first.where}, depth ${first.depth}: ${first.claim}`;
      return hanging(`  ${c.green('✔')} ${pad(name, width)}  `, text, columns);
    }
    const mark = complete ? c.red('✘') : c.yellow('?');
    const text = `not reached (needs ${every[0]!.needs}): ${every[0]!.claim}`;
    return hanging(`  ${mark} ${pad(name, width)}  `, text, columns);
  });
  return [c.bold('Goals'), ...lines, ''];
};

/** Actions that no search of the suite took. */
const neverLines = (reports: readonly Report[], columns: number, c: Colors): readonly string[] => {
  const counts = reports.flatMap(({ result }) => Object.entries(result.coverage));
  const taken = new Set(counts.filter(([, count]) => count > 0).map(([name]) => name));
  const never = [...new Set(counts.map(([name]) => name))].filter((name) => !taken.has(name));
  const text = `${taken.size} of ${taken.size + never.length} were taken`;
  const missing = never.length === 0 ? [] : hanging('  ', `never taken: ${never.join(', ')}`, columns);
  return [c.bold('Actions'), `  ${text}`, ...missing.map(c.yellow), ''];
};

const goalLine = (reports: readonly Report[], complete: boolean, c: Colors): string => {
  const missing = unreached(reports);
  const count = names(reports.flatMap(({ result }) => result.goals)).length;
  if (missing.length === 0) return `Goals: every one of ${count} was reached in some search of the suite.`;
  if (!complete) return c.yellow(`Goals not reached yet: ${missing.join(', ')}.`);
  return c.red(`Goals that no search of the suite reached: ${missing.join(', ')}.`);
};

const verdict = (exit: number, reports: readonly Report[], planned: number, c: Colors): string => {
  const done = reports.length === planned ? `${planned}` : `${reports.length} of ${planned}`;
  const searches = `${done} ${planned === 1 ? 'search' : 'searches'}`;
  if (exit === EXIT.verified) return `${c.green(c.bold('VERIFIED'))}: the suite, ${searches}.`;
  if (exit === EXIT.incomplete)
    return `${c.yellow(c.bold('INCOMPLETE'))}: the suite, ${searches}; nothing is verified.`;
  const broken = reports.some(({ result }) => result.verdict === 'violated');
  const why = broken ? 'see above' : 'a goal was reached in none of them';
  return `${c.red(c.bold('VIOLATED'))}: the suite, ${searches}; ${why}.`;
};

export const suiteLines = (
  reports: readonly Report[],
  planned: number,
  columns: number,
  c: Colors,
): readonly string[] => {
  const exit = suiteExit(reports, planned);
  const complete = reports.length === planned && reports.every(({ result }) => result.complete);
  const titles = ['preset', 'verdict', 'distinct', 'generated', 'depth', 'time'];
  const [head, ...rows] = table([titles, ...reports.map(row)], [2, 3, 4, 5]);
  return [
    c.bold('The suite'),
    c.dim(`  ${head}`),
    ...rows.map((line) => `  ${line}`),
    '',
    ...invariantLines(reports, columns, c),
    ...goalLines(reports, complete, columns, c),
    ...neverLines(reports, columns, c),
    ...hanging('', goalLine(reports, complete, c), columns),
    ...hanging('', verdict(exit, reports, planned, c), columns),
  ];
};
