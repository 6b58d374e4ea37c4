/** Every label of a handler stands in docs/paper-map.md, so that whoever meets one in a trace finds where it comes from. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

const sources = readdirSync(new URL('.', import.meta.url))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'testing.ts')
  .map((name) => read(`./${name}`))
  .join('\n');

const all = (pattern: RegExp): readonly string[] => [...sources.matchAll(pattern)].map((found) => found[1]!);

/** The types of messages in one of the unions of messages.ts. */
const union = (name: string): readonly string[] =>
  new RegExp(`export type ${name} =([^;]*);`).exec(sources)![1]!.match(/[A-Z]+/g)!;

/** A template whose hole is the type of a message, for those types. */
const filled = (template: string, types: readonly string[]): readonly string[] =>
  template.includes('${') ? types.map((type) => template.replace(/\$\{[^}]*\}/, type)) : [template];

/** What follows `follower` or `observer` in the label. */
const ofLearners = all(/\blabel\(self, ['`]([^'`]+)['`]\)/g).flatMap((what) =>
  filled(what, union('ToLearner')),
);

const labels = [
  ...all(/'((?:looking|leader|learner|answer)[A-Z]\w*|boot)'/g),
  ...all(/`((?:looking|leader|learner)[A-Z]\w*\$\{[^`]*)`/g).flatMap((template) =>
    filled(template, ['FOLLOWERINFO', 'OBSERVERINFO']),
  ),
  ...ofLearners.flatMap((what) => [`follower${what}`, `observer${what}`]),
];

const map = read('../docs/paper-map.md');
const inMap = new Set([...map.matchAll(/`(\w+)`/g)].map((found) => found[1]!));

test('every label of a handler is in the paper map', () => {
  expect(labels.filter((label) => !inMap.has(label))).toEqual([]);
});

test('every handler in the paper map is a label', () => {
  const known = new Set(labels);
  const handlers = [...inMap].filter((word) =>
    /^(looking|leader|learner|follower|observer|answer)/.test(word),
  );
  expect(handlers.filter((label) => !known.has(label))).toEqual([]);
});

test('labels are found at all', () => {
  expect(labels).toEqual(
    expect.arrayContaining(['boot', 'answerLooking', 'leaderProcessACK', 'leaderProcessOBSERVERINFO']),
  );
  expect(labels).toEqual(expect.arrayContaining(['observerProcessINFORM', 'followerProcessUPTODATE']));
});
