import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ModelDefinition } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import { completeConfig, describeConfig, readAsked } from './config.js';
import { fieldsOf } from './fields.js';

/** Every sort of field that a model may have. */
const definition: ModelDefinition = {
  name: 'sample',
  summary: 'Fields of every sort',
  schema: z.strictObject({
    servers: z.int().min(1).max(9).default(3).describe('servers that vote'),
    electionQueue: z
      .union([z.int().min(1), z.literal('unbounded')])
      .default(1)
      .describe('capacity of a channel'),
    election: z.enum(['fle', 'oracle', 'atomic']).default('fle').describe('grain of the election'),
    defect: z.enum(['commit-early', 'no-flush']).nullable().default(null).describe('a planted defect'),
    fixes: z
      .array(z.enum(['4643', '4646']))
      .default([])
      .describe('defects left out'),
    loud: z.boolean().default(false).describe('says more'),
    safe: z.boolean().default(true).describe('does less'),
    note: z.string().default('').describe('any text'),
  }),
  presets: [],
  variants: [],
  defects: [],
  scenarios: [],
  build: () => {
    throw new Error('not built here');
  },
};
const defaults = {
  servers: 3,
  electionQueue: 1,
  election: 'fle',
  defect: null,
  fixes: [],
  loud: false,
  safe: true,
  note: '',
};
const withFlags = (flags: Readonly<Record<string, string | boolean>>) =>
  completeConfig(definition, {}, readAsked(definition, { flags }));
const problem = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message;
  }
  throw new Error('accepted');
};

describe('flags', () => {
  test('none of them: the defaults', () => expect(withFlags({})).toEqual(defaults));

  test('each sort is read', () => {
    const flags = {
      servers: '5',
      electionQueue: 'unbounded',
      election: 'oracle',
      defect: 'no-flush',
      fixes: '4643, 4646',
      loud: true,
      safe: false,
      note: 'free text',
    };
    const config = { ...flags, servers: 5, fixes: ['4643', '4646'] };
    expect(withFlags(flags)).toEqual(config);
    expect(withFlags({ electionQueue: '2', defect: 'none', fixes: '' })).toEqual({
      ...defaults,
      electionQueue: 2,
    });
  });

  test.each([
    [{ servers: '10' }, "--servers '10': must be a whole number from 1 to 9"],
    [{ servers: 'five' }, "--servers 'five': must be a whole number from 1 to 9"],
    [{ servers: '1.5' }, "--servers '1.5': must be a whole number from 1 to 9"],
    [{ servers: '' }, "--servers '': must be a whole number from 1 to 9"],
    [{ servers: '-1' }, "--servers '-1': must be a whole number from 1 to 9"],
    [{ electionQueue: '0' }, "--election-queue '0': must be a whole number, at least 1, or unbounded"],
    [
      { election: 'oracel' },
      "--election 'oracel': must be one of fle, oracle, atomic (did you mean oracle?)",
    ],
    [
      { defect: 'comit-early' },
      "--defect 'comit-early': must be one of commit-early, no-flush, or none (did you mean commit-early?)",
    ],
    [{ fixes: '4643,1' }, "--fixes '4643,1': must be a list of names among 4643, 4646"],
    [{ fixes: '4643,464' }, /\(did you mean 4643 or 4646\?\)$/],
    [{ servers: 'x', election: 'y' }, /^--servers .*\n--election /],
  ])('%j is refused', (flags, message) => {
    const found = problem(() => withFlags(flags));
    if (typeof message === 'string') expect(found).toBe(message);
    else expect(found).toMatch(message);
  });
});

describe('a configuration file', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'zab-config-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const withFile = (text: string, base = {}, flags: Readonly<Record<string, string>> = {}) => {
    const file = join(directory, 'config.json');
    writeFileSync(file, text);
    return completeConfig(definition, base, readAsked(definition, { file, flags }));
  };

  test('goes over a preset, and flags go over it', () => {
    const base = { servers: 4, loud: true, election: 'atomic' };
    const config = withFile('{"servers": 5, "election": "oracle"}', base, { servers: '6' });
    expect(config).toEqual({ ...defaults, servers: 6, election: 'oracle', loud: true });
  });

  test('every wrong field is named', () => {
    const found = problem(() =>
      withFile('{"server": 3, "election": "fel", "servers": "3", "safe": 1, "defect": null}'),
    );
    expect(found.split('\n').map((line) => line.replace(/^.*config\.json: /, ''))).toEqual([
      'server: no such field of sample; did you mean servers?',
      "election: 'fel': must be one of fle, oracle, atomic (did you mean fle?)",
      "servers: '3': must be a whole number from 1 to 9",
      'safe: 1: must be true or false',
    ]);
  });

  test('what is no object is refused, and so is what is not there', () => {
    expect(problem(() => withFile('[]'))).toMatch(/must be a JSON object/);
    expect(problem(() => withFile('{"a":'))).toMatch(/not JSON/);
    expect(problem(() => readAsked(definition, { file: join(directory, 'none'), flags: {} }))).toMatch(
      /no such file/,
    );
  });
});

test('a configuration in words leaves out what is off', () => {
  expect(describeConfig(definition, { ...defaults, loud: true, fixes: ['4643', '4646'] })).toBe(
    'servers 3, election-queue 1, election fle, fixes 4643,4646, loud, safe',
  );
});

test('flags, descriptions and defaults come from the schema', () => {
  const fields = fieldsOf(definition.schema);
  expect(fields.map(({ flag }) => flag).slice(0, 3)).toEqual(['--servers', '--election-queue', '--election']);
  expect(fields[1]).toMatchObject({ summary: 'capacity of a channel', initial: 1 });
});
