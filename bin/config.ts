/**
 * The configuration of a run, from the weakest source to the strongest: the schema's defaults, a preset (or the bounds of
 * a defect), a configuration file, the flags. Everything that is wrong in a source is reported at once, each field by the
 * name that it was given.
 */
import type { z } from 'zod';
import type { ModelDefinition, Preset } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import { readTextFile } from '../traces/file.js';
import { clip } from '../traces/transcript.js';
import { allowed, choices, type Field, fieldsOf, readText } from './fields.js';
import { nearest, suggestion } from './nearest.js';

export type Config = Readonly<Record<string, unknown>>;

/** The preset that `zab check` starts from unless told otherwise; a model without one starts from its schema's defaults. */
export const defaultPreset = ({ presets }: ModelDefinition): Preset | undefined =>
  presets.find(({ name }) => name === 'default');

/** What was asked for explicitly. */
export interface Asked {
  /** Path of a JSON file. */
  readonly file?: string | undefined;
  /** The flags that were given, by the names of their fields; a list as often as it was given. */
  readonly flags: Readonly<Record<string, string | boolean>>;
}

/** Of a list, only the names that nobody knows are looked up. */
const hint = ({ shape }: Field, given: unknown): string => {
  if (typeof given !== 'string') return '';
  const known = choices(shape);
  const words = shape.kind === 'list' ? given.split(',').map((word) => word.trim()) : [given];
  const near = words.filter((word) => !known.includes(word)).flatMap((word) => nearest(word, known));
  return near.length === 0 ? '' : ` (did you mean ${near.join(' or ')}?)`;
};

/** What zod says that the shape does not. */
const custom = (issues: readonly z.core.$ZodIssue[]): string =>
  issues
    .filter(({ code }) => code === 'custom')
    .map(({ message }) => message)
    .join('; ');

/** What is wrong with a value for a field, or undefined. */
const complaint = (field: Field, value: unknown, given: unknown): string | undefined => {
  const parsed = value === undefined ? undefined : field.schema.safeParse(value);
  if (parsed?.success) return undefined;
  const shown = typeof given === 'string' ? `'${clip(given, 60)}'` : clip(JSON.stringify(given), 60);
  const reason = custom(parsed?.error.issues ?? []) || `must be ${allowed(field.shape)}`;
  return `${shown}: ${reason}${hint(field, given)}`;
};

const complain = (problems: readonly string[]): void => {
  if (problems.length > 0) throw new InputError(problems.join('\n'));
};

const fromFlags = (fields: readonly Field[], flags: Asked['flags']): Config => {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const field of fields) {
    const given = flags[field.name];
    if (given === undefined) continue;
    const value = typeof given === 'boolean' ? given : readText(field.shape, given);
    const wrong = complaint(field, value, given);
    if (wrong === undefined) values[field.name] = value;
    else problems.push(`${field.flag} ${wrong}`);
  }
  complain(problems);
  return values;
};

const parseJsonFile = (file: string): Config => {
  let json: unknown;
  try {
    json = JSON.parse(readTextFile(file));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${file}: not JSON: ${(error as Error).message}`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new InputError(`${file}: must be a JSON object, a field for each flag in camelCase`);
  }
  return json as Config;
};

const fromFile = (definition: ModelDefinition, fields: readonly Field[], file: string): Config => {
  const values = parseJsonFile(file);
  const names = fields.map(({ name }) => name);
  const problems = Object.entries(values).map(([name, value]) => {
    const field = fields.find((other) => other.name === name);
    if (field === undefined) {
      return `${file}: ${name}: no such field of ${definition.name}; ${suggestion(name, names)}`;
    }
    const wrong = complaint(field, value, value);
    return wrong && `${file}: ${name}: ${wrong}`;
  });
  complain(problems.filter((problem) => problem !== undefined));
  return values;
};

/** @throws InputError that names every wrong field. */
export const readAsked = (definition: ModelDefinition, { file, flags }: Asked): Config => {
  const fields = fieldsOf(definition.schema);
  return {
    ...(file !== undefined && fromFile(definition, fields, file)),
    ...fromFlags(fields, flags),
  };
};

/** @throws InputError for fields that are right one by one, and wrong together. */
export const completeConfig = (definition: ModelDefinition, base: Config, asked: Config): Config => {
  const parsed = definition.schema.safeParse({ ...base, ...asked });
  if (parsed.success) return parsed.data;
  throw new InputError(
    parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('\n'),
  );
};

/** What is neither off nor empty, in words: `participants 7, defect commit-early`. */
export const describeConfig = (definition: ModelDefinition, config: Config): string =>
  fieldsOf(definition.schema)
    .map(({ name, flag }) => ({ flag: flag.slice(2), text: String(config[name] ?? 'none') }))
    .filter(({ text }) => !['', 'none', 'false', '0'].includes(text))
    .map(({ flag, text }) => (text === 'true' ? flag : `${flag} ${text}`))
    .join(', ');
