/** Test results as JUnit XML, which every CI system reads. */

export interface JUnitCase {
  readonly name: string;
  readonly seconds: number;
  /** Absent of one that passed. */
  readonly outcome?: {
    readonly kind: 'failure' | 'skipped' | 'error';
    readonly message: string;
    readonly text?: string;
  };
}

export interface JUnitSuite {
  readonly name: string;
  readonly cases: readonly JUnitCase[];
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML has no word for most control characters, not even escaped. */
const xml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"]/g, (character) => entities[character]!);

const attribute = (text: string): string => xml(text).replace(/\s+/g, ' ');

const caseXml = (suite: string, { name, seconds, outcome }: JUnitCase): string => {
  const head = `    <testcase classname="${attribute(suite)}" name="${attribute(name)}" time="${seconds.toFixed(3)}"`;
  if (outcome === undefined) return `${head}/>`;
  const { kind, message, text } = outcome;
  const body = text === undefined ? '/>' : `>${xml(text)}</${kind}>`;
  return `${head}>\n      <${kind} message="${attribute(message)}"${body}\n    </testcase>`;
};

const count = ({ cases }: JUnitSuite, kind: 'failure' | 'skipped' | 'error'): number =>
  cases.filter(({ outcome }) => outcome?.kind === kind).length;

const suiteXml = (suite: JUnitSuite): string => {
  const { name, cases } = suite;
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0).toFixed(3);
  const counts = `tests="${cases.length}" failures="${count(suite, 'failure')}" errors="${count(suite, 'error')}" skipped="${count(suite, 'skipped')}"`;
  return [
    `  <testsuite name="${attribute(name)}" ${counts} time="${seconds}">`,
    ...cases.map((one) => caseXml(name, one)),
    '  </testsuite>',
  ].join('\n');
};

export const junitXml = (suites: readonly JUnitSuite[]): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites.map(suiteXml),
    '</testsuites>',
    '',
  ].join('\n');
