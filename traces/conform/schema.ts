/**
 * The JSON Schema of the adapter protocol, for programs in other languages; published as
 * traces/conform/adapter.schema.json. It is made from the very schemas that the runner reads with.
 */
import { z } from 'zod';
import { hello, observation, outcome, PROTOCOL_VERSION, request, stopped, unsupported } from './protocol.js';

const json = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
};

export const adapterJsonSchema = () => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: `A line between the conformance runner and an adapter, version ${PROTOCOL_VERSION}`,
  description:
    'Requests go to the adapter, one reply comes back for each. docs/conformance.md explains them.',
  oneOf: [{ $ref: '#/$defs/request' }, { $ref: '#/$defs/reply' }],
  $defs: {
    request: json(request),
    reply: {
      oneOf: ['hello', 'outcome', 'observation', 'stopped', 'unsupported'].map((name) => ({
        $ref: `#/$defs/${name}`,
      })),
    },
    hello: json(hello),
    outcome: json(outcome),
    observation: json(observation),
    stopped: json(stopped),
    unsupported: json(unsupported),
  },
});
