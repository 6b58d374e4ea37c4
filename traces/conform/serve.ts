/** An adapter behind lines of text: a request in, a reply out, until it is told to stop. */
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { InputError } from '../../checker/errors.js';
import { type Asked, type Request, request } from './protocol.js';

export interface Replies {
  /** The reply, but for its id. */
  readonly reply: (asked: Asked) => Record<string, unknown>;
}

/** @throws InputError for a line that is no request */
const parsed = (line: string): Request => {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    throw new InputError(`not a line of JSON: ${line.slice(0, 200)}`);
  }
  const result = request.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new InputError(`not a request: ${issue!.path.join('.')}: ${issue!.message}: ${line.slice(0, 200)}`);
};

export const serveLines = async (
  adapter: Replies,
  input: Readable,
  write: (line: string) => void,
): Promise<void> => {
  for await (const line of createInterface({ input })) {
    const { id, ...asked } = parsed(line);
    write(`${JSON.stringify({ id, ...adapter.reply(asked) })}\n`);
    if (asked.op === 'stop') break;
  }
  // Who asked may keep its end open.
  input.destroy();
};
