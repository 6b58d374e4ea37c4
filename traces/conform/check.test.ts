import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { checkAdapter } from './check.js';
import { adapterJsonSchema } from './schema.js';
import { hasPython, pythonAdapter, scriptedAdapter } from './testing.js';

const options = { timeoutMs: 5000 };

const failures = async (command: string, timeoutMs = 5000): Promise<string> => {
  const { verdict, parts } = await checkAdapter(command, { timeoutMs });
  expect(verdict).toBe('failed');
  return parts
    .flatMap((part) => (part.verdict === 'failed' ? [`${part.name}: ${part.detail}`] : []))
    .join('\n');
};

test.skipIf(!hasPython)('the example in Python keeps to the protocol, all of it', async () => {
  const { verdict, parts, adapter } = await checkAdapter(pythonAdapter(), options);
  expect(parts.filter((part) => part.verdict !== 'passed')).toEqual([]);
  expect(verdict).toBe('passed');
  expect(adapter?.adapter).toBe('zab.py');
});

describe('what is no adapter is told what is wrong', () => {
  const hello = "if (m.op === 'hello') return hello;";
  test.each([
    ['no such command', 'no-such-adapter', /ended with exit code 127.*not found/s],
    [
      'a line that is not JSON',
      'echo listening on port 1',
      /not a line of JSON.*print anything else to standard error.*it was listening/s,
    ],
    ['a list', scriptedAdapter("return '[]'"), /not a JSON object/],
    [
      'another version',
      scriptedAdapter('return { ...hello, protocol: 2 }'),
      /speaks version 2 .* speaks version 1/,
    ],
    [
      'a capability that nobody knows',
      scriptedAdapter("return { ...hello, capabilities: ['fly'] }"),
      /capabilities\.0: .*"finalizeWait"/,
    ],
    [
      'a reply without its id',
      scriptedAdapter('return JSON.stringify(hello)'),
      /its id is undefined, and 1 was asked/,
    ],
    [
      'outputs that are no list',
      scriptedAdapter(`${hello} return { out: {}, quiet: true }`),
      /reply to reset is wrong: out: /,
    ],
    [
      'a zxid as one number',
      scriptedAdapter(
        `${hello} return { out: [{ type: 'send', to: 1, message: { type: 'ACK', zxid: 4 } }], quiet: true }`,
      ),
      /out\.0\.message\.zxid/,
    ],
    ['never quiet', scriptedAdapter(`${hello} return { out: [], quiet: false }`), /still not quiet/],
    [
      'no votes',
      scriptedAdapter(`${hello} return { out: [], quiet: true }`),
      /notify to 1 and 2 are missing/,
    ],
    [
      'it dies',
      scriptedAdapter(`${hello} console.error('stack overflow'); process.exit(3)`),
      /ended with exit code 3; reset was asked.*stack overflow/s,
    ],
    [
      'two lines for one',
      scriptedAdapter(
        `if (m.op === 'hello') return JSON.stringify({ id: 1, ...hello }) + '\\nhi'; return {}`,
      ),
      /printed a line of its own: hi/,
    ],
    [
      'an endless line',
      scriptedAdapter(`${hello} return 'x'.repeat(2000000)`),
      /a line of more than 1048576 characters/,
    ],
  ])('%s', async (_, command, message) => {
    expect(await failures(command)).toMatch(message);
  });

  test('it hangs', async () => {
    expect(await failures(scriptedAdapter('return undefined'), 300)).toMatch(
      /no reply to hello within 300 ms/,
    );
  });
});

test('what an adapter does not claim is not supported, and no failure', async () => {
  const command = scriptedAdapter(`
    if (m.op === 'hello') return hello;
    if (m.op === 'observe') return { state: { state: 'LOOKING' } };
    if (m.op === 'stop') return {};
    const notification = { state: 'LOOKING', leader: 3, zxid: [0, 0], peerEpoch: 0, electionEpoch: 1 };
    return { out: m.op === 'reset' ? [1, 2].map((to) => ({ type: 'notify', to, notification })) : [], quiet: true };`);
  const { verdict, parts } = await checkAdapter(command, options);
  expect(verdict).toBe('passed');
  expect(parts.filter((part) => part.verdict === 'not supported').map(({ name }) => name)).toContain(
    'do Crash, do Restart',
  );
});

describe('the published schema', () => {
  const published = JSON.parse(readFileSync(new URL('./adapter.schema.json', import.meta.url), 'utf8'));
  const validate = new Ajv2020({
    strict: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTuples: false,
  }).compile(published);

  test('is the one that lines are read with: npx zab adapter --schema > traces/conform/adapter.schema.json', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(adapterJsonSchema())));
  });

  test.each([
    [{ id: 1, op: 'hello', protocol: 1 }, true],
    [{ id: 1, op: 'hello', protocol: 2 }, false],
    [{ id: 4, op: 'deliver', from: 1, message: { type: 'ACK', zxid: [1, 0] } }, true],
    [{ id: 4, op: 'deliver', from: 1, message: { type: 'ACK', zxid: 1 } }, false],
    [{ id: 2, out: [], quiet: true }, true],
    [{ id: 2, out: [{ type: 'close', peer: 0 }], quiet: true }, false],
  ])('line %#', (line, valid) => {
    expect(validate(line)).toBe(valid);
  });
});
