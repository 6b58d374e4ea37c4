/** `zab conform`: whether an implementation does only what the specification allows. */
import { randomInt } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { InputError } from '../checker/errors.js';
import { rulesOf, variants } from '../spec/variants.js';
import { checkAdapter } from '../traces/conform/check.js';
import { explainFailure, type Failure } from '../traces/conform/explain.js';
import { type Hosts, processes } from '../traces/conform/hosts.js';
import { conformPage } from '../traces/conform/page.js';
import { replay } from '../traces/conform/play.js';
import { AdapterError, DEFAULT_TIMEOUT_MS, NotSupported } from '../traces/conform/process.js';
import {
  conform,
  DEFAULT_DEPTH,
  DEFAULT_WALKS,
  type RunResult,
  resultOf,
  type TestResult,
} from '../traces/conform/run.js';
import { scenarios } from '../traces/conform/scenarios.js';
import { formatTest, readTest } from '../traces/conform/test-file.js';
import { readSuite, TIERS, type Tier } from '../traces/conform/vectors/format.js';
import { killsOf } from '../traces/conform/vectors/kills.js';
import { playSuite, type SuiteResult } from '../traces/conform/vectors/play.js';
import { refusal } from '../traces/file.js';
import { type JUnitCase, junitXml } from '../traces/junit.js';
import { nameAmong } from './adapter.js';
import { renderAdapterCheck } from './conform-check.js';
import { conformZooKeeperCommand } from './conform-zookeeper.js';
import { renderFailure, renderRun, renderTest, runJson } from './conform-report.js';
import { interruptible } from './interrupt.js';
import { parseCount } from './numbers.js';
import type { Terminal } from './terminal.js';
import { renderFailures, renderKills, renderMatrix, suiteJson } from './vectors-report.js';

interface Flags {
  readonly adapter?: readonly string[];
  readonly checkAdapter?: true;
  readonly timeout: number;
  readonly variant: string;
  readonly walks: number;
  readonly depth: number;
  readonly seed?: number;
  readonly test?: readonly string[];
  readonly keepGoing?: true;
  readonly replay?: string;
  readonly vectors?: string;
  readonly tier?: readonly Tier[];
  readonly kills?: true;
  readonly json?: true;
  readonly junit?: string;
  readonly html?: string;
}

const EXIT = { passed: 0, failed: 1, inconclusive: 3 } as const;

const EXIT_CODES = `
Exit codes: 0 passed, 1 failed, 2 bad usage or input, 3 inconclusive: a bound was hit, or nothing could be tested.`;

/** Seeds that are drawn are short enough to be typed again. */
const SEEDS = 2 ** 32;

const counted = (what: string, least: number) => (text: string) => {
  const value = text === '0' ? 0 : parseCount(text);
  if (value === undefined || value < least) throw new InvalidArgumentError(`It must be ${what}.`);
  return value;
};

const scenarioName = nameAmong(scenarios, 'scenario');
const scenarioNames = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').map(scenarioName),
];

const write = (file: string, text: string): void => {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new InputError(`${file}: ${refusal(error)}`);
  }
};

/** What failed, explained and saved, each once. */
class Report {
  readonly failures = new Map<string, Failure>();
  readonly files = new Map<string, readonly string[]>();
  hello: RunResult['adapter'] | null = null;

  constructor(
    readonly terminal: Terminal,
    readonly isQuiet: boolean,
  ) {}

  add(test: TestResult): void {
    const { out } = this.terminal;
    if (!this.isQuiet) out.write(renderTest(test, out));
    if (test.played?.kind === 'broken' && !this.isQuiet)
      out.write(`\n${test.played.message.replace(/^/gm, '      ')}\n\n`);
    if (test.played?.kind !== 'failed') return;
    const failure = explainFailure(this.hello!, test.played);
    this.failures.set(test.name, failure);
    // Only the first is shrunk and saved: with --keep-going there may be hundreds.
    if (this.files.size > 0) return;
    const files = [`zab-conform-${test.name}.test.json`, `zab-conform-${test.name}.log.ndjson`];
    write(files[0]!, formatTest({ name: test.name, ...test.played }));
    write(files[1]!, failure.log);
    this.files.set(test.name, files);
    if (!this.isQuiet) out.write(renderFailure(test, failure, files, out));
  }
}

const junitCase = ({ name, seconds, verdict, why }: TestResult, failure: Failure | undefined): JUnitCase => {
  if (verdict === 'passed') return { name, seconds };
  if (failure === undefined)
    return {
      name,
      seconds,
      outcome: { kind: verdict === 'failed' ? 'error' : 'skipped', message: why ?? verdict },
    };
  const message = `server ${failure.sid}, given ${failure.input}`;
  return { name, seconds, outcome: { kind: 'failure', message, text: failure.transcript.join('\n') } };
};

const finish = (result: RunResult, report: Report, flags: Flags, { out }: Terminal): number => {
  const { failures, files } = report;
  if (flags.json) out.write(`${JSON.stringify(runJson(result, failures, files), null, 2)}\n`);
  else out.write(renderRun(result, out));
  if (flags.junit !== undefined) {
    const cases = result.tests.map((test) => junitCase(test, failures.get(test.name)));
    write(flags.junit, junitXml([{ name: `zab conform ${result.adapter.adapter}`, cases }]));
  }
  if (flags.html !== undefined) write(flags.html, conformPage(result, [...failures]));
  return EXIT[result.verdict];
};

/** A saved test, once more. */
const replayed = async (hosts: Hosts, flags: Flags, report: Report): Promise<RunResult> => {
  const { name, setup, actions } = readTest(flags.replay!);
  const started = performance.now();
  const played = await replay(hosts, rulesOf(flags.variant), { setup, actions });
  const test: TestResult = {
    name,
    summary: `played again, ${played.actions.length} of its ${actions.length} actions`,
    verdict: played.kind === 'broken' ? 'failed' : played.kind,
    played,
    ...('message' in played && { why: played.message }),
    seconds: (performance.now() - started) / 1000,
  };
  report.add(test);
  return resultOf(
    report.hello!,
    flags.seed ?? 0,
    [test],
    played.handlers,
    rulesOf(flags.variant),
    test.seconds,
  );
};

/** An adapter that does not even start is a mistake of whoever gave its command. */
const asInputError = (error: unknown): unknown =>
  error instanceof AdapterError || error instanceof NotSupported
    ? new InputError(
        `${error.message}\nto see what it does of the protocol: zab conform --check-adapter --adapter …`,
      )
    : error;

const run = async (command: string, flags: Flags, terminal: Terminal): Promise<number> => {
  const hosts = processes(command, { timeoutMs: flags.timeout });
  const report = new Report(terminal, flags.json === true);
  try {
    report.hello = (await hosts.of([1])).get(1)!.hello;
    const { adapter, version } = report.hello;
    if (!flags.json) terminal.out.write(`${adapter} ${version} against ${flags.variant}\n\n`);
    const result = await interruptible(terminal, (interrupted) =>
      flags.replay !== undefined
        ? replayed(hosts, flags, report)
        : conform(hosts, {
            rules: rulesOf(flags.variant),
            seed: flags.seed ?? randomInt(SEEDS),
            walks: flags.walks,
            depth: flags.depth,
            ...(flags.keepGoing && { keepGoing: true }),
            ...(flags.test && { only: flags.test }),
            interrupted,
            onTest: (test) => report.add(test),
          }),
    );
    return finish(result, report, flags, terminal);
  } catch (error) {
    throw asInputError(error);
  } finally {
    await hosts.stop();
  }
};

/** Several implementations against the vectors of a folder. */
const vectors = async (commands: readonly string[], flags: Flags, { out }: Terminal): Promise<number> => {
  const suite = readSuite(flags.vectors!);
  const rules = rulesOf(flags.variant);
  const results: SuiteResult[] = [];
  for (const command of commands) {
    const hosts = processes(command, { timeoutMs: flags.timeout });
    try {
      results.push(await playSuite(hosts, rules, suite, flags.tier));
    } catch (error) {
      throw asInputError(error);
    } finally {
      await hosts.stop();
    }
  }
  const kills = flags.kills ? await killsOf(suite, flags.tier) : null;
  if (flags.json) out.write(`${JSON.stringify(suiteJson(results, kills), null, 2)}\n`);
  else {
    out.write(`Vectors of specification ${suite.specification}\n\n${renderMatrix(results)}`);
    out.write(`${renderFailures(results, out)}\n`);
    if (kills) out.write(`${renderKills(kills, out)}\n`);
  }
  if (flags.junit !== undefined) write(flags.junit, junitXml(results.flatMap(suitesOf)));
  const counts = results.flatMap(({ tiers }) => tiers.map((tier) => tier.counts));
  if (counts.some(({ failed }) => failed > 0)) return EXIT.failed;
  return counts.some(({ passed }) => passed > 0) && counts.every(({ inconclusive }) => inconclusive === 0)
    ? EXIT.passed
    : EXIT.inconclusive;
};

const suitesOf = ({ adapter, tiers }: SuiteResult) =>
  tiers.map(({ tier, counts, open, seconds }) => ({
    name: `${adapter.adapter} ${tier}`,
    cases: [
      { name: `${counts.passed} passed`, seconds },
      ...open.map(({ vector, verdict, why }): JUnitCase => {
        const kind = verdict === 'failed' ? 'failure' : 'skipped';
        const message = why === undefined ? verdict : `${verdict}: ${why}`;
        return { name: `${vector.id} ${vector.covers}`, seconds: 0, outcome: { kind, message } };
      }),
    ],
  }));

const conformOrCheck = async (flags: Flags, terminal: Terminal): Promise<number> => {
  const commands = (flags.adapter ?? []).filter((command) => command.trim() !== '');
  const [command] = commands;
  if (command === undefined)
    throw new InputError('say what to run: --adapter "python3 my-adapter.py" (docs/conformance.md)');
  if (flags.vectors !== undefined) {
    if (flags.html !== undefined)
      throw new InputError('--html goes with scenarios and walks; for vectors there are --json and --junit');
    return vectors(commands, flags, terminal);
  }
  if (flags.tier !== undefined || flags.kills) throw new InputError('--tier and --kills go with --vectors');
  if (commands.length > 1) throw new InputError('several adapters go with --vectors alone');
  if (!flags.checkAdapter) return run(command, flags, terminal);
  const check = await checkAdapter(command, { timeoutMs: flags.timeout });
  terminal.out.write(
    flags.json ? `${JSON.stringify(check, null, 2)}\n` : renderAdapterCheck(check, terminal.out),
  );
  return check.verdict === 'passed' ? EXIT.passed : EXIT.failed;
};

const tierNames = (text: string, before: readonly Tier[] = []): readonly Tier[] => [
  ...before,
  ...text.split(',').map((name) => {
    if ((TIERS as readonly string[]).includes(name)) return name as Tier;
    throw new InvalidArgumentError(`There are ${TIERS.join(', ')}.`);
  }),
];

export const conformCommand = (terminal: Terminal, done: (exitCode: number) => void): Command =>
  new Command('conform')
    .summary('hold another implementation against the specification')
    .description(
      'Drives servers of another implementation through an adapter: the command that is given is started once for each server and spoken to in JSON lines (docs/conformance.md). Scenarios come first, then walks drawn from a seed. What no run of the specification explains is shrunk to a short test, explained and saved.',
    )
    .option(
      '--adapter <command>',
      'how to start the adapter of one server',
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option('--check-adapter', 'only see whether the adapter keeps to the protocol')
    .option('--variant <name>', 'the specification to be held against', nameAmong(variants, 'variant'), 'zab')
    .option('--walks <n>', 'walks behind the scenarios', counted('a number of walks', 0), DEFAULT_WALKS)
    .option('--depth <n>', 'most actions of a walk', counted('a number of actions', 1), DEFAULT_DEPTH)
    .option('--seed <n>', 'what the walks are drawn from (default: any)', counted('a whole number', 0))
    .option('--test <names>', 'only these scenarios, by their names', scenarioNames)
    .option('--keep-going', 'on past a failure, to see every test')
    .option('--replay <file>', 'only a test that was saved')
    .option('--vectors <dir>', 'play the test vectors of a folder; several adapters make a table')
    .option('--tier <names>', `only these tiers of vectors: ${TIERS.join(', ')}`, tierNames)
    .option('--kills', 'with --vectors: which planted defects each tier notices')
    .option(
      '--timeout <ms>',
      'how long a reply may take',
      counted('milliseconds, at least 1', 1),
      DEFAULT_TIMEOUT_MS,
    )
    .option('--json', 'print the result as one JSON object')
    .option('--junit <file>', 'write the result as JUnit XML')
    .option('--html <file>', 'write the result as a page')
    .addHelpText('after', EXIT_CODES)
    .enablePositionalOptions()
    .addCommand(conformZooKeeperCommand(terminal, done))
    .action(async (flags: Flags) => done(await conformOrCheck(flags, terminal)));
