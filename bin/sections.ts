/** The sections of the report of a search: counts, invariants, goals, coverage of the actions, sizes of the levels. */
import type pc from 'picocolors';
import type { Trap } from '../checker/recovery/result.js';
import type { CheckResult } from '../checker/result.js';
import { bytes, duration, grouped, probability, short, sparkline } from './numbers.js';
import { hanging, pad, table } from './text.js';

export type Colors = ReturnType<typeof pc.createColors>;

/** The column at which a claim still stands beside its name. */
const NAMES_AT_MOST = 28;

export const countLines = (result: CheckResult, columns: number): readonly string[] => {
  const facts: readonly (readonly [string, string])[] = [
    ['distinct', grouped(result.distinct)],
    ['generated', grouped(result.generated)],
    ['depth', `${result.depth}${result.complete ? ' (the diameter)' : ''}`],
    ['terminal', grouped(result.terminal)],
    ['time', duration(result.seconds)],
    ['rate', `${short(result.statesPerSecond)} states/s`],
    ['memory', bytes(result.memoryBytes)],
    ['collision', probability(result.collisionProbability)],
    ...(result.spilledBytes > 0 ? [['to disk', bytes(result.spilledBytes)] as const] : []),
  ];
  const perRow = columns >= 64 ? 2 : 1;
  const rows = Array.from({ length: Math.ceil(facts.length / perRow) }, (_, i) =>
    facts.slice(i * perRow, (i + 1) * perRow).flat(),
  );
  return [
    ...table(rows).map((row) => `  ${row}`),
    ...hanging(
      '  ',
      '(collision: probability that two states shared a fingerprint, so that one was missed)',
      columns,
    ),
  ];
};

/** These counts are of orbits; what they stand for is what a search without symmetry would have counted. */
export const symmetryLines = ({ symmetry, complete }: CheckResult, columns: number): readonly string[] => {
  if (symmetry === undefined) return [];
  const { of, permutations, distinct, generated } = symmetry;
  const what = `counts are of orbits under the ${grouped(permutations)} permutations of the ${of}; `;
  const so = complete ? 'they stand for' : 'those explored so far stand for';
  return hanging(
    '  ',
    `(symmetry: ${what}${so} ${grouped(distinct)} distinct states and ${grouped(generated)} generated)`,
    columns,
  );
};

const nameColumns = (names: readonly string[]): number =>
  Math.min(NAMES_AT_MOST, Math.max(0, ...names.map((name) => name.length)));

/** What a search that ended early leaves open is only named. */
const openLines = (what: string, names: readonly string[], columns: number, c: Colors): readonly string[] =>
  names.length === 0 ? [] : hanging(`  ${c.yellow('?')} ${what}: `, names.join(', '), columns);

export const invariantLines = (
  { invariants }: Pick<CheckResult, 'invariants'>,
  columns: number,
  c: Colors,
): readonly string[] => {
  if (invariants.length === 0) return [];
  const open = invariants.filter(({ holds }) => holds === null).map(({ name }) => name);
  const decided = invariants.filter(({ holds }) => holds !== null);
  const width = nameColumns(decided.map(({ name }) => name));
  const lines = decided.flatMap(({ name, holds, claim }) => {
    const mark = holds ? c.green('✔') : c.red('✘');
    return hanging(`  ${mark} ${pad(name, width)}  `, claim, columns);
  });
  return ['', c.bold('Invariants'), ...lines, ...openLines('not decided', open, columns, c)];
};

export const goalLines = (
  { goals }: Pick<CheckResult, 'goals'>,
  columns: number,
  c: Colors,
): readonly string[] => {
  if (goals.length === 0) return [];
  const isOpen = ({ reached, applicable }: CheckResult['goals'][number]): boolean =>
    applicable && reached === null;
  const open = goals.filter(isOpen).map(({ name }) => name);
  const decided = goals.filter((goal) => !isOpen(goal));
  const width = nameColumns(decided.map(({ name }) => name));
  const lines = decided.flatMap(({ name, reached, depth, applicable, needs, claim }) => {
    const head = (mark: string): string => `  ${mark} ${pad(name, width)}  `;
    if (reached === true) return hanging(head(c.green('✔')), `depth ${depth}: ${claim}`, columns);
    if (!applicable) return hanging(head(c.dim('–')), `not within these bounds: needs ${needs}`, columns);
    return hanging(head(c.red('✘')), `NOT REACHED (needs ${needs}): ${claim}`, columns);
  });
  return ['', c.bold('Goals'), ...lines, ...openLines('not reached yet', open, columns, c)];
};

export const coverageLines = (
  { coverage }: Pick<CheckResult, 'coverage'>,
  columns: number,
  c: Colors,
  what = 'times generated',
): readonly string[] => {
  const entries = Object.entries(coverage);
  const taken = entries.filter(([, count]) => count > 0);
  const never = entries.filter(([, count]) => count === 0).map(([name]) => name);
  const cells = table(
    taken.map(([name, count]) => [name, grouped(count)]),
    [1],
    '  ',
  );
  // As many columns as fit, read downwards.
  const width = Math.max(1, ...cells.map((cell) => cell.length));
  const across = Math.max(1, Math.floor((columns - 2) / (width + 4)));
  const down = Math.ceil(cells.length / across);
  const rows = Array.from({ length: down }, (_, i) => cells.filter((_cell, k) => k % down === i));
  const lines = rows.map(
    (row) =>
      `  ${row
        .map((cell) => cell.padEnd(width))
        .join('    ')
        .trimEnd()}`,
  );
  const missing =
    never.length === 0 ? [] : hanging('  ', `never taken: ${never.join(', ')}`, columns).map(c.yellow);
  return ['', `${c.bold('Actions')} (${what})`, ...lines, ...missing];
};

export const auditLines = ({ audit }: CheckResult): readonly string[] =>
  audit === undefined
    ? []
    : [
        '',
        `  Audit: ${grouped(audit.audited)} of ${grouped(audit.memoised)} remembered calls made again, all the same`,
      ];

const trapText = ({ depth, offending: { states, actions } }: Trap): string => {
  const what =
    actions.length === 0
      ? 'where nothing happens any more'
      : `in which no more than ${actions.join(', ')} happens`;
  return `The nearest trap is entered after ${depth} actions: ${states === 1 ? 'one state' : `${grouped(states)} states`} ${what}.`;
};

const fate = (mark: string, count: number, what: string): readonly string[] =>
  count === 0 ? [] : [`  ${mark} ${grouped(count)} ${count === 1 ? 'state' : 'states'} ${what}`];

export const recoveryLines = ({ recovery }: CheckResult, columns: number, c: Colors): readonly string[] => {
  if (recovery === undefined) return [];
  const { recovering, trapped, undetermined, met, searches, claim, trap } = recovery;
  const how = `${grouped(met)} states met in ${duration(recovery.seconds)}; the fair schedule led nowhere ${grouped(searches)} times, where all that can happen was searched`;
  return [
    '',
    `${c.bold('Recovery')} (without new faults)`,
    ...fate(c.green('✔'), recovering, 'recover'),
    ...fate(c.red('✘'), trapped, 'do not, whatever happens'),
    ...fate(c.yellow('?'), undetermined, 'undetermined'),
    ...hanging('    ', `To recover: ${claim}`, columns),
    ...hanging('    ', how, columns),
    ...(trap ? hanging('    ', trapText(trap), columns) : []),
  ];
};

export const levelLines = ({ levels }: CheckResult, columns: number, c: Colors): readonly string[] => {
  if (levels.length < 3) return [];
  const widest = levels.reduce((best, size, depth) => (size > levels[best]! ? depth : best), 0);
  return [
    '',
    `${c.bold('Levels')} (states at each depth; most at depth ${widest}: ${grouped(levels[widest]!)})`,
    `  ${sparkline(levels, Math.min(72, columns - 4))}`,
  ];
};
