/** The direction of imports, as the architecture has it: spec <- checker <- traces <- bin, and spec <- impl <- bin. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The first that matches. What anyone may import, and what only one may, count as rooms of their own. */
const rooms: readonly (readonly [string, RegExp])[] = [
  ['linearizability', /^checker\/linearizability(\.ts$|\/)/],
  ['lock', /^checker\/lock\.ts$/],
  ['leaves', /^checker\/(canonical|errors)\.ts$/],
  ['format', /^traces\/format(\.ts$|\/)/],
  ['jute', /^impl\/zookeeper\/jute\.ts$/],
  ['zab', /^checker\/zab\//],
  ['registry', /^checker\/registry\.ts$/],
  ['spec', /^spec\//],
  ['checker', /^checker\//],
  ['traces', /^traces\//],
  ['impl', /^impl\//],
  ['bin', /^bin\//],
];

/** Leaves import nothing, so that linearizability may build on them without bringing the engine along. */
const anyone = ['format', 'linearizability', 'jute', 'lock'];
const may: Readonly<Record<string, readonly string[]>> = {
  spec: [],
  format: [],
  jute: [],
  lock: [],
  leaves: [],
  linearizability: ['leaves'],
  checker: ['leaves', ...anyone],
  zab: ['spec', 'checker', 'leaves', ...anyone],
  registry: ['zab', 'checker', 'leaves'],
  traces: ['spec', 'checker', 'leaves', 'zab', 'registry', ...anyone],
  impl: ['spec', ...anyone],
  bin: ['spec', 'checker', 'leaves', 'zab', 'registry', 'traces', 'impl', ...anyone],
};

/** Packages that the purest room may use; the others are free. */
const specPackages = ['immer', 'ts-pattern'];

const roomOf = (file: string): string => rooms.find(([, pattern]) => pattern.test(file))?.[0] ?? 'none';

const sources = (): readonly string[] =>
  ['spec', 'checker', 'traces', 'impl', 'bin']
    .filter((room) => existsSync(join(root, room)))
    .flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).map((name) => join(room, name)),
    )
    .map((file) => file.split(sep).join('/'))
    .filter((file) => /\.[cm]?tsx?$/.test(file) && !/(?:\.(?:test|slow)|\/testing)\.tsx?$/.test(file));

const importPattern = /(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*['"]([^'"\s]+)['"]/g;

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(importPattern)].map(([, target]) => target!);

/** A relative import as a path from the root, of the source and not of what it compiles to. */
const targetOf = (file: string, specifier: string): string =>
  relative(root, join(root, dirname(file), specifier))
    .split(sep)
    .join('/')
    .replace(/\.js$/, '.ts');

const complaint = (file: string, specifier: string): string | undefined => {
  const room = roomOf(file);
  if (specifier.startsWith('.')) {
    const target = roomOf(targetOf(file, specifier));
    const allowed = target === room || may[room]!.includes(target);
    return allowed ? undefined : `${file} (${room}) imports ${specifier} (${target})`;
  }
  if (room !== 'spec' || specPackages.includes(specifier)) return undefined;
  return `${file} imports ${specifier}`;
};

test('imports flow one way', () => {
  const complaints = sources().flatMap((file) =>
    importsOf(file).flatMap((specifier) => complaint(file, specifier) ?? []),
  );
  expect(complaints).toEqual([]);
});

test('the rule sees what it forbids', () => {
  expect(complaint('spec/reducer.ts', '../checker/model.js')).toMatch(/spec.*checker/);
  expect(complaint('spec/reducer.ts', 'zod')).toBe('spec/reducer.ts imports zod');
  for (const builtin of builtinModules.slice(0, 3))
    expect(complaint('spec/reducer.ts', `node:${builtin}`)).toBeDefined();
  expect(complaint('checker/check.ts', '../spec/reducer.js')).toMatch(/checker.*spec/);
  expect(complaint('checker/check.ts', './zab/model.js')).toMatch(/checker.*zab/);
  expect(complaint('checker/zab/model.ts', '../../spec/reducer.js')).toBeUndefined();
  expect(complaint('checker/models/paxos.ts', '../zab/model.js')).toBeDefined();
  expect(complaint('impl/server.ts', '../checker/model.js')).toMatch(/impl.*checker/);
  expect(complaint('impl/server.ts', '../traces/format.js')).toBeUndefined();
  expect(complaint('impl/server.ts', '../traces/record.js')).toBeDefined();
  expect(complaint('impl/server.ts', '../checker/linearizability/search.js')).toBeUndefined();
  expect(complaint('traces/format.ts', './record.js')).toBeDefined();
  expect(complaint('traces/record.ts', '../bin/zab.js')).toBeDefined();
  expect(importsOf('bin/zab.ts')).toContain('../checker/registry.js');
});
