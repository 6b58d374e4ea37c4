/** A test as a file: the ensemble and the actions, so that a failure can be played again, by anyone, on any adapter. */
import { z } from 'zod';
import { InputError } from '../../checker/errors.js';
import { readTextFile } from '../file.js';
import { disk } from './protocol.js';
import type { Action, Setup } from './trial.js';

const sid = z.int().min(1).max(9);

export const setupSchema = z.strictObject({
  voters: z.array(sid).min(1),
  observers: z.array(sid),
  hold: z.boolean(),
  disks: z.record(z.string().regex(/^[1-9]$/), disk),
});

export const actionSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.enum(['notify', 'repeat', 'lose', 'deliver', 'closed', 'connect', 'cut']),
    from: sid,
    to: sid,
  }),
  z.strictObject({
    do: z.enum(['FinalizeWait', 'Resend', 'Timeout', 'Tick', 'Flush', 'restart']),
    server: sid,
  }),
  z.strictObject({ do: z.literal('request'), server: sid, payload: z.string() }),
  z.strictObject({ do: z.literal('crash'), server: sid, kept: z.int().min(0) }),
]);

const testFile = z.strictObject({
  format: z.literal('zab-conform-test'),
  version: z.literal(1),
  name: z.string(),
  setup: setupSchema,
  actions: z.array(actionSchema),
});

export interface SavedTest {
  readonly name: string;
  readonly setup: Setup;
  readonly actions: readonly Action[];
}

export const formatTest = ({ name, setup, actions }: SavedTest): string => {
  const head = JSON.stringify({ format: 'zab-conform-test', version: 1, name, setup }).slice(0, -1);
  return `${head},"actions":[\n${actions.map((action) => JSON.stringify(action)).join(',\n')}\n]}\n`;
};

/** @throws InputError naming the file and what is wrong in it */
export const readTest = (file: string): SavedTest => {
  let json: unknown;
  try {
    json = JSON.parse(readTextFile(file));
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${file}: not JSON`);
  }
  const parsed = testFile.safeParse(json);
  if (parsed.success) return parsed.data as unknown as SavedTest;
  const [issue] = parsed.error.issues;
  throw new InputError(`${file}: not a test of zab conform: ${issue!.path.join('.')}: ${issue!.message}`);
};
