/**
 * The Informal Trace Format (ITF) of Apalache and Quint: written, so that their viewers show our runs, and read. Slots
 * become variables, and one more, `action`, says what led to the state. What ITF has no place for (model, configuration,
 * the property that breaks) stands in its `#meta`, so that nothing is lost on the way there and back.
 *
 * ITF: https://apalache-mc.org/docs/adr/015adr-trace.html
 */
import { z } from 'zod';
import { InputError } from '../checker/errors.js';
import { same } from './difference.js';
import { formatTrace, parseTrace, TRACE_VERSION, type Trace, TraceFormatError } from './format.js';

export const ACTION = 'action';

type Itf = unknown;

/** ITF wants every integer so, small ones too. It has no null. A record's fields must not look like its own marks. */
export const toItf = (value: unknown): Itf => {
  if (value === null) return { '#unserializable': 'null' };
  if (typeof value === 'number') return { '#bigint': String(value) };
  if (Array.isArray(value)) return value.map(toItf);
  if (typeof value !== 'object') return value;
  const entries = Object.entries(value);
  const plain = entries.every(([key]) => !key.startsWith('#') && key !== '__proto__');
  return plain
    ? Object.fromEntries(entries.map(([key, item]) => [key, toItf(item)]))
    : { '#map': entries.map(([key, item]) => [key, toItf(item)]) };
};

const integer = (text: unknown, at: string): number => {
  const value = typeof text === 'string' && /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value + 0;
  throw new InputError(`${at}: ${JSON.stringify(text)} is not an integer that a component can hold`);
};

const byText = (a: unknown, b: unknown): number => {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
};

/** A map whose keys are words or integers is a record, any other a list of pairs. */
const fromMap = (pairs: unknown, at: string): unknown => {
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
    throw new InputError(`${at}: #map must be a list of pairs`);
  const read = pairs.map(([key, value]) => [fromItf(key, `${at} key`), fromItf(value, at)] as const);
  if (!read.every(([key]) => typeof key === 'string' || typeof key === 'number')) return read;
  return Object.fromEntries(read.map(([key, value]) => [String(key), value]));
};

const fromMark = (mark: string, content: unknown, at: string): unknown => {
  if (mark === '#bigint') return integer(content, at);
  if (mark === '#map') return fromMap(content, at);
  if ((mark === '#tup' || mark === '#set') && Array.isArray(content)) {
    const items = content.map((item, i) => fromItf(item, `${at}[${i}]`));
    return mark === '#set' ? items.sort(byText) : items;
  }
  if (mark === '#unserializable' && content === 'null') return null;
  throw new InputError(`${at}: ${mark} of ${JSON.stringify(content)?.slice(0, 40)} cannot be read`);
};

const DEEPEST = 200;

export const fromItf = (value: Itf, at: string, depth = 0): unknown => {
  if (depth > DEEPEST) throw new InputError(`${at}: nested more than ${DEEPEST} deep`);
  if (Array.isArray(value)) return value.map((item, i) => fromItf(item, `${at}[${i}]`, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (first !== undefined && entries.length === 1 && first[0].startsWith('#')) return fromMark(...first, at);
  return Object.fromEntries(entries.map(([key, item]) => [key, fromItf(item, `${at}.${key}`, depth + 1)]));
};

const jsonObject = z.record(z.string(), z.unknown());
const documentSchema = z.looseObject({
  '#meta': z
    .looseObject({
      'zab-trace': z
        .strictObject({
          version: z.int(),
          generator: z.string().optional(),
          model: z.string(),
          config: jsonObject,
          violation: z
            .strictObject({ property: z.string(), claim: z.string(), offending: z.unknown() })
            .optional(),
        })
        .optional(),
    })
    .optional(),
  vars: z.array(z.string()),
  states: z.array(jsonObject).min(1),
});

export type ItfDocument = z.infer<typeof documentSchema>;

export const formatItf = ({ header, steps, violation }: Trace): ItfDocument => {
  const slots = Object.keys(header.initial);
  if (slots.includes(ACTION)) throw new InputError(`a slot named ${ACTION} has no place in ITF`);
  let state: Readonly<Record<string, unknown>> = header.initial;
  const states = [{ action: { name: 'init' } as object, state }];
  for (const { action, changed } of steps) {
    state = { ...state, ...changed };
    states.push({ action, state });
  }
  const { model, config, generator } = header;
  return {
    '#meta': {
      format: 'ITF',
      'format-description': 'https://apalache-mc.org/docs/adr/015adr-trace.html',
      description: violation ? `${violation.property} breaks: ${violation.claim}` : `a run of ${model}`,
      'zab-trace': {
        version: TRACE_VERSION,
        ...(generator !== undefined && { generator }),
        model,
        config: { ...config },
        ...(violation && { violation }),
      },
    },
    vars: [...slots, ACTION],
    states: states.map(({ action, state: components }, index) => ({
      '#meta': { index },
      ...Object.fromEntries(slots.map((slot) => [slot, toItf(components[slot])])),
      [ACTION]: toItf(action),
    })),
  };
};

/** States without the actions between them: what a trace of another tool may be. */
export interface ItfRun {
  readonly states: readonly Readonly<Record<string, unknown>>[];
  /** By the state that it led to; absent if the file does not say. */
  readonly actions: readonly (Trace['steps'][number]['action'] | undefined)[];
  readonly meta: NonNullable<NonNullable<ItfDocument['#meta']>['zab-trace']> | undefined;
}

const actionOf = (value: unknown): ItfRun['actions'][number] =>
  typeof value === 'object' && value !== null && typeof (value as { name?: unknown }).name === 'string'
    ? (value as ItfRun['actions'][number])
    : undefined;

/** @throws InputError naming the first thing that is not ITF. */
export const parseItf = (json: unknown): ItfRun => {
  const parsed = documentSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(`not an ITF trace: ${issue!.path.join('.')}: ${issue!.message}`);
  }
  const { vars, states, '#meta': meta } = parsed.data;
  const version = meta?.['zab-trace']?.version;
  if (version !== undefined && version !== TRACE_VERSION)
    throw new InputError(
      `made from version ${version} of the trace format; this program reads ${TRACE_VERSION}`,
    );
  const slots = vars.filter((name) => name !== ACTION);
  const missing = states.flatMap((state, i) =>
    slots.filter((slot) => !Object.hasOwn(state, slot)).map((slot) => `state ${i} lacks ${slot}`),
  );
  if (missing.length > 0) throw new InputError(`not an ITF trace: ${missing[0]}`);
  return {
    states: states.map((state, i) =>
      Object.fromEntries(slots.map((slot) => [slot, fromItf(state[slot], `state ${i}, ${slot}`)])),
    ),
    actions: states.map((state, i) => actionOf(fromItf(state[ACTION], `state ${i}, ${ACTION}`))),
    meta: meta?.['zab-trace'],
  };
};

const changed = (before: ItfRun['states'][number], after: ItfRun['states'][number]) =>
  Object.fromEntries(Object.entries(after).filter(([slot, value]) => !same(before[slot], value)));

/** @throws InputError for what no trace can be; that its steps are steps of the model, replay has to say. */
export const traceOfItf = (
  { states, actions }: ItfRun,
  of: Pick<Trace['header'], 'model' | 'config' | 'generator'>,
  violation?: Trace['violation'],
): Trace => {
  const trace: Trace = {
    header: {
      format: 'zab-trace',
      version: TRACE_VERSION,
      ...of,
      ...(violation && { property: violation.property, claim: violation.claim }),
      initial: states[0]!,
    },
    steps: states.slice(1).map((state, i) => {
      const action = actions[i + 1];
      if (action === undefined) throw new InputError(`state ${i + 1} does not say which action led to it`);
      return { step: i + 1, action, changed: changed(states[i]!, state) };
    }),
    ...(violation && { violation }),
  };
  try {
    return parseTrace(formatTrace(trace));
  } catch (error) {
    if (!(error instanceof TraceFormatError)) throw error;
    const where = error.line === 1 ? 'initial state' : `state ${error.line - 1}`;
    throw new InputError(`${where}: ${error.message}`);
  }
};
