/**
 * Test vectors: what one server is given, line by line, as a runner would give it, and what the specification puts out at
 * the end. A suite is a folder: suite.json says what it was made from, and each tier is a file with a vector a line.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { encode } from '../../../checker/canonical.js';
import { InputError } from '../../../checker/errors.js';
import { readTextFile } from '../../file.js';
import { type Asked, capabilities, disk, output, request } from '../protocol.js';

export const SUITE_VERSION = 1;
export const TIERS = ['smoke', 'standard', 'never'] as const;
export type Tier = (typeof TIERS)[number];

/** A request without its id, which is given when it is sent. */
const asked = z.custom<Asked>(
  (value) => request.safeParse({ id: 1, ...(value as object) }).success,
  'no request',
);

export const vectorSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .describe('hash of reset and inputs: the same id, the same vector, for ever'),
  covers: z
    .string()
    .describe('what it is for: a step of the specification, a pair around a fault, or a defect'),
  needs: z.array(z.enum(capabilities.map(([name]) => name) as [string, ...string[]])),
  reset: z.strictObject({
    sid: z.int(),
    voters: z.array(z.int()),
    observers: z.array(z.int()),
    disk,
    hold: z.boolean(),
  }),
  inputs: z.array(asked).min(1),
  expected: z.array(output).describe('what the specification puts out on the last input'),
});

export interface Vector {
  readonly id: string;
  readonly covers: string;
  readonly needs: readonly string[];
  readonly reset: Omit<Extract<Asked, { op: 'reset' }>, 'op'>;
  readonly inputs: readonly Asked[];
  readonly expected: readonly unknown[];
}

const suiteSchema = z.strictObject({
  format: z.literal('zab-vectors'),
  version: z.literal(SUITE_VERSION),
  specification: z.string(),
  tiers: z.record(z.string(), z.int()),
});

export interface Suite {
  /** Hash of every step of the specification that the suite was made from: server, event, server, effects. */
  readonly specification: string;
  readonly tiers: Readonly<Record<Tier, readonly Vector[]>>;
}

export const sha = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

export const idOf = ({ reset, inputs }: Pick<Vector, 'reset' | 'inputs'>): string =>
  sha(encode([reset, inputs]));

/** The files of a suite by their names. */
export const suiteFiles = ({ specification, tiers }: Suite): ReadonlyMap<string, string> => {
  const counts = Object.fromEntries(TIERS.map((tier) => [tier, tiers[tier].length]));
  const head = { format: 'zab-vectors', version: SUITE_VERSION, specification, tiers: counts };
  return new Map([
    ['suite.json', `${JSON.stringify(head, null, 2)}\n`],
    ...TIERS.map(
      (tier) => [`${tier}.ndjson`, tiers[tier].map((one) => `${JSON.stringify(one)}\n`).join('')] as const,
    ),
  ]);
};

const jsonOf = (text: string, where: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(`${where}: not JSON`);
  }
};

const parsed = <S extends z.ZodType>(schema: S, value: unknown, where: string): z.infer<S> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new InputError(`${where}: ${issue!.path.join('.')}: ${issue!.message}`);
};

const readTier = (folder: string, tier: Tier, count: number): readonly Vector[] => {
  const file = `${folder}/${tier}.ndjson`;
  const lines = readTextFile(file)
    .split('\n')
    .filter((line) => line !== '');
  if (lines.length !== count)
    throw new InputError(`${file}: ${lines.length} vectors, suite.json says ${count}`);
  return lines.map((line, i) => {
    const where = `${file}:${i + 1}`;
    const vector = parsed(vectorSchema, jsonOf(line, where), where) as unknown as Vector;
    if (idOf(vector) !== vector.id)
      throw new InputError(`${where}: it was changed: its content is not that of ${vector.id}`);
    return vector;
  });
};

/** @throws InputError naming file and line of what is wrong */
export const readSuite = (folder: string): Suite => {
  const file = `${folder}/suite.json`;
  const { specification, tiers } = parsed(suiteSchema, jsonOf(readTextFile(file), file), file);
  return {
    specification,
    tiers: Object.fromEntries(
      TIERS.map((tier) => [tier, readTier(folder, tier, tiers[tier] ?? 0)]),
    ) as unknown as Suite['tiers'],
  };
};
