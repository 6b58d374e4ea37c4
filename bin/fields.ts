/**
 * A model's configuration, field by field, as its zod schema tells it: what each may be, its default, and how to read it
 * from the text of a flag. Flags, help and messages are all made from this.
 */
import { z } from 'zod';

export type Shape =
  | { readonly kind: 'number'; readonly min: number; readonly max: number; readonly whole: boolean }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly options: readonly (string | number)[] }
  | { readonly kind: 'text' }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'either'; readonly of: readonly Shape[] }
  /** Null, which a flag calls none. */
  | { readonly kind: 'none' };

export interface Field {
  /** camelCase, as in configuration files. */
  readonly name: string;
  /** --kebab-case. */
  readonly flag: string;
  readonly summary: string;
  readonly shape: Shape;
  readonly initial: unknown;
  readonly schema: z.ZodType;
}

/** The bounds that zod gives to a number that has none. */
const bound = (value: number | null, none: number): number =>
  value === null || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? none : value;

const either = (...shapes: readonly Shape[]): Shape => {
  const of = shapes.flatMap((shape) => (shape.kind === 'either' ? shape.of : [shape]));
  return { kind: 'either', of };
};

const shapeOf = (schema: unknown): Shape => {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return shapeOf(schema.unwrap());
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly) return shapeOf(schema.unwrap());
  if (schema instanceof z.ZodNullable) return either(shapeOf(schema.unwrap()), { kind: 'none' });
  if (schema instanceof z.ZodPipe) return shapeOf(schema.in);
  if (schema instanceof z.ZodBoolean) return { kind: 'boolean' };
  if (schema instanceof z.ZodEnum) return { kind: 'choice', options: schema.options };
  if (schema instanceof z.ZodLiteral)
    return { kind: 'choice', options: [...schema.values] as (string | number)[] };
  if (schema instanceof z.ZodArray) return { kind: 'list', of: shapeOf(schema.element) };
  if (schema instanceof z.ZodUnion) return either(...schema.options.map(shapeOf));
  if (schema instanceof z.ZodNull) return { kind: 'none' };
  if (schema instanceof z.ZodNumber) {
    const min = bound(schema.minValue, Number.NEGATIVE_INFINITY);
    const max = bound(schema.maxValue, Number.POSITIVE_INFINITY);
    return { kind: 'number', min, max, whole: schema.isInt || schema.format === 'safeint' };
  }
  return { kind: 'text' };
};

/** The description may stand on the field or on what it wraps. */
const summaryOf = (schema: unknown): string => {
  for (let inner = schema as z.ZodType | undefined; inner !== undefined; ) {
    if (inner.description !== undefined) return inner.description;
    inner = (inner.def as { innerType?: z.ZodType }).innerType;
  }
  return '';
};

export const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export const fieldsOf = (schema: z.ZodObject): readonly Field[] => {
  const defaults = schema.safeParse({}).data ?? {};
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    flag: flagOf(name),
    summary: summaryOf(field),
    shape: shapeOf(field),
    initial: defaults[name],
    schema: field as z.ZodType,
  }));
};

/** What a value may be, in words, after "must be". */
export const allowed = (shape: Shape): string => {
  switch (shape.kind) {
    case 'number':
      return allowedNumber(shape);
    case 'boolean':
      return 'true or false';
    case 'choice':
      return shape.options.length === 1 ? String(shape.options[0]) : `one of ${shape.options.join(', ')}`;
    case 'text':
      return 'a text';
    case 'list':
      return shape.of.kind === 'choice'
        ? `a list of names among ${shape.of.options.join(', ')}`
        : `a list, each ${allowed(shape.of)}`;
    case 'either':
      return shape.of.map(allowed).join(', or ');
    case 'none':
      return 'none';
  }
};

const allowedNumber = ({ min, max, whole }: Extract<Shape, { kind: 'number' }>): string => {
  const number = whole ? 'a whole number' : 'a number';
  if (Number.isFinite(min) && Number.isFinite(max)) return `${number} from ${min} to ${max}`;
  if (Number.isFinite(min)) return `${number}, at least ${min}`;
  if (Number.isFinite(max)) return `${number}, at most ${max}`;
  return number;
};

/** All the names that a value can have, for suggestions. */
export const choices = (shape: Shape): readonly string[] => {
  if (shape.kind === 'choice') return shape.options.map(String);
  if (shape.kind === 'list') return choices(shape.of);
  if (shape.kind === 'either') return shape.of.flatMap(choices);
  return [];
};

/** The value that a flag's text stands for, or undefined; whether it is allowed is for the schema to say. */
export const readText = (shape: Shape, text: string): unknown => {
  switch (shape.kind) {
    case 'number':
      return /^-?\d[\d_]*(\.\d+)?$/.test(text) ? Number(text.replaceAll('_', '')) : undefined;
    case 'boolean':
      return { true: true, false: false }[text];
    case 'choice':
      return shape.options.find((option) => String(option) === text);
    case 'text':
      return text;
    case 'none':
      return text === 'none' ? null : undefined;
    case 'list':
      return readList(shape.of, text);
    case 'either':
      return shape.of.map((one) => readText(one, text)).find((value) => value !== undefined);
  }
};

const readList = (shape: Shape, text: string): unknown => {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const values = words.map((word) => readText(shape, word));
  return values.includes(undefined) ? undefined : values;
};
