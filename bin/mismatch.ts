/** Where a trace and its model part: in words, with what was expected and what was found. */
import type { Trace } from '../traces/format.js';
import type { Mismatch } from '../traces/replay.js';

import { printable, renderAction, renderName, renderValue } from '../traces/values.js';
import { hanging } from './text.js';

const MOST_ACTIONS = 8;

const fieldLines = (fields: Mismatch['fields'], columns: number): readonly string[] =>
  fields.flatMap(({ path, ...sides }) => [
    `  ${renderName(path) || 'value'}`,
    ...hanging('    expected  ', 'expected' in sides ? renderValue(sides.expected) : 'nothing', columns),
    ...hanging('    found     ', 'found' in sides ? renderValue(sides.found) : 'nothing', columns),
  ]);

const enabledLines = (actions: readonly unknown[]): readonly string[] => {
  if (actions.length === 0) return ['  enabled here: nothing'];
  const shown = actions.slice(0, MOST_ACTIONS).map((action) => `    ${renderAction(action as never)}`);
  const more = actions.length - shown.length;
  return ['  enabled here:', ...shown, ...(more > 0 ? [`    … and ${more} more`] : [])];
};

export const mismatchLines = (
  { step, what, fields, enabled }: Mismatch,
  trace: Trace,
  columns: number,
): readonly string[] => {
  const action = step > 0 ? `, ${renderAction(trace.steps[step - 1]!.action)}` : ' (before the first action)';
  const found = enabled === undefined ? fieldLines(fields, columns) : enabledLines(enabled);
  return [...hanging('', `at step ${step}${action}: ${printable(what)}`, columns), ...found];
};
