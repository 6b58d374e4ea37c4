/** The log format: what is read, what is refused and in which words, and that its published schema says the same. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { formatLog, LOG_VERSION, parseLog } from './log.js';
import { logJsonSchema } from './log-schema.js';

const HEADER = '{"format":"zab-log","version":1,"voters":[1,2,3]}';
const LINE = '{"event":"send","server":1,"to":3,"message":{"type":"FOLLOWERINFO","acceptedEpoch":0}}';
const END = '{"end":true,"events":1}';
const text = (...lines: readonly string[]): string => `${lines.join('\n')}\n`;

test('a log is read, with the defaults of its header', () => {
  const { header, events } = parseLog(text(HEADER, LINE, END));
  expect(header).toMatchObject({ variant: 'zab', order: 'total', vantage: 'server', window: 500 });
  expect(events).toHaveLength(1);
  expect(parseLog(formatLog({ header, events }))).toEqual({ header, events });
});

test.each([
  ['', 'the file is empty'],
  ['{}\n', 'not a log: its first line lacks "format":"zab-log"'],
  [text('{"format":"zab-log","voters":[1]}'), 'the header has no version'],
  [text('{"format":"zab-log","version":2}'), 'version 2 of the format is newer than this program'],
  [text('{"format":"zab-log","version":0}'), 'version 0 of the format does not exist'],
  [text('{"format":"zab-log","version":1,"voters":[2,1]}'), 'voters: must be ascending'],
  [text('{"format":"zab-log","version":1,"voters":[1],"observers":[1]}'), 'observers: 1 is a voter'],
  [text('{"format":"zab-log","version":1,"voters":[1],"colour":"red"}'), 'Unrecognized key: "colour"'],
  [text(HEADER), 'truncated: ends after event 0'],
  [text(HEADER, LINE), 'truncated: ends after event 1'],
  [text(HEADER, LINE.slice(0, 40)), 'not a line of JSON'],
  [text(HEADER, '', END), 'an empty line'],
  [text(HEADER, LINE, '{"end":true,"events":2}'), 'the end line counts 2 events, the file has 1'],
  [text(HEADER, LINE, END, LINE), 'something follows the end line'],
  [text(HEADER, '{"end":true,"events":0}'), 'the log has no events'],
  [text(HEADER, '{"event":"send","server":1,"to":9,"message":{"type":"PING"}}', END), 'server 9 is neither'],
  [
    text(HEADER, '{"event":"send","server":1,"to":1,"message":{"type":"PING"}}', END),
    'does not talk to itself',
  ],
  [text(HEADER, LINE.replace('acceptedEpoch', 'epoch'), END), 'message: Unrecognized key: "epoch"'],
  [text(HEADER, LINE.replace('"send"', '"sent"'), END), 'event: '],
])('%j is refused', (log, message) => {
  expect(() => parseLog(log)).toThrow(message);
});

const validates = new Ajv2020({ strict: false }).compile(logJsonSchema());

test('the published schema is the one of this program', () => {
  const published = readFileSync(new URL('../log.schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(logJsonSchema())));
});

test('the schema takes and refuses the same single lines', () => {
  for (const line of [HEADER, LINE, END]) expect(validates(JSON.parse(line))).toBe(true);
  for (const line of [LINE.replace('acceptedEpoch', 'epoch'), HEADER.replace('1,', '2,'), '{"end":false}'])
    expect(validates(JSON.parse(line))).toBe(false);
});

// --- docs/log-format.md

const page = readFileSync(new URL('../../docs/log-format.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, example]) => example!);

test('what the documentation shows is a log, or lines of one', () => {
  expect(examples.length).toBeGreaterThan(1);
  expect(parseLog(examples[0]!).events.length).toBeGreaterThan(5);
  for (const line of examples.flatMap((example) => example.trim().split('\n')))
    expect(validates(JSON.parse(line)), line).toBe(true);
});

test('the page is about the version that is read', () => {
  expect(page).toContain(`This is **version ${LOG_VERSION}**.`);
});
