/** The forms in which a run leaves this program, by name, and by the extension of the file that it goes to. */
import type { Drawing } from '../checker/drawing.js';
import { formatTrace, type Trace } from './format.js';
import { formatItf } from './itf.js';
import { renderMermaid } from './mermaid.js';
import { pictureOf } from './picture.js';
import { renderShiviz } from './shiviz.js';

export const FORMATS = ['trace', 'json', 'itf', 'mermaid', 'shiviz'] as const;
export type Format = (typeof FORMATS)[number];

const extensions: readonly (readonly [RegExp, Format])[] = [
  [/\.itf\.json$|\.itf$/, 'itf'],
  [/\.mmd$|\.mermaid$/, 'mermaid'],
  [/\.shiviz$|\.log$/, 'shiviz'],
  [/\.ndjson$/, 'trace'],
  [/\.json$/, 'json'],
];

export const formatOfFile = (file: string): Format | undefined =>
  extensions.find(([pattern]) => pattern.test(file))?.[1];

/** The beginning of a trace. What breaks at its end does not break there. */
export const firstSteps = (trace: Trace, until: number): Trace => {
  if (until >= trace.steps.length) return trace;
  const { property: _property, claim: _claim, ...header } = trace.header;
  return { header, steps: trace.steps.slice(0, until) };
};

/** Whole states, for a program that wants to look at them without applying changes. */
const statesJson = ({ header, steps, violation }: Trace) => {
  let state = header.initial;
  const states = [{ step: 0, action: null as unknown, state }];
  for (const { step, action, changed } of steps) {
    state = { ...state, ...changed };
    states.push({ step, action, state });
  }
  const { model, config } = header;
  return { model, config, ...(violation && { violation }), states };
};

/** @throws InputError for what the format has no place for. */
export const exportTrace = (trace: Trace, drawing: () => Drawing, format: Format): string => {
  switch (format) {
    case 'trace':
      return formatTrace(trace);
    case 'json':
      return `${JSON.stringify(statesJson(trace), null, 2)}\n`;
    case 'itf':
      return `${JSON.stringify(formatItf(trace), null, 2)}\n`;
    case 'mermaid':
      return renderMermaid(pictureOf(drawing(), trace), trace.violation);
    case 'shiviz':
      return renderShiviz(pictureOf(drawing(), trace), trace.violation);
  }
};
