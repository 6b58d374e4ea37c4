import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parseTrace } from '../format.js';
import { traceJsonSchema } from './schema.js';

const published = JSON.parse(readFileSync(new URL('../trace.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(
  published,
);

const header = { format: 'zab-trace', version: 1, model: 'm', config: {}, initial: { a: [null, { b: 1 }] } };
const step = { step: 1, action: { name: 'go', to: 2 }, changed: { a: 'x' } };
const end = { end: true, steps: 1 };

test('the published schema is the one that traces are read with: npx zab trace schema > traces/trace.schema.json', () => {
  expect(published).toEqual(JSON.parse(JSON.stringify(traceJsonSchema())));
});

const read = (lines: readonly object[]): boolean => {
  try {
    parseTrace(lines.map((line) => JSON.stringify(line)).join('\n'));
    return true;
  } catch {
    return false;
  }
};

const violation = { property: 'P', claim: 'c', offending: null };
const headers: readonly object[] = [
  header,
  { ...header, generator: 'another 1.0' },
  { ...header, version: 2 },
  { ...header, format: 'other' },
  { ...header, model: '' },
  { ...header, config: [] },
  { ...header, initial: { a: 0.5 } },
  { ...header, initial: { a: 2 ** 53 } },
  { ...header, extra: 1 },
  (({ initial: _, ...rest }) => rest)(header),
];
const steps: readonly object[] = [
  step,
  { ...step, action: { to: 2 } },
  { ...step, action: { name: 1 } },
  { ...step, action: { name: 'go', to: 1.5 } },
  { ...step, changed: null },
  { ...step, changed: { a: [[-0.5]] } },
  { ...step, extra: 1 },
];
const ends: readonly object[] = [end, { ...end, end: false }, { ...end, extra: 1 }];

test.each([
  ...headers.map((line) => [[line, step, end], line] as const),
  ...steps.map((line) => [[header, line, end], line] as const),
  ...ends.map((line) => [[header, step, line], line] as const),
])('schema and reader agree: %#', (lines, line) => {
  expect(validate(line)).toBe(read(lines));
});

test('a violation needs its offending values, null at least', () => {
  expect(validate({ ...end, violation })).toBe(true);
  const { offending: _, ...rest } = violation;
  expect(validate({ ...end, violation: rest })).toBe(false);
});
