/**
 * The trace format, version 1: newline-delimited JSON, a header line, a line for each step, and an end line with their
 * count, so that a file cut short is noticed. This file reads and writes the text; it knows nothing of models, imports no other
 * room, and so serves whoever writes traces of another implementation.
 *
 *   {"format":"zab-trace","version":1,"model":"…","config":{…},"property":"…","claim":"…","initial":{slot: value, …}}
 *   {"step":1,"action":{"name":"…", …},"changed":{slot: new value, …}}
 *   {"end":true,"steps":1,"violation":{"property":"…","claim":"…","offending":…}}
 *
 * docs/trace-format.md explains it; traces/trace.schema.json is made from the schemas below (see format/schema.ts).
 */
import { z } from 'zod';

export const TRACE_VERSION = 1;

/** Older versions than this were never published, and there is nothing to convert from. */
const OLDEST_READ = 1;

/** Deeper than any component, shallower than the stack. */
const DEEPEST = 200;

/** Says what keeps a value from being a component: JSON whose numbers are safe integers. */
const problemOf = (value: unknown, path: string, depth = 0): string | undefined => {
  if (typeof value === 'number') {
    const safe = Number.isSafeInteger(value) && !Object.is(value, -0);
    return safe ? undefined : `${path}: ${Object.is(value, -0) ? '-0' : value} is not a safe integer`;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === DEEPEST) return `${path}: nested more than ${DEEPEST} deep`;
  for (const [key, item] of Object.entries(value)) {
    const problem = problemOf(item, `${path}.${key}`, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Passed through untouched, and not rebuilt key by key, so that not even a `__proto__` in a damaged file is lost. */
export const value = z.custom<unknown>((v) => v !== undefined, 'is missing');
export const record = z.custom<Readonly<Record<string, unknown>>>(isRecord, 'must be an object');
export const action = z.custom<Readonly<Record<string, unknown>> & { readonly name: string }>(
  (v) => isRecord(v) && typeof v.name === 'string',
  'must be an object with a name',
);

export const header = z.strictObject({
  format: z.literal('zab-trace'),
  version: z.literal(TRACE_VERSION),
  generator: z.string().optional().describe('the program that wrote the file, for people'),
  model: z.string().min(1).describe('the name of the model that the trace is a run of'),
  config: record.describe('the configuration that builds the model; fields left out have their defaults'),
  property: z.string().min(1).optional().describe('what breaks at the end, if anything does'),
  claim: z.string().optional().describe('what that property says'),
  initial: record.describe('the initial state: every slot by its name'),
});

export const step = z.strictObject({
  step: z.int().min(1).describe('counted from 1, without a gap'),
  action: action.describe('what the environment chose; name and fields are unique in a state'),
  changed: record.describe('the slots whose components differ from those before, with their new components'),
});

const violation = z.strictObject({
  property: z.string().min(1).describe('the same as in the header'),
  claim: z.string().describe('the same as in the header'),
  offending: value.describe('the values for which the property is false'),
});

export const end = z.strictObject({
  end: z.literal(true),
  steps: z.int().min(0).describe('how many step lines there are'),
  violation: violation.optional().describe('absent if nothing breaks'),
});

export type TraceHeader = z.infer<typeof header>;
export type TraceStep = z.infer<typeof step>;
export type TraceViolation = z.infer<typeof violation>;

export interface Trace {
  readonly header: TraceHeader;
  readonly steps: readonly TraceStep[];
  readonly violation?: TraceViolation;
}

/** What is wrong with the text of a trace, and in which line. */
export class TraceFormatError extends Error {
  override readonly name = 'TraceFormatError';
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

const describe = (issue: z.core.$ZodIssue): string => {
  const at = issue.path.join('.');
  return at === '' ? issue.message : `${at}: ${issue.message}`;
};

/** One line through its schema; every wrong field is named. */
const parseLine = <S extends z.ZodType>(
  schema: S,
  json: Record<string, unknown>,
  line: number,
): z.infer<S> => {
  const problem = problemOf(json, 'line');
  if (problem !== undefined) throw new TraceFormatError(line, problem.replace(/^line\.?/, ''));
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new TraceFormatError(line, parsed.error.issues.map(describe).join('; '));
};

const parseJson = (text: string, line: number): Record<string, unknown> => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new TraceFormatError(line, text.trim() === '' ? 'an empty line' : 'not a line of JSON');
  }
  if (!isRecord(json)) throw new TraceFormatError(line, 'not a JSON object');
  return json;
};

const parseHeader = (text: string): TraceHeader => {
  const json = parseJson(text, 1);
  if (json.format !== 'zab-trace') {
    throw new TraceFormatError(1, 'not a trace: its first line lacks "format":"zab-trace"');
  }
  const problem = versionProblem(json.version);
  if (problem !== undefined) throw new TraceFormatError(1, problem);
  return parseLine(header, json, 1);
};

/** Asked before anything else, since in another version a line may mean something else. */
const versionProblem = (version: unknown): string | undefined => {
  if (version === undefined) return `the header has no version; this program reads version ${TRACE_VERSION}`;
  if (!Number.isSafeInteger(version) || (version as number) < OLDEST_READ)
    return `version ${clipped(version)} of the format does not exist; this program reads version ${TRACE_VERSION}`;
  if ((version as number) > TRACE_VERSION)
    return `version ${version} of the format is newer than this program, which reads version ${TRACE_VERSION}: use the zab that wrote it`;
  return undefined;
};

const clipped = (value: unknown): string => JSON.stringify(value).slice(0, 40);

const checkViolation = (head: TraceHeader, broken: TraceViolation | undefined, line: number): void => {
  if (head.property !== broken?.property || head.claim !== broken?.claim) {
    const inHeader = head.property ?? 'no property';
    const atEnd = broken?.property ?? 'none';
    const names = inHeader === atEnd ? 'another claim' : atEnd;
    throw new TraceFormatError(line, `the header says that ${inHeader} breaks, the end line says ${names}`);
  }
};

/** @throws TraceFormatError for the first line that is wrong. */
export const parseTrace = (text: string): Trace => {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) throw new TraceFormatError(1, 'the file is empty');
  const head = parseHeader(lines[0]!);
  const steps: TraceStep[] = [];
  for (let n = 2; n <= lines.length; n++) {
    const json = parseJson(lines[n - 1]!, n);
    if ('end' in json) {
      const last = parseLine(end, json, n);
      if (n !== lines.length) throw new TraceFormatError(n + 1, 'something follows the end line');
      if (last.steps !== steps.length) {
        throw new TraceFormatError(
          n,
          `the end line counts ${last.steps} steps, the file has ${steps.length}`,
        );
      }
      checkViolation(head, last.violation, n);
      return last.violation === undefined
        ? { header: head, steps }
        : { header: head, steps, violation: last.violation };
    }
    const next = parseLine(step, json, n);
    if (next.step !== steps.length + 1) {
      throw new TraceFormatError(n, `step ${steps.length + 1} belongs here, not step ${next.step}`);
    }
    steps.push(next);
  }
  throw new TraceFormatError(lines.length, `truncated: ends after step ${steps.length}, without an end line`);
};

export const formatTrace = (trace: Trace): string => {
  const last = { end: true, steps: trace.steps.length, violation: trace.violation };
  return [trace.header, ...trace.steps, last].map((line) => `${JSON.stringify(line)}\n`).join('');
};
