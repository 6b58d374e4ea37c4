/**
 * A trace as a person reads it: one line an action with the fields that it changed, and at the end the claim that broke
 * with the offending values. `zab check` prints its counterexample with it, `zab replay` what it replayed.
 */
import pc from 'picocolors';
import { difference } from './difference.js';
import type { Trace, TraceStep } from './format.js';
import { renderAction, renderDifference, renderName, renderValue } from './values.js';

export interface TranscriptOptions {
  /** Columns of the terminal. */
  readonly width: number;
  readonly color: boolean;
  /** How many steps to show; absent, all. */
  readonly steps?: number;
}

type Slots = Readonly<Record<string, unknown>>;

/** Text cut to so many columns, the cut shown. */
export const clip = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(1, columns - 1))}…`;

const changesOf = (before: Slots, { changed }: TraceStep): readonly string[] => {
  const slots = Object.keys(changed);
  if (slots.length === 0) return ['(nothing changes)'];
  return slots.flatMap((slot) => difference(before[slot], changed[slot], slot)).map(renderDifference);
};

const isEmpty = (value: unknown): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0);

/** The slots that hold something; those that start out empty are only counted. */
const initialLines = (
  initial: Slots,
  { width, color }: TranscriptOptions,
  margin: string,
): readonly string[] => {
  const { dim } = pc.createColors(color);
  const filled = Object.entries(initial).filter(([, value]) => !isEmpty(value));
  const empty = Object.keys(initial).length - filled.length;
  const lines = filled.map(([slot, value]) =>
    clip(`${renderName(slot)} ${renderValue(value)}`, width - margin.length),
  );
  if (empty > 0) lines.push(`${empty} more ${empty === 1 ? 'slot is' : 'slots are'} empty`);
  return lines.map((line) => margin + dim(line));
};

interface Columns {
  readonly margin: string;
  /** Where the changes begin, behind an action that leaves them room. */
  readonly action: number;
}

const WIDEST_ACTION = 0.4;

const columnsOf = (steps: readonly TraceStep[], width: number): Columns => {
  const lengths = steps.map((step) => renderAction(step.action).length);
  const fitting = lengths.filter((length) => length <= width * WIDEST_ACTION);
  const digits = String(steps.length).length;
  return { margin: ' '.repeat(digits + 4), action: Math.max(0, ...fitting) };
};

/** On one line where it fits, else the changes below, a line each. */
const stepLines = (
  step: TraceStep,
  before: Slots,
  { width, color }: TranscriptOptions,
  { margin, action: column }: Columns,
): readonly string[] => {
  const { bold, dim } = pc.createColors(color);
  const number = dim(String(step.step).padStart(margin.length - 2));
  const action = renderAction(step.action).padEnd(column);
  const changes = changesOf(before, step);
  const joined = changes.join(', ');
  if (margin.length + action.length + 3 + joined.length <= width) {
    return [`${number}  ${bold(action)}   ${dim(joined)}`];
  }
  return [`${number}  ${bold(action.trimEnd())}`, ...changes.map((change) => `${margin}  ${dim(change)}`)];
};

const offendingLines = (offending: unknown): readonly string[] => {
  if (Array.isArray(offending) && offending.length > 0) return offending.map((v) => `- ${renderValue(v)}`);
  if (typeof offending === 'object' && offending !== null && !Array.isArray(offending)) {
    return Object.entries(offending).map(([key, v]) => `${renderName(key)}: ${renderValue(v)}`);
  }
  return [renderValue(offending)];
};

/** What broke at the end, and why. */
export const endLines = (trace: Trace, { color }: TranscriptOptions, margin: string): readonly string[] => {
  const { red, bold } = pc.createColors(color);
  const { violation } = trace;
  if (violation === undefined) return [];
  const count = trace.steps.length;
  const where = count === 0 ? 'in the initial state' : `after step ${count}`;
  return [
    '',
    red(`${bold(renderName(violation.property))} breaks ${where}`),
    `${margin}${renderName(violation.claim)}`,
    ...offendingLines(violation.offending).map((line) => margin + line),
  ];
};

export const renderTranscript = (trace: Trace, options: TranscriptOptions): string => {
  const { dim, bold } = pc.createColors(options.color);
  const shown = trace.steps.slice(0, options.steps ?? trace.steps.length);
  const columns = columnsOf(trace.steps, options.width);
  const { margin } = columns;
  const lines: string[] = [`${dim('0'.padStart(margin.length - 2))}  ${bold('initial state')}`];
  lines.push(...initialLines(trace.header.initial, options, margin));
  let slots: Slots = trace.header.initial;
  for (const step of shown) {
    lines.push(...stepLines(step, slots, options, columns));
    slots = { ...slots, ...step.changed };
  }
  if (shown.length === trace.steps.length) lines.push(...endLines(trace, options, margin));
  return `${lines.join('\n')}\n`;
};
