import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defects } from '../../../spec/defects.js';
import { rulesOf } from '../../../spec/variants.js';
import { corpusNames } from '../../corpus.js';
import { inProcess, processes } from '../hosts.js';
import { Reference } from '../reference.js';
import { hasPython, pythonAdapter } from '../testing.js';
import { readSuite, type Suite, suiteFiles, type Vector } from './format.js';
import { isKilled, playSuite } from './play.js';
import { GRAPHS, makeSuite } from './suite.js';

const rules = rulesOf('zab');
/** The whole is made in suite.slow.ts. */
const few = GRAPHS.slice(0, 1).map((graph) => ({ ...graph, states: 120 }));
let suite: Suite;
const folder = mkdtempSync(join(tmpdir(), 'zab-vectors-'));

beforeAll(() => {
  suite = makeSuite(few);
  for (const [name, text] of suiteFiles(suite)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const reference = (...planted: readonly string[]) =>
  inProcess(() => new Reference('zab', rulesOf('zab', planted)));

test('the same bytes again', () => {
  expect([...suiteFiles(makeSuite(few))]).toEqual([...suiteFiles(suite)]);
});

test('our own server passes all of it', async () => {
  const { tiers } = await playSuite(reference(), rules, suite);
  for (const { counts, tier } of tiers)
    expect(counts).toMatchObject({ passed: suite.tiers[tier].length, failed: 0, 'another branch': 0 });
});

test.skipIf(!hasPython)('and so does the small Zab in Python', async () => {
  const hosts = processes(pythonAdapter(), { timeoutMs: 10_000 });
  const { tiers } = await playSuite(hosts, rules, suite);
  await hosts.stop();
  for (const { counts } of tiers) expect(counts).toMatchObject({ failed: 0, inconclusive: 0 });
});

test('every defect with a run in the corpus has a vector, which notices it', async () => {
  const names = defects.map(({ name }) => name).filter((name) => corpusNames().includes(name));
  const unnoticed: string[] = [];
  for (const name of names) {
    const own = suite.tiers.never.filter(({ covers }) => covers === name);
    expect(own, name).toHaveLength(1);
    if (!(await isKilled(reference(name), rules, own))) unnoticed.push(name);
  }
  expect(unnoticed).toEqual([]);
});

describe('a folder', () => {
  const firstOf = (text: string): Vector => JSON.parse(text.split('\n')[0]!);

  test('is read as it was written', () => {
    expect(readSuite(folder)).toEqual(suite);
  });

  test('a vector that was changed is refused', () => {
    const file = join(folder, 'smoke.ndjson');
    const text = readFileSync(file, 'utf8');
    const first = firstOf(text);
    const changed = { ...first, inputs: first.inputs.slice(0, -1).concat({ op: 'do', event: 'Tick' }) };
    writeFileSync(file, text.replace(JSON.stringify(first), JSON.stringify(changed)));
    expect(() => readSuite(folder)).toThrow(/smoke\.ndjson:1: it was changed/);
    writeFileSync(file, text.split('\n').slice(1).join('\n'));
    expect(() => readSuite(folder)).toThrow(/suite\.json says/);
    writeFileSync(file, text);
  });
});
