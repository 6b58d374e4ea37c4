/** The machinery of `npm run mutation`, on a handful of mutants; the score itself is in docs/mutation-score.md. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Judgement } from './mutation/judge.js';
import { mutate, mutatedFiles, plantedMutants } from './mutation/mutants.js';
import { operators } from './mutation/operators.js';
import { codeOf, elements, functionsOf } from './mutation/source.js';
import { likeness, rowOf, scores } from './mutation/table.js';
import { Copy, judgeAll } from './mutation/trial-run.js';
import { trials } from './mutation/trials.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What an operator makes of a text, each of its edits on its own. */
const apply = (name: string, text: string): readonly string[] =>
  operators
    .find((operator) => operator.name === name)!
    .edits(codeOf(text), text)
    .map(({ range: [from, to], to: replacement }) => text.slice(0, from) + replacement + text.slice(to));

describe('program text', () => {
  test('comments, strings and templates are no code', () => {
    const text = "a > b; // c > d\n/* e > f */ const s = 'g > h' + `i > j`;";
    expect(codeOf(text)).toHaveLength(text.length);
    expect(codeOf(text).match(/>/g)).toHaveLength(1);
  });

  test('elements are what stands between the outer commas', () => {
    const text = '[a, f(b, c), { d, e }]';
    expect(elements(text, 0).map(([from, to]) => text.slice(from, to))).toEqual(['a', 'f(b, c)', '{ d, e }']);
  });

  test('functions are the top-level constants', () => {
    const text = 'const a = () => 1;\nexport const b = () => {\n  const c = 2;\n};\n';
    expect(functionsOf(text).map(({ name }) => name)).toEqual(['a', 'b']);
  });
});

test.each([
  ['guard-dropped', 'if (f(a) > 1)\n  return b;', ['if (false)\n  return b;']],
  [
    'boundary-moved',
    '2 * a.length > b; c => d; e <= f',
    ['2 * a.length >= b; c => d; e <= f', '2 * a.length > b; c => d; e < f'],
  ],
  ['connective-swapped', 'a && b || c', ['a || b || c', 'a && b && c']],
  ['off-by-one', 'epoch: a + 1, b: c + 10', ['epoch: a, b: c + 10']],
  ['not-included', 'x = include(acks, from);', ['x = acks;']],
  ['maximum-not-taken', 'Math.max(epoch, m.epoch + 1)', ['epoch']],
  ['filter-dropped', 'a.filter((b) => f(b)).map(c)', ['a.map(c)']],
  ['rule-flipped', '  refusesAhead: true,\n', ['  refusesAhead: false,\n']],
  ['order-swapped', '= [persist(a), observe(o), send(b)]', ['= [observe(o), send(b), persist(a)]']],
  ['effect-dropped', '= [persist(a), send(b)]', ['= [send(b)]', '= [persist(a)]']],
])('%s', (name, text, mutants) => {
  expect(apply(name, text)).toEqual(mutants);
});

test.each([
  ['return left || right;', 'left'],
  ['const f = (a) => a.left && b && c;', 'a.left'],
  ['x = g(1, left(2) && b || c)', 'left'],
  ['...(left !== undefined && left <= b && { left })', 'left'],
  ['p ? left && q : r', 'left'],
  ['x(left?.y && q)', 'left'],
])('a swapped connective matters where its expression begins, the rest may never run: %s', (text, first) => {
  const { edits } = operators.find(({ name }) => name === 'connective-swapped')!;
  const places = edits(codeOf(text), text).map(({ matters }) => matters);
  expect(new Set(places)).toEqual(new Set([text.indexOf(first)]));
});

test('the row of a survivor has its edit, as Markdown', () => {
  expect(rowOf({ name: 'a/b/c-1', summary: 'a || b => &&' })).toBe('| `a/b/c-1` | `a \\|\\| b => &&` |');
});

describe('mutants of the build', { timeout: 240_000 }, () => {
  const build = mkdtempSync(join(tmpdir(), 'zab-build-'));
  let copy: Copy;

  beforeAll(() => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const options = ['--outDir', build, '--incremental', 'false', '--tsBuildInfoFile', 'null'];
    spawnSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), ...options]);
    cpSync(join(root, 'dist/checker/kernel'), join(build, 'checker/kernel'), { recursive: true });
    copy = new Copy(build, join(root, 'node_modules'));
  }, 120_000);
  afterAll(() => {
    copy.remove();
    rmSync(build, { recursive: true });
  });

  const mutantsOf = (room: string) =>
    mutate(`spec/${room}.js`, readFileSync(join(build, 'spec', `${room}.js`), 'utf8'));
  const generated = (name: string) => mutantsOf(name.split('/')[0]!).find((mutant) => mutant.name === name)!;

  test('have the edits that docs/mutation-score.md explains', () => {
    const rows = mutatedFiles.flatMap(mutantsOf).map(rowOf);
    const text = readFileSync(join(root, 'docs/mutation-score.md'), 'utf8');
    const explained = text
      .slice(text.indexOf('## Survivors'))
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(explained.length).toBeGreaterThan(100);
    expect(explained.filter((line) => !rows.some((row) => line.startsWith(row)))).toEqual([]);
  });

  test('are killed by what they break, or survive', async () => {
    const mutants = [
      plantedMutants.find(({ name }) => name === 'commit-without-quorum')!,
      generated('learner/acknowledgeNewLeader/effect-dropped-1'),
      generated('config/include/boundary-moved-1'),
      generated('leader/leaderProcessFOLLOWERINFO/guard-dropped-1'),
    ];
    const [trial] = trials;
    const { judgement: protocol, coverage } = await copy.cover(trial!);
    const judgements = await judgeAll([copy], mutants, [{ trial: trial!, coverage }]);
    expect(protocol).toMatchObject({ kind: 'survived', counts: [{ distinct: 2425, complete: true }] });
    const { counts } = protocol as Extract<Judgement, { kind: 'survived' }>;
    expect(judgements[0]).toMatchObject({
      kind: 'killed',
      first: 'QuorumDurability',
      by: ['QuorumDurability'],
    });
    expect(judgements[1]!.kind).toBe('killed');
    // Who is in a set already is not added to it, and no other is equal: there is nothing to be seen.
    expect(likeness(judgements[2]!, counts)).toBe('same');
    // No correct learner says FOLLOWERINFO twice, so that the guard never holds.
    expect(likeness(judgements[3]!, counts)).toBe('not run');
    const judged = mutants.map((mutant, i) => ({ mutant, judgement: judgements[i]! }));
    expect(scores(['QuorumDurability', 'Integrity'], judged)).toMatchObject([
      { first: 1, alone: ['commit-without-quorum'] },
      { kills: 0, alone: [] },
    ]);
  });
});
