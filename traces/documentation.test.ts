/** What docs/trace-format.md shows is a trace, and a run of its model. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseTrace, TRACE_VERSION } from './format.js';
import { modelOfTrace } from './model.js';
import { replay } from './replay.js';

const page = readFileSync(new URL('../docs/trace-format.md', import.meta.url), 'utf8');

test('the example is read, and replayed', () => {
  const [, example] = /```json\n([\s\S]*?)```/.exec(page)!;
  const trace = parseTrace(example!);
  expect(replay(modelOfTrace(trace), trace)).toEqual({ matches: true, steps: 2 });
});

test('the page is about the version that is written', () => {
  expect(page).toContain(`This is **version ${TRACE_VERSION}**.`);
});
