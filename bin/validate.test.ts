/** `zab validate` as a user meets it: verdicts, exit codes, what a rejection says, and what a mistake is told. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { models } from '../checker/registry.js';
import { main } from './program.js';

const page = readFileSync(new URL('../docs/log-format.md', import.meta.url), 'utf8');
const [, example] = /```json\n([\s\S]*?)```/.exec(page)!;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zab-validate-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

const run = async (...args: readonly string[]) => {
  let [out, err] = ['', ''];
  const output = (write: (text: string) => void) => ({ write, columns: 110, color: false, live: false });
  const code = await main(['validate', ...args], models, {
    out: output((text) => (out += text)),
    err: output((text) => (err += text)),
    onInterrupt: () => () => {},
    exit: () => {},
  });
  return { code, out, err };
};

const lines = (): string[] => example!.trim().split('\n');
const text = (all: readonly string[]): string => `${all.join('\n')}\n`;

test('the log of the documentation is accepted, and says how much it constrained', async () => {
  const { code, out } = await run(write('good.log.ndjson', example!));
  expect(code).toBe(0);
  expect(out).toContain('ACCEPTED: a run of the specification explains all 16 lines.');
  expect(out).toMatch(/lines that could have been refused\s+14 of 16/);
});

test('a rejection names the line, what was expected, and the edit that makes it pass', async () => {
  const all = lines().map((line) => line.replace('"currentEpoch":0', '"currentEpoch":5'));
  const { code, out } = await run(write('bad.log.ndjson', text(all)));
  expect(code).toBe(1);
  expect(out).toMatch(/blocked at .*bad\.log\.ndjson:10/);
  expect(out).toMatch(/currentEpoch\n\s+expected {2}0\n\s+found {5}5/);
  expect(out).toMatch(/the smallest edit that makes it pass: change currentEpoch to 0/);
  expect(out).toContain('REJECTED');
});

test('lines in the wrong order are rejected, and swapping them back is the edit', async () => {
  const all = lines();
  const at = all.findIndex((line) => line.includes('ACKEPOCH'));
  [all[at - 1], all[at]] = [all[at]!, all[at - 1]!];
  const { code, out } = await run(write('swapped.log.ndjson', text(all)));
  expect(code).toBe(1);
  expect(out).toContain('swap these two lines');
});

test('the report as JSON, JUnit and a page', async () => {
  const all = lines().map((line) => line.replace('"currentEpoch":0', '"currentEpoch":5'));
  const file = write('forms.log.ndjson', text(all));
  const [junit, html] = [join(folder, 'junit.xml'), join(folder, 'page.html')];
  const { code, out } = await run(file, '--json', '--junit', junit, '--html', html);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    verdict: 'rejected',
    blocked: [
      {
        server: 2,
        place: { file, line: 10 },
        fields: [{ path: 'currentEpoch', expected: 0, found: 5 }],
        edit: { what: 'change', passes: true },
      },
    ],
  });
  expect(readFileSync(junit, 'utf8')).toContain('<failure message=');
  expect(readFileSync(html, 'utf8')).toContain('server 2');
});

test('a bound that is hit makes it inconclusive', async () => {
  const { code, out } = await run(write('bound.log.ndjson', example!), '--max-steps', '5');
  expect(code).toBe(3);
  expect(out).toContain('INCONCLUSIVE: --max-steps was reached');
});

test('the self-test prints the share that is rejected, and explains what survives', async () => {
  const { code, out } = await run(write('self.log.ndjson', example!), '--self-test');
  expect(code).toBe(0);
  expect(out).toMatch(/drop\s+16\s+1\d\s+0/);
  const [, explained] = out.split('Survivors, and why the specification allows them');
  const counted = [...explained!.matchAll(/^ {2}(\d+) × /gm)].reduce((sum, [, n]) => sum + Number(n), 0);
  expect(explained!.match(/self\.log\.ndjson:\d+/g)).toHaveLength(counted);
  expect(out).toContain(`${counted} survive.`);
  expect(out).toMatch(/\d\d % of the damages are rejected/);
});

test.each([
  ['no-such.ndjson', undefined, /no such file or directory/],
  ['empty.ndjson', '', /empty\.ndjson:1: the file is empty/],
  ['half.ndjson', example!.slice(0, 300), /half\.ndjson:\d+: not a line of JSON/],
  ['cut.ndjson', text(lines().slice(0, 5)), /cut\.ndjson:5: truncated: ends after event 4/],
  ['version.ndjson', example!.replace('"version":1', '"version":9'), /version 9 of the format is newer/],
  ['field.ndjson', example!.replace('"acceptedEpoch":0', '"epoch":0'), /field\.ndjson:8: message: .*"epoch"/],
  ['variant.ndjson', example!.replace('"voters"', '"variant":"zap","voters"'), /no variant is called zap/],
  [
    'silent.ndjson',
    text([
      '{"format":"zab-log","version":1,"voters":[1,2,3],"vantage":"network"}',
      '{"event":"notified","server":2,"from":3,"notification":{"state":"LOOKING"}}',
      '{"end":true,"events":1}',
    ]),
    /no line says what a server did/,
  ],
])('%s is a mistake of the user, told in one line', async (name, content, message) => {
  const file = content === undefined ? join(folder, name) : write(name, content);
  const { code, out, err } = await run(file);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
  expect(err.trim().split('\n')).toHaveLength(1);
});

test('several files need an order of their own, and agree in their headers', async () => {
  const file = write('one.ndjson', example!);
  expect((await run(file, file)).err).toMatch(/several files have no total order/);
  const perServer = example!.replace('"voters"', '"order":"per-server","voters"');
  const [first, second] = [
    write('two.ndjson', perServer),
    write('three.ndjson', perServer.replace('[1,2,3]', '[1,2,3,4]')),
  ];
  expect((await run(first, second)).err).toMatch(/its header differs/);
});

test('messages that nobody sent, and orders that run in a circle, are rejected', async () => {
  const header = '{"format":"zab-log","version":1,"voters":[1,2],"order":"per-server","vantage":"network"}';
  const looking = (leader: number) => `"notification":{"state":"LOOKING","leader":${leader}}`;
  const circle = [
    header,
    `{"event":"notified","server":1,"from":2,${looking(2)}}`,
    `{"event":"notify","server":1,"to":2,${looking(1)}}`,
    `{"event":"notified","server":2,"from":1,${looking(1)}}`,
    `{"event":"notify","server":2,"to":1,${looking(2)}}`,
    '{"end":true,"events":4}',
  ];
  const { code, out } = await run(write('circle.ndjson', text(circle)));
  expect(code).toBe(1);
  expect(out).toContain('these lines run in a circle');
  const unsent = circle.toSpliced(4, 1, `{"event":"notify","server":2,"to":1,${looking(1)}}`);
  expect((await run(write('unsent.ndjson', text(unsent)))).out).toContain('nobody sent it');
});

test('a trace of the model is replayed', async () => {
  const file = new URL('../traces/corpus/ZOOKEEPER-2845.trace.ndjson', import.meta.url).pathname;
  const { code, out } = await run(file);
  expect(code).toBe(0);
  expect(out).toContain('ACCEPTED');
});
