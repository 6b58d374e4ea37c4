/**
 * The JSON Schema of one line of a log, for programs in other languages; published as traces/log.schema.json. It is made
 * from the very schemas that this program reads with. What no schema of a single line can say is in docs/log-format.md.
 */
import { z } from 'zod';
import { LOG_VERSION, logEnd, logEvent, logHeader } from './log.js';

const lineSchema = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: 'input' });
  return json;
};

export const logJsonSchema = () => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: `One line of a zab-log file, version ${LOG_VERSION}`,
  description:
    'A log is newline-delimited JSON: a header line, a line for each event, and an end line. Its rules beyond single lines are in docs/log-format.md.',
  oneOf: [{ $ref: '#/$defs/header' }, { $ref: '#/$defs/event' }, { $ref: '#/$defs/end' }],
  $defs: { header: lineSchema(logHeader), event: lineSchema(logEvent), end: lineSchema(logEnd) },
});
