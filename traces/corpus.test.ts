/** The corpus: every trace in it is what its name says, and nothing is missing. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { models } from '../checker/registry.js';
import { corpusNames, traceFileNamed } from './corpus.js';
import { readTraceFile } from './file.js';
import { corpus } from './make-corpus.js';
import { modelOfTrace } from './model.js';
import { replay } from './replay.js';

test('holds what is made for it, and nothing else', () => {
  expect(corpusNames()).toEqual(corpus.map(({ name }) => name).sort());
});

test('has every scenario and every defect of ZooKeeper', () => {
  const { scenarios, defects } = models.find(({ name }) => name === 'zab')!;
  const named = [...scenarios, ...defects].map(({ name }) => name);
  expect(corpusNames()).toEqual(expect.arrayContaining(named));
});

test('its README names every scenario, variant and JIRA', () => {
  const readme = readFileSync(fileURLToPath(new URL('./corpus/README.md', import.meta.url)), 'utf8');
  const told = corpusNames().filter((name) =>
    /^(ZOOKEEPER|leader-crash|idle|zookeeper|ack-outlives)/.test(name),
  );
  for (const name of told) expect(readme).toContain(name);
});

test.each(corpusNames())('%s is executed again, step by step', (name) => {
  const trace = readTraceFile(traceFileNamed(name));
  expect(replay(modelOfTrace(trace, models), trace)).toMatchObject({ matches: true });
});

const scripted = models.find(({ name }) => name === 'zab')!.scenarios.map(({ name }) => name);

test.each(corpus.filter(({ name }) => scripted.includes(name) || name === 'ZOOKEEPER-4394'))(
  '$name is made again, to the letter',
  async ({ name, trace }) => {
    expect(await trace()).toEqual(readTraceFile(traceFileNamed(name)));
  },
);
