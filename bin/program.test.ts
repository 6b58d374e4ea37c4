import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ModelDefinition } from '../checker/definition.js';
import { scalar } from '../checker/kinds.js';
import { group, property, put, read } from '../checker/model.js';
import { twoPhaseCommit } from '../checker/models/two-phase-commit.js';
import { main } from './program.js';

/** Counts to `most`; flags of its own, a suite, goals that only some presets reach, and a step that throws on request. */
const counting: ModelDefinition = {
  name: 'zab',
  summary: 'A counter',
  schema: z.strictObject({
    most: z.int().min(1).max(1000).default(5).describe('where it stops'),
    goals: z
      .array(z.enum(['High', 'Never']))
      .default([])
      .describe('goals beside Some'),
    limit: z.int().default(1000).describe('what it must stay below'),
    defect: z
      .array(z.enum(['fast', 'slow']))
      .default([])
      .describe('planted defects'),
    faulty: z.boolean().default(false).describe('throws at 3'),
  }),
  presets: [
    {
      name: 'default',
      summary: 'to seven',
      suite: true,
      config: { most: 7 },
      pinned: { distinct: 8, generated: 8, depth: 7 },
    },
    { name: 'high', summary: 'to twenty', suite: true, config: { most: 20, goals: ['High'] } },
    {
      name: 'deep',
      summary: 'to a thousand',
      suite: false,
      config: { most: 1000 },
      pinned: { distinct: 3, generated: 3, depth: 2 },
    },
  ],
  variants: [{ name: 'plain', summary: 'as it is' }],
  defects: [
    { name: 'fast', summary: 'counts too far', invariant: 'Below', config: { most: 9, limit: 8 } },
    { name: 'slow', summary: 'counts too little', invariant: 'Below' },
  ],
  scenarios: [],
  build: (config) => {
    const { most, goals, limit, faulty, defect } = counting.schema.parse(config) as Record<string, any>;
    const counter = { name: 'counter', kind: scalar<number>('counter'), initial: 0 };
    const reaches = (name: string, n: number, applicable: boolean) => ({
      on: 'state' as const,
      ...property({
        name,
        claim: `The counter reaches ${n}.`,
        source: 'here',
        reads: [read(counter)],
        holds: ([v]) => v === n,
      }),
      needs: `most ${n}`,
      applicable,
    });
    return {
      name: 'zab',
      config: { most, goals, limit, faulty, defect },
      slots: [counter],
      groups: [
        group({
          name: 'count',
          urgency: 'progress',
          reads: [read(counter)],
          outcomes: ([n]) => {
            if (faulty && n === 3) throw new Error('three is too much');
            return n < most ? [{ action: { name: 'count', to: n + 1 }, writes: [put(counter, n + 1)] }] : [];
          },
        }),
      ],
      invariants: [
        {
          on: 'state',
          ...property({
            name: 'Below',
            claim: 'The counter stays below its limit.',
            source: 'here',
            reads: [read(counter)],
            holds: ([n]) => n < limit,
          }),
        },
      ],
      goals: [
        reaches('Some', 3, true),
        reaches('High', 20, most >= 20),
        reaches('Never', 5000, goals.includes('Never')),
      ].filter(({ name }) => name === 'Some' || goals.includes(name) || (name === 'High' && most < 20)),
      actions: ['count', 'rest'],
      caveats: ['This is only a counter.'],
    };
  },
};

let directory: string;
let home: string;
beforeEach(() => {
  home = process.cwd();
  directory = mkdtempSync(join(tmpdir(), 'zab-bin-'));
  process.chdir(directory);
});
afterEach(() => {
  process.chdir(home);
  rmSync(directory, { recursive: true });
});

/** Interrupts as soon as it can, that many times. */
interface World {
  readonly interrupts?: number;
  readonly models?: readonly ModelDefinition[];
  readonly columns?: number;
  /** What somebody at a terminal presses, one key after another. */
  readonly keys?: readonly string[];
}

const run = async (
  args: string,
  { interrupts = 0, models = [counting, twoPhaseCommit], columns = 100, keys }: World = {},
) => {
  let out = '';
  let err = '';
  const exits: number[] = [];
  const output = (write: (text: string) => void) => ({
    write,
    columns,
    color: false,
    live: keys !== undefined,
  });
  const code = await main(args.split(' ').filter(Boolean), models, {
    out: output((text) => (out += text)),
    err: output((text) => (err += text)),
    onInterrupt: (callback) => {
      for (let i = 0; i < interrupts; i++) callback();
      return () => {};
    },
    exit: (exit) => exits.push(exit),
    ...(keys && {
      keys: (press) => {
        queueMicrotask(() => keys.forEach(press));
        return () => {};
      },
    }),
  });
  return { code, out, err, exits, json: () => JSON.parse(out) };
};

describe('zab check', () => {
  test('alone runs the default preset of the default model', async () => {
    const { code, out, err } = await run('check');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('zab · preset default');
    expect(out).toMatch(/distinct +8 /);
    expect(out).toContain('as pinned');
    expect(out).toMatch(/✔ Below +The counter stays below its limit\./);
    expect(out).toMatch(/✔ Some +depth 3: The counter reaches 3\./);
    expect(out).toMatch(/– High +not within these bounds: needs most 20/);
    expect(out).toContain('never taken: rest');
    expect(out).toContain('Note: This is only a counter.');
    expect(out.trimEnd().split('\n').at(-1)).toBe(
      'VERIFIED: every invariant holds in all 8 states, and every goal within these bounds was reached.',
    );
  });

  test('prints the published counts of two-phase commit, wherever the model is named', async () => {
    for (const args of [
      'check two-phase-commit --participants 5',
      'check --participants 5 two-phase-commit',
    ]) {
      const { code, json } = await run(`${args} --json`);
      expect(code).toBe(0);
      expect(json()).toMatchObject({
        verdict: 'verified',
        distinct: 8832,
        generated: 58146,
        preset: 'participants-5',
      });
    }
  });

  test('the JSON has the fields that it is documented to have', async () => {
    const { json } = await run('check --json');
    expect(json()).toMatchObject({
      verdict: 'verified',
      model: 'zab',
      config: { most: 7, limit: 1000 },
      distinct: 8,
      generated: 8,
      depth: 7,
      seconds: expect.any(Number),
      statesPerSecond: expect.any(Number),
      collisionProbability: expect.any(Number),
      invariants: [{ name: 'Below', holds: true }],
      goals: [
        { name: 'Some', reached: true, depth: 3 },
        { name: 'High', reached: false, depth: null, applicable: false },
      ],
      coverage: { count: 7, rest: 0 },
    });
    expect(json()).not.toHaveProperty('violation');
  });

  test('a violation is printed, saved where it says, and replayed; the same at each run', async () => {
    const first = await run('check --limit 4');
    expect(first.code).toBe(1);
    expect(first.out).toContain('Below breaks after step 4');
    expect(first.out).toContain('Saved as zab-Below.trace.ndjson');
    expect(first.out).toContain('VIOLATED: Below does not hold.');
    expect(readdirSync('.')).toEqual(['zab-Below.trace.ndjson']);
    const saved = readFileSync('zab-Below.trace.ndjson', 'utf8');
    const second = await run('check --limit 4 --json --trace-out again.trace.ndjson');
    expect(second.json()).toMatchObject({
      verdict: 'violated',
      invariants: [{ name: 'Below', holds: false }],
      violation: { property: 'Below', depth: 4, trace: 'again.trace.ndjson' },
    });
    expect(readFileSync('again.trace.ndjson', 'utf8')).toBe(saved);
    const replayed = await run('replay zab-Below.trace.ndjson');
    expect(replayed.code).toBe(0);
    expect(replayed.out).toContain('MATCHES');
  });

  test('a defect brings its bounds, and whatever is asked for goes over them', async () => {
    const config = async (args: string) => (await run(`check --json ${args}`)).json().config;
    expect(await config('--defect fast')).toMatchObject({ most: 9, limit: 8 });
    expect(await config('--defect fast --most 8')).toMatchObject({ most: 8, limit: 8 });
    expect(await config('--defect fast --preset high')).toMatchObject({ most: 20, limit: 1000 });
    expect(await config('--defect slow')).toMatchObject({ most: 7, limit: 1000 });
    writeFileSync('config.json', '{"defect": ["fast"]}');
    expect(await config('--config config.json')).toMatchObject({ most: 9, limit: 8 });
  });

  test('a goal that a complete search does not reach is a violation, without a trace', async () => {
    const { code, json } = await run('check --goals Never --json');
    expect(code).toBe(1);
    expect(json()).toMatchObject({ verdict: 'violated', violation: { property: 'Never', trace: null } });
    const { out } = await run('check --goals Never');
    expect(out).toMatch(/✘ Never +NOT REACHED \(needs most 5000\)/);
    expect(out).toContain('VIOLATED: Never was not reached.');
    expect(readdirSync('.')).toEqual([]);
  });

  test('only the named properties are checked', async () => {
    const { code, out } = await run('check --limit 4 --property Some');
    expect(code).toBe(0);
    expect(out).not.toContain('Below');
    expect(out).toContain('only some of the properties were checked');
    expect((await run('check --property Some --property Below --json')).json().invariants).toHaveLength(1);
  });

  test('a bound that was hit is loud', async () => {
    const { code, out } = await run('check --preset deep --max-depth 2');
    expect(code).toBe(3);
    expect(out).toMatch(
      /INCOMPLETE: --max-depth was reached; nothing is verified \(3 states were found so far\)\.\n$/,
    );
    expect(out).toMatch(/\? not decided: Below/);
    const { json } = await run('check --preset deep --max-states 10 --json');
    expect(json()).toMatchObject({
      verdict: 'incomplete',
      bound: 'max-states',
      invariants: [{ name: 'Below', holds: null }],
      diameter: null,
    });
  });

  test('counts that are not the pinned ones are called out', async () => {
    const { out } = await run('check --preset deep --limit 2000');
    expect(out).not.toContain('AS PINNED');
    const own = await run('check --preset deep --limit 1000 --property Some');
    expect(own.out).toContain('NOT AS PINNED: expected distinct 3, generated 3, depth 2');
  });

  test('the first Ctrl-C ends the search, the second one the process', async () => {
    const once = await run('check two-phase-commit --participants 9', { interrupts: 1 });
    expect(once.code).toBe(3);
    expect(once.out).toContain('INCOMPLETE: interrupted');
    expect(once.exits).toEqual([]);
    const twice = await run('check two-phase-commit --participants 9', { interrupts: 2 });
    expect(twice.exits).toEqual([130]);
  });

  test('a model that throws is reported with the run that led there', async () => {
    const { code, out } = await run('check --faulty');
    expect(code).toBe(1);
    expect(out).toContain('three is too much');
    expect(out).toContain('count to=3');
    const { json } = await run('check --faulty --json');
    expect(json()).toMatchObject({ verdict: 'violated', violation: { property: 'ModelError', depth: 3 } });
  });

  test('a trace that cannot be saved leaves the verdict as it is', async () => {
    const read = await run(`check --limit 4 --trace-out ${join(directory, 'none', 'x')}`);
    expect(read).toMatchObject({ code: 2, out: '' });
    expect(read.err).toMatch(/^zab: --trace-out .*no such file or directory/);
    const onto = await run(`check --limit 4 --trace-out ${directory}`);
    expect(onto).toMatchObject({ code: 2, out: '' });
  });
});

describe('zab check --suite', () => {
  test('runs its presets, and says that every goal was reached in one of them', async () => {
    const { code, out } = await run('check --suite');
    expect(code).toBe(0);
    expect(out).toContain('zab · preset default');
    expect(out).toContain('zab · preset high');
    expect(out).not.toContain('preset deep');
    expect(out).toMatch(
      /Goals: every one of 2 was reached in some search of the suite\.\nVERIFIED: the suite, 2 searches\.\n$/,
    );
  });

  test('is an array in JSON', async () => {
    const { json } = await run('check --suite --json');
    expect(json().map(({ preset }: { preset: string }) => preset)).toEqual(['default', 'high']);
  });

  test('a goal that no preset can reach keeps it from being verified', async () => {
    const { code, out } = await run('check --suite --most 7');
    expect(code).toBe(1);
    expect(out).toContain('Goals that no search of the suite reached: High.');
  });

  test('a violation does not stop it, and each has a trace of its own', async () => {
    const { code, out } = await run('check --suite --limit 4');
    expect(code).toBe(1);
    expect(out).toMatch(/VIOLATED: the suite, 2 searches/);
    expect(readdirSync('.').sort()).toEqual([
      'zab-default-Below.trace.ndjson',
      'zab-high-Below.trace.ndjson',
    ]);
  });

  test('Ctrl-C stops it', async () => {
    const { code, out } = await run('check two-phase-commit --suite', { interrupts: 1 });
    expect(code).toBe(3);
    expect(out).toMatch(/INCOMPLETE: the suite, 1 of 3 searches; nothing is verified\.\n$/);
  });
});

describe('what is not understood', () => {
  test.each([
    ['chekc', /unknown command 'chekc'[\s\S]*check/],
    ['check zba', /^zab: no model named 'zba'; did you mean zab\?\n$/],
    ['check two-phase', /did you mean two-phase-commit\?/],
    ['check --mots 3', /unknown option '--mots'[\s\S]*--most/],
    ['check --participants 3', /unknown option '--participants'/],
    ['check --most', /argument missing/],
    ['check --most 0', /^zab: --most '0': must be a whole number from 1 to 1000\n$/],
    [
      'check --most 3 --goals Hihg',
      /--goals 'Hihg': must be a list of names among High, Never \(did you mean High\?\)/,
    ],
    ['check --preset hihg', /^zab: --preset 'hihg': no such preset of zab; did you mean high\?\n$/],
    ['check --property Belwo', /^zab: --property 'Belwo': no such property of zab; did you mean Below\?\n$/],
    ['check --property ,', /names no property/],
    ['check --max-memory lots', /--max-memory <size>.*'lots'.*like 4G or 512M/],
    ['check --max-memory 4', /'4'.*like 4G or 512M/],
    ['check --max-states 0', /--max-states.*'0'/],
    ['check --suite --preset high', /cannot be used with/],
    ['check --suite --trace-out x', /cannot be used with/],
    ['check --config none.json', /^zab: none\.json: no such file or directory\n$/],
    ['check zab two-phase-commit', /too many arguments/],
    ['replay', /missing required argument 'file'/],
    ['replay none.trace.ndjson', /^zab: none\.trace\.ndjson: no such file or directory\n$/],
    ['list --jsn', /unknown option '--jsn'/],
  ])('%s', async (args, message) => {
    const { code, out, err } = await run(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^ +at /m);
  });

  test('the default model where it is not registered', async () => {
    const { code, err } = await run('check', { models: [twoPhaseCommit] });
    expect({ code, err }).toEqual({ code: 2, err: "zab: no model named 'zab'; known: two-phase-commit\n" });
  });

  test('nothing at all shows the help', async () => {
    const { code, err } = await run('');
    expect(code).toBe(2);
    expect(err).toContain('Usage: zab');
  });
});

describe('zab replay', () => {
  const FILE = 'zab-Below.trace.ndjson';
  const damage = async (change: (lines: string[]) => void): Promise<void> => {
    await run('check --limit 4 --quiet');
    const lines = readFileSync(FILE, 'utf8').split('\n');
    change(lines);
    writeFileSync(FILE, lines.join('\n'));
  };

  test('names the exact step, what was expected and what was found', async () => {
    await damage((lines) => {
      lines[2] = lines[2]!.replace('"counter":2', '"counter":9');
    });
    const { code, out, json: _ } = await run(`replay ${FILE}`);
    expect(code).toBe(1);
    expect(out).toContain('  1  count to=1   counter: 0 -> 1\n\nMISMATCH');
    expect(out).toContain('at step 2, count to=2: the step changes other things');
    expect(out).toMatch(/ {2}counter\n +expected +2\n +found +9\n/);
    const { json } = await run(`replay ${FILE} --json`);
    expect(json()).toMatchObject({
      matches: false,
      mismatch: { step: 2, fields: [{ path: 'counter', expected: 2, found: 9 }] },
    });
  });

  test('shows what was possible where the action was not', async () => {
    await damage((lines) => {
      lines[1] = lines[1]!.replace('"to":1', '"to":7');
    });
    const { code, out } = await run(`replay ${FILE}`);
    expect(code).toBe(1);
    expect(out).toContain('the action is not enabled here\n  enabled here:\n    count to=1\n');
  });

  test('says of what is malformed in which line', async () => {
    await damage((lines) => lines.splice(-2));
    expect(await run(`replay ${FILE}`)).toMatchObject({
      code: 2,
      out: '',
      err: `zab: ${FILE}:5: truncated: ends after step 4, without an end line\n`,
    });
    writeFileSync(
      FILE,
      readFileSync(FILE, 'utf8').replace('"model":"zab"', '"model":"zbb"').concat('\n{"end":true,"steps":4}'),
    );
    expect((await run(`replay ${FILE}`)).err).toContain(`${FILE}:6: the header says that Below breaks`);
  });

  test('escapes what a stranger may have put into it', async () => {
    await damage((lines) => {
      lines[1] = lines[1]!.replace('"name":"count"', '"name":"\\u001b[2Jcount"');
    });
    const { out } = await run(`replay ${FILE}`);
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('a run in other forms', () => {
  const FILE = 'two-phase-commit-TCConsistent.trace.ndjson';
  beforeEach(() => run('check two-phase-commit --participants 3 --defect commit-early --quiet'));

  test('the first steps only', async () => {
    const { code, out } = await run(`replay ${FILE} --until 2`);
    expect(code).toBe(0);
    expect(out).toContain('7 steps, the first 2 shown');
    expect(out).toContain('  2  RMPrepare');
    expect(out).not.toContain('  3  ');
    expect(out).not.toContain('breaks after');
    expect((await run(`replay ${FILE} --until x`)).code).toBe(2);
  });

  test.each([
    ['json', /"states": \[/],
    ['itf', /"format": "ITF"/],
    ['mermaid', /^sequenceDiagram\n/],
    ['shiviz', /^\(\?<event>/],
    ['trace', /^\{"format":"zab-trace"/],
  ])('as %s', async (format, pattern) => {
    const { code, out, err } = await run(`replay ${FILE} --format ${format}`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(pattern);
  });

  test('as a page, and the report of the search as a page', async () => {
    expect(await run(`replay ${FILE} --html run.html`)).toMatchObject({
      code: 0,
      out: 'MATCHES: written as run.html\n',
    });
    expect(readFileSync('run.html', 'utf8')).toMatch(/^<!doctype html>/);
    const { code, err } = await run('check two-phase-commit --participants 3 --quiet --html report.html');
    expect({ code, err }).toEqual({ code: 0, err: 'zab: report written as report.html\n' });
    expect(readFileSync('report.html', 'utf8')).toContain('all-committed');
    const nowhere = await run('check two-phase-commit --html none/report.html');
    expect(nowhere).toMatchObject({
      code: 2,
      err: 'zab: --html none/report.html: no such file or directory\n',
    });
  });

  test('there and back through ITF, by the extension of the file', async () => {
    expect((await run(`trace convert ${FILE} run.itf.json`)).code).toBe(0);
    expect((await run('trace convert run.itf.json back.ndjson')).code).toBe(0);
    expect(readFileSync('back.ndjson', 'utf8')).toBe(readFileSync(FILE, 'utf8'));
    expect(await run(`trace convert ${FILE} run.xyz`)).toMatchObject({ code: 2 });
    expect((await run('trace schema')).out).toContain('"oneOf"');
  });

  test('a run that is not one of its model is not drawn', async () => {
    writeFileSync(FILE, readFileSync(FILE, 'utf8').replace('"tm":"committed"', '"tm":"aborted"'));
    const { code, out, err } = await run(`trace convert ${FILE} --to mermaid`);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('at step 6');
    const page = await run(`replay ${FILE} --html run.html`);
    expect(page).toMatchObject({ code: 1, out: 'MISMATCH: written as run.html\n' });
  });

  test('key by key, forth and back', async () => {
    const { code, out } = await run(`replay ${FILE} --step`, {
      keys: ['j', 'down', 'k', 'G', 'g', 'x', 'q'],
    });
    expect(code).toBe(0);
    const steps = [...out.matchAll(/step (\d) of 7/g)].map(([, step]) => Number(step));
    expect(steps).toEqual([0, 1, 2, 1, 7, 0]);
    // The terminal is left as it was found.
    expect(out.indexOf('\u001b[?1049l')).toBeLessThan(out.indexOf('MATCHES'));
  });

  test('where nobody can press a key, it says what to do instead', async () => {
    expect(await run(`replay ${FILE} --step`)).toMatchObject({
      code: 2,
      err: 'zab: --step needs a terminal to read keys from; without it, use --until N\n',
    });
  });

  test('in the explorer, until Ctrl-C', async () => {
    const { code, out } = await run(`explore --trace ${FILE} --port 0`, { interrupts: 1 });
    expect(code).toBe(0);
    expect(out).toMatch(/^Explorer of two-phase-commit: http:\/\/127\.0\.0\.1:\d+\/ /);
    expect((await run('explore two-phase-commit --port x')).code).toBe(2);
    expect((await run('explore nobody')).err).toContain("no model named 'nobody'");
    writeFileSync(FILE, readFileSync(FILE, 'utf8').replace('"rm":1', '"rm":9'));
    expect(await run(`explore --trace ${FILE}`)).toMatchObject({
      code: 2,
      err: `zab: ${FILE}: step 1: RMChooseToAbort rm=9 is not enabled\n`,
    });
  });
});

describe('help and lists', () => {
  test('the help of a model shows its flags with their limits and defaults', async () => {
    const { code, out } = await run('check --help');
    expect(code).toBe(0);
    expect(out).toMatch(/--most <n> +where it stops \(a whole number from 1 to 1000; default 7\)/);
    expect(out).toMatch(/--faulty +throws at 3 \(default false\)/);
    expect(out).toContain('high: to twenty');
    const other = await run('check two-phase-commit --help');
    expect(other.out).toContain('--participants <n>');
    expect(other.out).not.toContain('--most');
    expect((await run('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('the list names everything', async () => {
    const { code, out } = await run('list');
    expect(code).toBe(0);
    expect(out).toMatch(/commit-early +the transaction manager commits [^()]*\(breaks TCConsistent\)/);
    const { json } = await run('list --json');
    expect(json().models.map(({ name }: { name: string }) => name)).toEqual(['zab', 'two-phase-commit']);
    expect(json().defects[2]).toMatchObject({
      name: 'commit-early',
      model: 'two-phase-commit',
      invariant: 'TCConsistent',
    });
    expect(json()).toMatchObject({
      presets: expect.any(Array),
      variants: [{ name: 'plain' }],
      scenarios: [],
    });
  });

  test('nothing is wider than a narrow terminal where words allow', async () => {
    for (const args of ['check --limit 4', 'list', 'check --suite', 'check --help']) {
      const { out } = await run(args, { columns: 60 });
      const wide = out.split('\n').filter((line) => line.length > 60);
      expect(wide.filter((line) => !/trace\.ndjson|─/.test(line))).toEqual([]);
    }
  });
});
