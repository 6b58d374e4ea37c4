import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { rulesOf } from '../../spec/variants.js';
import { parseLog } from '../format/log.js';
import { validate } from '../validate.js';
import { explainFailure } from './explain.js';
import { type Hosts, inProcess, processes } from './hosts.js';
import { logOf } from './log.js';
import { replay } from './play.js';
import type { Capability, Observes } from './protocol.js';
import { Reference } from './reference.js';
import { conform, type RunOptions, type RunResult } from './run.js';
import { scenarios } from './scenarios.js';
import { formatTest, readTest } from './test-file.js';
import { hasPython, pythonAdapter, scriptedAdapter } from './testing.js';

const rules = rulesOf('zab');
const seed = 1;

/** Our own server with less to offer, or with less to tell. */
class Partly extends Reference {
  constructor(
    defects: readonly string[],
    readonly capabilities: readonly Capability[],
    readonly observes: readonly Observes[],
  ) {
    super('partly', rulesOf('zab', defects));
  }

  override reply(asked: Parameters<Reference['reply']>[0]): Record<string, unknown> {
    const reply = super.reply(asked);
    return asked.op === 'hello'
      ? { ...reply, capabilities: this.capabilities, observes: this.observes }
      : reply;
  }
}

const reference = (...defects: readonly string[]): Hosts =>
  inProcess(() => new Reference('zab', rulesOf('zab', defects)));

const run = async (hosts: Hosts, options: Partial<RunOptions> = {}): Promise<RunResult> => {
  try {
    return await conform(hosts, { rules, seed, walks: 4, shrink: false, ...options });
  } finally {
    await hosts.stop();
  }
};

const failing = ({ tests }: RunResult) => {
  const test = tests.find(({ played }) => played?.kind === 'failed');
  return test?.played?.kind === 'failed' ? { ...test, played: test.played } : undefined;
};

/** What zab validate says of the log of each test: another judge, which knows nothing of this one. */
const accepted = ({ tests, adapter }: RunResult): readonly string[] =>
  tests.flatMap(({ name, played }) =>
    played === null ? [] : [`${name} ${validate(logOf(played.setup, adapter, played.exchanges)).verdict}`],
  );

describe('our own server', () => {
  test('passes, and its logs are accepted', async () => {
    const result = await run(reference(), { walks: 6 });
    expect(result.verdict).toBe('passed');
    expect(result.tests).toHaveLength(scenarios.length + 6);
    expect(accepted(result).filter((line) => !line.endsWith('accepted'))).toEqual([]);
  });

  test('the same seed, the same run', async () => {
    const [a, b] = [await run(reference()), await run(reference())];
    expect(a.tests.map(({ played }) => played?.actions)).toEqual(
      b.tests.map(({ played }) => played?.actions),
    );
  });

  test('a server that tells little is caught by what it sends', async () => {
    const little = (...defects: readonly string[]) =>
      inProcess(() => new Partly(defects, ['finalizeWait', 'request', 'timeout', 'crash'], []));
    expect((await run(little())).verdict).toBe('passed');
    expect(failing(await run(little('commit-without-quorum')))).toBeDefined();
  });

  test('what it cannot do is not supported, and nothing is known of it', async () => {
    const result = await run(
      inProcess(() => new Partly([], ['finalizeWait'], [])),
      { walks: 0 },
    );
    const verdicts = new Set(result.tests.map(({ verdict }) => verdict));
    expect(verdicts).toEqual(new Set(['not supported']));
    expect(result.verdict).toBe('inconclusive');
  });

  test('a failure is shrunk, explained, and fails again when it is played again', async () => {
    const hosts = reference('commit-without-quorum');
    const result = await conform(hosts, { rules, seed, walks: 0 });
    const { played, foundAt, name } = failing(result)!;
    expect(name).toBe('first-write');
    expect(played.actions.length).toBeLessThan(foundAt!);
    const failure = explainFailure(result.adapter, played);
    expect(failure).toMatchObject({ sid: 3, at: 'outputs', validated: 'rejected' });
    expect(failure.guards.join()).toMatch(/isQuorum\(commit, \[3\]\) says no/);
    expect(failure.fields.map(({ path, found }) => `${path} ${found}`).join()).toMatch(
      /COMMIT { zxid: 1:1 }/,
    );
    expect(validate(parseLog(failure.log)).verdict).toBe('rejected');
    expect((await replay(hosts, rules, played)).kind).toBe('failed');
    expect((await replay(reference(), rules, played)).kind).toBe('passed');
  });
});

describe('a test as a file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'zab-conform-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  test('comes back as it was', () => {
    const { name, setup } = scenarios[1]!;
    const saved = { name, setup, actions: [{ do: 'crash', server: 1, kept: 0 } as const] };
    const file = join(directory, 'a.json');
    writeFileSync(file, formatTest(saved));
    expect(readTest(file)).toMatchObject(JSON.parse(JSON.stringify(saved)));
  });

  test.each([
    ['{', /not JSON/],
    ['{}', /not a test of zab conform/],
    [formatTest({ name: 'x', setup: scenarios[0]!.setup, actions: [{ do: 'fly' } as never] }), /actions\.0/],
  ])('what is none is refused: %#', (text, message) => {
    const file = join(directory, 'b.json');
    writeFileSync(file, text);
    expect(() => readTest(file)).toThrow(message);
  });
});

test('an adapter that dies on the way is a failure with its last words', async () => {
  const hello = `{ adapter: 'brittle', version: '1', protocol: 1, capabilities: ['request'], observes: [] }`;
  const command = scriptedAdapter(`
    if (m.op === 'hello') return ${hello};
    if (m.op === 'stop') return {};
    console.error('out of memory'); process.exit(9);`);
  const { verdict, tests } = await run(processes(command, { timeoutMs: 5000 }));
  expect(verdict).toBe('failed');
  expect(tests.at(-1)!.why).toMatch(/ended with exit code 9; reset was asked.*out of memory/s);
});

describe.skipIf(!hasPython)('the small Zab in Python', () => {
  test('passes, and its logs are accepted', async () => {
    const result = await run(processes(pythonAdapter(), { timeoutMs: 10_000 }), { walks: 8 });
    expect(result.verdict).toBe('passed');
    expect(accepted(result).filter((line) => !line.endsWith('accepted'))).toEqual([]);
  });

  /** What each planted bug is caught at: the step of the specification that says something else. */
  const caught: readonly (readonly [bug: string, scenario: string, handler: RegExp])[] = [
    ['vote-ignores-zxid', 'newest-history-leads', /lookingProcessLookingVote/],
    ['vote-of-old-round-counts', 'vote-of-an-earlier-round', /lookingProcessLookingVote/],
    ['silent-when-decided', 'late-server-joins', /answerLooking/],
    ['own-epoch-only', 'epochs-rise', /leaderAcceptedEpochFlushed/],
    ['any-epoch-accepted', 'older-epoch-refused', /followerProcessLEADERINFO/],
    ['epoch-voted-twice', 'link-breaks', /followerAcceptedEpochFlushed/],
    ['epoch-not-durable', 'first-write', /leaderAcceptedEpochFlushed/],
    ['ahead-is-welcome', 'newest-history-comes-late', /leaderProcessACKEPOCH/],
    ['diff-skips-one', 'newest-history-leads', /leaderProcessACKEPOCH/],
    ['truncate-nothing', 'old-leader-rejoins-by-trunc', /followerProcessTRUNC/],
    ['snap-appends', 'newest-epoch-leads', /followerProcessSNAP/],
    ['newleader-before-flush', 'nothing-before-it-is-durable', /followerProcessNEWLEADER/],
    ['ack-before-flush', 'nothing-before-it-is-durable', /followerProcessPROPOSAL/],
    ['commit-without-quorum', 'first-write', /leaderProposalFlushed/],
    ['uptodate-early', 'first-write', /leaderProcessACKOfNEWLEADER/],
    ['observers-count', 'observer-is-no-quorum', /looking|leader/],
    ['counter-goes-on', 'newest-history-leads', /leaderProcessRequest/],
    ['uncommitted-forgotten', 'newest-history-leads', /looking/],
    ['outstanding-forgotten', 'follower-joins-with-writes-under-way', /leaderProcessACKEPOCH/],
    ['answer-at-once', 'first-write', /leaderProcessRequest/],
  ];

  test('every planted bug is in this list', () => {
    const folder = dirname(fileURLToPath(new URL('./python/zab.py', import.meta.url)));
    const { stdout } = spawnSync('python3', ['-c', 'import zab; print(" ".join(zab.BUGS))'], { cwd: folder });
    expect(String(stdout).trim().split(' ').sort()).toEqual(caught.map(([bug]) => bug).sort());
  });

  test.each(caught)(
    '%s is caught by %s, and zab validate rejects its log',
    async (bug, scenario, handler) => {
      const result = await run(processes(pythonAdapter(bug), { timeoutMs: 10_000 }), { only: [scenario] });
      const { played } = failing(result)!;
      const failure = explainFailure(result.adapter, played);
      expect(failure.handlers.join()).toMatch(handler);
      expect(failure.fields.length).toBeGreaterThan(0);
      expect(failure.validated).toBe('rejected');
    },
  );
});
