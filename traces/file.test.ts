import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { InputError } from '../checker/errors.js';
import { readTraceFile, writeTraceFile } from './file.js';
import { formatTrace, type Trace } from './format.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'zab-traces-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const trace: Trace = {
  header: { format: 'zab-trace', version: 1, model: 'm', config: {}, initial: {} },
  steps: [],
};

test('a trace is written whole, over an older one, and nothing is left beside it', () => {
  const file = join(directory, 'a.trace.ndjson');
  writeFileSync(file, 'older');
  writeTraceFile(file, trace);
  expect(readFileSync(file, 'utf8')).toBe(formatTrace(trace));
  expect(readTraceFile(file)).toEqual(trace);
  expect(readdirSync(directory)).toEqual(['a.trace.ndjson']);
});

test('what cannot be written says why, and leaves nothing', () => {
  expect(() => writeTraceFile(join(directory, 'no', 'a'), trace)).toThrow(/no such file or directory/);
  // A directory cannot be replaced by a file.
  expect(() => writeTraceFile(directory, trace)).toThrow(InputError);
  expect(readdirSync(directory)).toEqual([]);
});

test('what cannot be read names file and line', () => {
  const file = join(directory, 'a.trace.ndjson');
  expect(() => readTraceFile(file)).toThrow(new InputError(`${file}: no such file or directory`));
  expect(() => readTraceFile(directory)).toThrow(new InputError(`${directory}: is a directory`));
  writeFileSync(file, `${formatTrace(trace).split('\n')[0]}\n{`);
  expect(() => readTraceFile(file)).toThrow(new InputError(`${file}:2: not a line of JSON`));
});
