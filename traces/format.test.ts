import { expect, test } from 'vitest';
import { formatTrace, parseTrace, type Trace, TraceFormatError } from './format.js';

const trace: Trace = {
  header: {
    format: 'zab-trace',
    version: 1,
    model: 'counter',
    config: { most: 2 },
    property: 'Small',
    claim: 'The counter is small.',
    initial: { counter: 0, log: [] },
  },
  steps: [
    { step: 1, action: { name: 'add', by: 1 }, changed: { counter: 1 } },
    { step: 2, action: { name: 'add', by: 1 }, changed: { counter: 2 } },
  ],
  violation: { property: 'Small', claim: 'The counter is small.', offending: { counter: 2 } },
};
const text = formatTrace(trace);
const lines = text.split('\n').slice(0, -1);

/** The trace with one line replaced (or left out). */
const withLine = (n: number, line: unknown): string =>
  lines
    .flatMap((old, i) =>
      i + 1 !== n ? old : line === undefined ? [] : typeof line === 'string' ? line : JSON.stringify(line),
    )
    .map((line) => `${line}\n`)
    .join('');
const header = JSON.parse(lines[0]!);
const step = JSON.parse(lines[1]!);
const end = JSON.parse(lines[3]!);

const problem = (damaged: string): string => {
  try {
    parseTrace(damaged);
  } catch (error) {
    expect(error).toBeInstanceOf(TraceFormatError);
    return `${(error as TraceFormatError).line}: ${(error as Error).message}`;
  }
  throw new Error('accepted');
};

test('what is written is read back', () => {
  expect(parseTrace(text)).toEqual(trace);
  expect(parseTrace(text.trimEnd())).toEqual(trace);
  expect(parseTrace(text.replaceAll('\n', '\r\n'))).toEqual(trace);
});

test('a trace without a violation has none in its header', () => {
  const { violation: _, header: head, steps } = trace;
  const { property: _p, claim: _c, ...bare } = head;
  const harmless = { header: bare, steps };
  expect(parseTrace(formatTrace(harmless))).toEqual(harmless);
});

test.each([
  ['an empty file', '', /^1: the file is empty/],
  ['something else', '{"a":1}\n', /^1: not a trace/],
  ['a binary', '\u007fELF\n', /^1: not a line of JSON/],
  [
    'another version',
    withLine(1, { ...header, version: 2 }),
    /^1: version 2 of the format is newer than this program, which reads version 1/,
  ],
  ['no version', withLine(1, { ...header, version: undefined }), /^1: the header has no version/],
  [
    'a version that never was',
    withLine(1, { ...header, version: 0 }),
    /^1: version 0 of the format does not exist/,
  ],
  ['a version in words', withLine(1, { ...header, version: '1' }), /^1: version "1" .* does not exist/],
  ['no model', withLine(1, { ...header, model: undefined }), /^1: model: /],
  ['a config that is a list', withLine(1, { ...header, config: [] }), /^1: config: must be an object/],
  ['an unknown field', withLine(1, { ...header, extra: 1 }), /^1: .*extra/],
  ['a line that is not JSON', withLine(2, '{"step":1,'), /^2: not a line of JSON/],
  ['a blank line', withLine(2, ''), /^2: an empty line/],
  ['a line that is a list', withLine(3, '[1]'), /^3: not a JSON object/],
  [
    'an action without a name',
    withLine(2, { ...step, action: { by: 1 } }),
    /^2: action: must be an object with a name/,
  ],
  ['two wrong fields', withLine(2, { step: 'x', action: 1, changed: {} }), /^2: step: .*; action: /],
  [
    'a fraction',
    withLine(2, { ...step, changed: { counter: 0.5 } }),
    /^2: changed\.counter: 0\.5 is not a safe integer/,
  ],
  [
    'a negative zero',
    withLine(2, lines[1]!.replace('"counter":1', '"counter":-0')),
    /^2: changed\.counter: -0/,
  ],
  [
    'an integer that is too large',
    withLine(2, lines[1]!.replace('"counter":1', '"counter":9007199254740993')),
    /^2: .*safe/,
  ],
  ['a step left out', withLine(2, undefined), /^2: step 1 belongs here, not step 2/],
  ['a step twice', withLine(3, step), /^3: step 2 belongs here, not step 1/],
  ['no end', withLine(4, undefined), /^3: truncated: ends after step 2/],
  ['a wrong count', withLine(4, { ...end, steps: 3 }), /^4: the end line counts 3 steps, the file has 2/],
  ['an end that is false', withLine(4, { ...end, end: false }), /^4: end: /],
  ['something after the end', `${text}{}\n`, /^5: something follows the end line/],
  [
    'another property at the end',
    withLine(4, { ...end, violation: { ...end.violation, property: 'X' } }),
    /^4: the header says that Small breaks, the end line says X/,
  ],
  [
    'another claim at the end',
    withLine(4, { ...end, violation: { ...end.violation, claim: 'X' } }),
    /^4: .*another claim/,
  ],
  [
    'no offending values',
    withLine(4, { ...end, violation: { property: 'Small', claim: trace.header.claim } }),
    /^4: violation\.offending: is missing/,
  ],
])('refuses %s', (_name, damaged, message) => {
  expect(problem(damaged)).toMatch(message);
});

test('refuses every proper prefix', () => {
  for (let length = 0; length < text.length - 1; length++) problem(text.slice(0, length));
});

test('values are kept as they are, even those that JavaScript treats specially', () => {
  const odd = '{"step":1,"action":{"name":"add","by":1},"changed":{"__proto__":{"polluted":true}}}';
  const read = parseTrace(withLine(2, odd));
  expect(Object.keys(read.steps[0]!.changed)).toEqual(['__proto__']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('a value nested beyond reason is refused before it overflows the stack', () => {
  const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
  expect(problem(withLine(2, `{"step":1,"action":{"name":"a"},"changed":{"x":${deep}}}`))).toMatch(
    /^2: .*nested/,
  );
});
