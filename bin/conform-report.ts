/** The report of `zab conform`: a line for each test, then what failed and why, what was seen of the specification, the verdict. */
import pc from 'picocolors';
import type { Failure } from '../traces/conform/explain.js';
import type { RunResult, TestResult } from '../traces/conform/run.js';
import { fieldText } from '../traces/conform/text.js';
import { grouped } from './numbers.js';
import type { Output } from './terminal.js';
import { hanging, pad } from './text.js';

const NAMES = 31;
/** Exchanges of the transcript that are printed; the file has all. */
const LAST = 14;

const isWalk = ({ name }: TestResult): boolean => name.startsWith('walk-');
const plural = (n: number, what: string): string => `${grouped(n)} ${what}${n === 1 ? '' : 's'}`;

/** Nothing of a walk that passed: they are summed up. */
export const renderTest = (test: TestResult, { color, columns }: Output): string => {
  const { green, red, yellow } = pc.createColors(color);
  const marks = {
    passed: green('✔'),
    failed: red('✘'),
    'not supported': yellow('–'),
    inconclusive: yellow('?'),
  };
  if (isWalk(test) && test.verdict === 'passed') return '';
  const head = `  ${marks[test.verdict]} ${pad(test.name, NAMES)}  `;
  const text = test.verdict === 'not supported' ? `not supported: ${test.why}` : test.summary;
  return `${hanging(head, text, columns).join('\n')}\n`;
};

const failureLines = (test: TestResult, failure: Failure, out: Output): readonly string[] => {
  const { bold, red, dim } = pc.createColors(out.color);
  const { sid, input, before, handlers, fields, guards, transcript, at } = failure;
  const shown = transcript.slice(-LAST);
  const left = transcript.length - shown.length;
  const found = test.foundAt === undefined ? '' : ` (of ${test.foundAt})`;
  const para = (head: string, text: string): readonly string[] =>
    hanging(`  ${pad(head, 15)}`, text, out.columns);
  return [
    '',
    bold(red(`${test.name}: server ${sid} does what the specification never does`)),
    ...para('given', input),
    ...para('it was', before),
    ...para('specification', handlers.length > 0 ? handlers.join(', then ') : 'no step at all'),
    ...para('differs in', at === 'outputs' ? 'what came out' : 'what was then observed'),
    ...fields.flatMap((field) => {
      const [expected, seen] = fieldText(field);
      return [
        `    ${field.path}`,
        ...hanging(`      ${dim('expected')}  `, expected, out.columns),
        ...hanging(`      ${dim('found')}     `, seen, out.columns),
      ];
    }),
    ...(guards.length > 0
      ? [`  ${bold('Why not')}`, ...guards.flatMap((guard) => hanging('    ', guard, out.columns))]
      : []),
    '',
    `  ${bold(`The shortest run found, ${plural(test.played!.actions.length, 'action')}${found}`)}`,
    ...(left > 0 ? [dim(`    … ${left} exchanges before`)] : []),
    ...shown.flatMap((line) => hanging(`  ${line.slice(0, 5)}`, line.slice(5), out.columns)),
  ];
};

export const renderFailure = (
  test: TestResult,
  failure: Failure,
  files: readonly string[],
  out: Output,
): string =>
  [
    ...failureLines(test, failure, out),
    ...(files.length > 0
      ? [
          '',
          `  Saved as ${files[0]}; to play it again: zab conform --adapter … --replay ${files[0]}`,
          `  and as a log: zab validate ${files[1]}`,
        ]
      : []),
    '',
  ].join('\n');

const walkLine = (tests: readonly TestResult[], seed: number): readonly string[] => {
  const walks = tests.filter((test) => isWalk(test) && test.verdict === 'passed');
  if (walks.length === 0) return [];
  const actions = walks.reduce((sum, { played }) => sum + (played?.actions.length ?? 0), 0);
  return [`  ✔ ${plural(walks.length, 'walk')} from seed ${seed}, ${plural(actions, 'action')}`];
};

const coverageLines = ({ coverage }: RunResult, out: Output): readonly string[] => {
  const labels = Object.keys(coverage);
  const unseen = labels.filter((label) => coverage[label] === 0);
  const head = `Steps of the specification: ${labels.length - unseen.length} of ${labels.length} were seen`;
  return unseen.length === 0 ? [head] : [head, ...hanging('  not seen: ', unseen.join(', '), out.columns)];
};

const verdictText = ({ verdict, tests, seed }: RunResult): string => {
  const of = (wanted: TestResult['verdict']): number =>
    tests.filter((test) => test.verdict === wanted).length;
  const unsupported = of('not supported');
  const rest =
    unsupported > 0 ? ` ${plural(unsupported, 'test')} not supported: nothing is known of those.` : '';
  if (verdict === 'passed')
    return `${plural(of('passed'), 'test')}, each explained by the specification.${rest}`;
  const from = tests.some(isWalk) ? ` (seed ${seed})` : '';
  if (verdict === 'failed') return `${plural(of('failed'), 'test')} of ${tests.length}${from}.${rest}`;
  return `nothing failed, but ${of('inconclusive') > 0 ? 'bounds were hit' : 'nothing could be tested'}.${rest}`;
};

export const renderRun = (result: RunResult, out: Output): string => {
  const { bold, green, red, yellow } = pc.createColors(out.color);
  const words = {
    passed: green(bold('PASSED')),
    failed: red(bold('FAILED')),
    inconclusive: yellow(bold('INCONCLUSIVE')),
  };
  return [
    ...walkLine(result.tests, result.seed),
    '',
    ...(result.verdict === 'passed' ? [...coverageLines(result, out), ''] : []),
    `${words[result.verdict]}: ${verdictText(result)}`,
    '',
  ].join('\n');
};

/** Without what only this program's own parts need. */
export const runJson = (
  result: RunResult,
  failures: ReadonlyMap<string, Failure>,
  files: ReadonlyMap<string, readonly string[]>,
) => ({
  verdict: result.verdict,
  adapter: { name: result.adapter.adapter, version: result.adapter.version },
  capabilities: result.adapter.capabilities,
  observes: result.adapter.observes,
  seed: result.seed,
  seconds: result.seconds,
  tests: result.tests.map(({ name, summary, verdict, played, why, foundAt, seconds }) => {
    const { log: _, ...failure } = failures.get(name) ?? { log: '' };
    return {
      name,
      summary,
      verdict,
      actions: played?.actions.length ?? 0,
      seconds,
      ...(why !== undefined && { why }),
      ...(foundAt !== undefined && { foundAt }),
      ...(failures.has(name) && { failure, files: files.get(name) ?? [] }),
    };
  }),
  coverage: result.coverage,
});
