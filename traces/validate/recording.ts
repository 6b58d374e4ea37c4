/**
 * A recording that a server of ours made of one of its lives (`zab serve --trace`): every step has its event and its
 * effects, so nothing has to be guessed. Each step must be the reducer's own, from the disk that the server booted with.
 */
import { z } from 'zod';
import type { Config } from '../../spec/config.js';
import type { Recovered } from '../../spec/disk.js';
import { boot, step } from '../../spec/reducer.js';
import { zabRules } from '../../spec/rules.js';
import type { Server } from '../../spec/server.js';
import type { Event, Step } from '../../spec/step.js';
import { completed } from '../format/cut.js';
import { difference, same } from '../difference.js';
import { parseTrace, type Trace, TraceFormatError, type TraceStep } from '../format.js';
import type { FieldDifference } from '../judge/match.js';

/** The model that such a trace names. */
export const RECORDING = 'zab-server';

const sid = z.int().min(1);
const ensemble = z.strictObject({
  sid,
  voters: z.array(sid).min(1),
  observers: z.array(sid),
  election: z.enum(['fle', 'coarse']),
  window: z.int().min(1),
});
const disk = z.strictObject({
  acceptedEpoch: z.int().min(0),
  currentEpoch: z.int().min(0),
  history: z.strictObject({ floor: z.int(), entries: z.array(z.record(z.string(), z.unknown())) }),
});

export interface RecordingMismatch {
  /** 1 is the boot. */
  readonly step: number;
  readonly handler: string;
  readonly reason: string;
  readonly fields: readonly FieldDifference[];
}

export interface RecordingReport {
  readonly sid: number;
  readonly steps: number;
  readonly handlers: ReadonlyMap<string, number>;
  readonly mismatch: RecordingMismatch | null;
}

const asRead = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const fieldsOf = (expected: unknown, found: unknown, path: string): readonly FieldDifference[] =>
  difference(expected, found, path).map(({ path: at, ...change }) => ({
    path: at,
    ...('from' in change && { expected: change.from }),
    ...('to' in change && { found: change.to }),
  }));

const compare = (
  { action, changed }: TraceStep,
  taken: Step,
): Omit<RecordingMismatch, 'step' | 'handler'> | null => {
  if (action.name !== taken.handler)
    return {
      reason: 'the specification does something else here',
      fields: [{ path: 'name', expected: taken.handler, found: action.name }],
    };
  const effects = asRead(taken.effects);
  if (!same(effects, changed.effects))
    return { reason: 'the step has other effects', fields: fieldsOf(effects, changed.effects, 'effects') };
  // Most steps are recorded without the state, which is large: it is written out only to be compared.
  if (changed.server === undefined) return null;
  const server = asRead(taken.server);
  if (!same(server, changed.server))
    return { reason: 'the step leaves another state', fields: fieldsOf(server, changed.server, 'server') };
  return null;
};

const parsed = <T>(schema: z.ZodType<T>, value: unknown, what: string): T => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) =>
    [what, ...path].join('.').concat(': ', message),
  );
  throw new TraceFormatError(1, issues.join('; '));
};

const attempt = (take: () => Step): Step | string => {
  try {
    return take();
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0]! : String(error);
  }
};

/** @throws TraceFormatError if header or disk are not those of a recording */
export const judgeRecording = ({ header, steps }: Trace): RecordingReport => {
  const { sid: self, ...rest } = parsed(ensemble, header.config, 'config');
  const loaded = parsed(disk, header.initial.disk, 'initial.disk') as unknown as Recovered;
  const config: Config = { ...rest, rules: zabRules };
  const handlers = new Map<string, number>();
  let state: Server | null = null;
  for (const recorded of steps) {
    const event = recorded.action.event as Event | undefined;
    const before: Server | null = state;
    const taken = attempt(() =>
      before === null ? boot(config, self, loaded) : step(config, before, event!),
    );
    const wrong =
      typeof taken === 'string'
        ? { reason: `this event cannot happen here: ${taken}`, fields: [] }
        : compare(recorded, taken);
    if (wrong !== null || typeof taken === 'string')
      return {
        sid: self,
        steps: steps.length,
        handlers,
        mismatch: { step: recorded.step, handler: recorded.action.name, ...wrong! },
      };
    handlers.set(taken.handler, (handlers.get(taken.handler) ?? 0) + 1);
    state = taken.server;
  }
  return { sid: self, steps: steps.length, handlers, mismatch: null };
};

/** @throws TraceFormatError for a text that is no recording */
export const readRecording = (text: string, isCutShort: boolean): Trace =>
  parseTrace(isCutShort ? completed(text) : text);
