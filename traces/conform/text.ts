/** A field of a failure, as a reader wants it. */
import { printable, renderValue } from '../values.js';
import type { Field } from './explain.js';

/** Outputs are told in words already. */
const text = (value: unknown): string => (typeof value === 'string' ? printable(value) : renderValue(value));

/** What was expected and what was found. */
export const fieldText = (field: Field): readonly [string, string] => [
  'expected' in field ? text(field.expected) : 'nothing',
  'found' in field ? text(field.found) : 'nothing',
];
