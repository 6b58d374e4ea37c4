import { expect, test } from 'vitest';
import { InputError } from '../checker/errors.js';
import { models } from '../checker/registry.js';
import { formatTrace } from './format.js';
import { importTrace } from './import.js';
import { formatItf, fromItf, toItf } from './itf.js';
import { replay } from './replay.js';
import { anything, modelOf, traceOf, walk } from './testing.js';

const none = () => undefined;

test.each(models.map((definition) => [definition.name, definition] as const))(
  'a run of %s goes to ITF and comes back, word for word',
  (_name, definition) => {
    const model = modelOf(definition);
    const trace = traceOf(model, walk(model, 40, anything(3)));
    const back = importTrace(JSON.stringify(formatItf(trace)), none);
    expect(formatTrace(back)).toBe(formatTrace(trace));
    expect(replay(model, back)).toMatchObject({ matches: true });
  },
);

test('a violation comes back, and so do values that ITF writes in another way', () => {
  const value = [null, true, 0, -7, 2 ** 40, '', 'x', [], {}, { '#set': 1, a: null }, [[1], { b: [] }]];
  expect(fromItf(JSON.parse(JSON.stringify(toItf(value))), 'v')).toEqual(value);
  const violation = { property: 'P', claim: 'c', offending: value };
  const header = {
    format: 'zab-trace',
    version: 1,
    model: 'm',
    config: {},
    property: 'P',
    claim: 'c',
  } as const;
  const trace = { header: { ...header, initial: { s: value } }, steps: [], violation };
  expect(importTrace(JSON.stringify(formatItf(trace)), none)).toEqual(trace);
});

test('what Apalache and Quint write is read', () => {
  expect(fromItf({ '#bigint': '12' }, 'v')).toBe(12);
  expect(fromItf(12, 'v')).toBe(12);
  expect(fromItf({ '#tup': [1, 'a'] }, 'v')).toEqual([1, 'a']);
  expect(fromItf({ '#set': [3, 1, 2] }, 'v')).toEqual([1, 2, 3]);
  expect(fromItf({ '#map': [[1, 'a']] }, 'v')).toEqual({ 1: 'a' });
  expect(fromItf({ '#map': [[{ '#tup': [1, 2] }, 'a']] }, 'v')).toEqual([[[1, 2], 'a']]);
  expect(fromItf({ tag: 'Some', value: { '#bigint': '1' } }, 'v')).toEqual({ tag: 'Some', value: 1 });
});

test('states alone are enough where the model is named: the actions are found', () => {
  const definition = models.find(({ name }) => name === 'two-phase-commit')!;
  const model = modelOf(definition, { participants: 3 });
  const trace = traceOf(model, walk(model, 9, anything(5)));
  const { vars, states } = formatItf(trace);
  const bare = {
    vars: vars.filter((name) => name !== 'action'),
    states: states.map(({ action: _, ...state }) => state),
  };
  const text = JSON.stringify(bare);
  const found = importTrace(text, () => model);
  expect(found.header.initial).toEqual(trace.header.initial);
  expect(replay(model, found)).toMatchObject({ matches: true, steps: trace.steps.length });
  expect(() => importTrace(text, none)).toThrow(/use --model/);
  const broken = { ...bare, states: [bare.states[0], { ...bare.states[1], tm: 'nowhere' }] };
  expect(() => importTrace(JSON.stringify(broken), () => model)).toThrow(
    new InputError('state 1: no action of two-phase-commit leads to it'),
  );
});

test.each([
  ['no states', { vars: [], states: [] }, /not an ITF trace: states/],
  ['a variable left out', { vars: ['a'], states: [{ b: 1 }] }, /state 0 lacks a/],
  ['an integer too large', { vars: ['a'], states: [{ a: { '#bigint': '9'.repeat(30) } }] }, /not an integer/],
  ['a mark nobody knows', { vars: ['a'], states: [{ a: { '#new': 1 } }] }, /state 0, a: #new/],
  [
    'a newer version',
    { '#meta': { 'zab-trace': { version: 2, model: 'm', config: {} } }, vars: [], states: [{}] },
    /version 2 of the trace format/,
  ],
])('refuses %s', (_name, document, message) => {
  expect(() => importTrace(JSON.stringify(document), none)).toThrow(message);
});
