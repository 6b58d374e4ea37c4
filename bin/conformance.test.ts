/** docs/conformance.md: every command in it is run, in a fresh folder, and prints what the page says that it prints. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { message, notification } from '../traces/conform/protocol.js';
import { hasPython } from '../traces/conform/testing.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const zab = join(root, 'dist/bin/zab.js');
const page = readFileSync(join(root, 'docs/conformance.md'), 'utf8');
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, text]) => text!);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zab-page-'));
  writeFileSync(join(folder, 'my_adapter.py'), blocks('python')[0]!);
  if (statSync(zab, { throwIfNoEntry: false }) === undefined)
    spawnSync('npm', ['run', 'build'], { cwd: root, stdio: 'ignore' });
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

interface Shown {
  readonly command: string;
  readonly lines: readonly string[];
}

/** A block is commands behind `$`, each with lines of what it prints; `…` stands for what is left out. */
const shown: readonly Shown[] = blocks('console').flatMap((block) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command, ...lines] = text.trimEnd().split('\n');
      return { command: command!, lines };
    }),
);

/** The lines stand in this order; neighbours on the page are neighbours in the output. */
const expectLines = (output: string, lines: readonly string[]): void => {
  const printed = output.split('\n').map((line) => line.trimEnd());
  let at = 0;
  let gap = true;
  for (const line of lines) {
    if (line === '…') {
      gap = true;
      continue;
    }
    const found = printed.indexOf(line, at);
    expect(found, `${line}\nin\n${output}`).toBeGreaterThanOrEqual(0);
    if (!gap) expect(found, `${line}\nat once, in\n${output}`).toBe(at);
    at = found + 1;
    gap = false;
  }
};

test.skipIf(!hasPython).each(shown)(
  '$command',
  ({ command, lines }) => {
    const local = command
      .replace(/^npx zab/, `node ${zab}`)
      .replace('traces/conform', join(root, 'traces/conform'));
    const { stdout, stderr } = spawnSync(local, { cwd: folder, shell: true, encoding: 'utf8' });
    expect(stderr).toBe('');
    expectLines(stdout, lines);
  },
  300_000,
);

test('there are commands on the page', () => {
  expect(shown.length).toBeGreaterThanOrEqual(6);
});

test('the messages on the page are messages', () => {
  for (const line of blocks('json').join('').trimEnd().split('\n')) {
    const value = JSON.parse(line);
    expect((value.type === undefined ? notification : message).safeParse(value).success, line).toBe(true);
  }
});
