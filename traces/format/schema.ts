/**
 * The JSON Schema of one line of a trace, for programs in other languages; published as traces/trace.schema.json. It is
 * made from the very schemas that this program reads with, so that the two cannot differ. What no schema of a single
 * line can say (the order of lines, the count, header and end naming the same property) is in docs/trace-format.md.
 */
import { z } from 'zod';
import { action, end, header, record, step, TRACE_VERSION, value } from '../format.js';

/** A component, or a part of one: JSON whose numbers are safe integers. */
const component = {
  anyOf: [
    { type: ['null', 'boolean', 'string'] },
    { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
    { type: 'array', items: { $ref: '#/$defs/component' } },
    { $ref: '#/$defs/components' },
  ],
};
const components = { type: 'object', additionalProperties: { $ref: '#/$defs/component' } };
const namedComponents = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' } },
  additionalProperties: { $ref: '#/$defs/component' },
};

/** By what they check, because a schema with a description is a copy of the one without. */
const checkOf = (schema: z.core.$ZodType): unknown => (schema._zod.def as { readonly fn?: unknown }).fn;

const custom = new Map<unknown, object>([
  [checkOf(value), { $ref: '#/$defs/component' }],
  [checkOf(record), { $ref: '#/$defs/components' }],
  [checkOf(action), namedComponents],
]);

const lineSchema = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      Object.assign(jsonSchema, custom.get(checkOf(zodSchema)));
    },
  });
  return json;
};

export const traceJsonSchema = () => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: `One line of a zab-trace file, version ${TRACE_VERSION}`,
  description:
    'A trace is newline-delimited JSON: a header line, a line for each step, and an end line. Its rules beyond single lines are in docs/trace-format.md.',
  oneOf: [{ $ref: '#/$defs/header' }, { $ref: '#/$defs/step' }, { $ref: '#/$defs/end' }],
  $defs: {
    header: lineSchema(header),
    step: lineSchema(step),
    end: lineSchema(end),
    component,
    components,
  },
});
