/** `zab conform zookeeper`: real Apache ZooKeeper servers, played through the named scenarios and judged. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { InputError } from '../checker/errors.js';
import { refusal } from '../traces/file.js';
import { junitXml } from '../traces/junit.js';
import { playReal, type RealRun } from '../traces/zookeeper/live/conform.js';
import { whyNoZooKeeper } from '../traces/zookeeper/live/install.js';
import { realRunsPage } from '../traces/zookeeper/live/page.js';
import { realScenarios } from '../traces/zookeeper/live/scenarios.js';
import { nameAmong } from './adapter.js';
import { realRunJson, renderRealRun, renderRealRuns } from './conform-zookeeper-report.js';
import { interruptible } from './interrupt.js';
import { writePage } from './page.js';
import type { Terminal } from './terminal.js';

interface Flags {
  readonly scenario?: readonly string[];
  readonly captures?: string;
  readonly json?: true;
  readonly junit?: string;
  readonly html?: string;
}

const EXIT = { passed: 0, failed: 1, inconclusive: 3 } as const;
const TERMINATED = 143;

const scenarioName = nameAmong(realScenarios, 'scenario');

/** @throws InputError naming the file and what is wrong with it */
const write = (file: string, text: string): void => {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new InputError(`${file}: ${refusal(error)}`);
  }
};

const folder = (path: string): string => {
  try {
    mkdirSync(path, { recursive: true });
    return path;
  } catch (error) {
    throw new InputError(`${path}: ${refusal(error)}`);
  }
};

const verdictOf = (runs: readonly RealRun[], planned: number): keyof typeof EXIT => {
  if (runs.some(({ verdict }) => verdict === 'failed')) return 'failed';
  return runs.length === planned && runs.every(({ verdict }) => verdict === 'passed')
    ? 'passed'
    : 'inconclusive';
};

const junit = (runs: readonly RealRun[]): string =>
  junitXml([
    {
      name: 'zab conform zookeeper',
      cases: runs.map(({ name, seconds, verdict, why }) => ({
        name,
        seconds,
        ...(verdict !== 'passed' && {
          outcome: {
            kind: verdict === 'failed' ? ('failure' as const) : ('error' as const),
            message: why ?? verdict,
          },
        }),
      })),
    },
  ]);

const run = async (flags: Flags, terminal: Terminal): Promise<number> => {
  const missing = whyNoZooKeeper();
  if (missing !== null) throw new InputError(missing);
  const captures = flags.captures === undefined ? null : folder(flags.captures);
  const wanted = realScenarios.filter(({ name }) => flags.scenario?.includes(name) ?? true);
  const runs: RealRun[] = [];
  const terminated = (): void => terminal.exit(TERMINATED);
  process.once('SIGTERM', terminated);
  try {
    await interruptible(terminal, async (interrupted) => {
      for (const scenario of wanted) {
        if (interrupted()) break;
        const one = await playReal(scenario, interrupted);
        runs.push(one);
        if (captures !== null) write(join(captures, `${one.name}.ndjson`), one.capture);
        if (!flags.json) terminal.out.write(renderRealRun(one, terminal.out));
      }
    });
  } finally {
    process.off('SIGTERM', terminated);
  }
  const verdict = verdictOf(runs, wanted.length);
  terminal.out.write(
    flags.json
      ? `${JSON.stringify({ verdict, scenarios: runs.map(realRunJson) }, null, 2)}\n`
      : renderRealRuns(runs, verdict, terminal.out),
  );
  if (flags.junit !== undefined) write(flags.junit, junit(runs));
  if (flags.html !== undefined) writePage(flags.html, realRunsPage(runs, verdict));
  return EXIT[verdict];
};

export const conformZooKeeperCommand = (terminal: Terminal, done: (exitCode: number) => void): Command =>
  new Command('zookeeper')
    .summary('real Apache ZooKeeper servers, as they are installed')
    .description(
      "Starts servers of Debian's package zookeeper (3.8.0) with a proxy between them, plays scenarios, records every message, and judges each run under the variant zookeeper-3.8. The end is compared with the specification's. Two scenarios bring about defects that 3.8.0 is known for: the report names the invariant that the servers broke.",
    )
    .option(
      '--scenario <names>',
      `only these: ${realScenarios.map(({ name }) => name).join(', ')}`,
      (text: string, before: readonly string[] = []) => [...before, ...text.split(',').map(scenarioName)],
    )
    .option('--captures <dir>', 'keep what was recorded there, for zab validate --from zookeeper-capture')
    .option('--json', 'print the result as one JSON object')
    .option('--junit <file>', 'write the result as JUnit XML')
    .option('--html <file>', 'write the result as a page')
    .addHelpText(
      'after',
      '\nExit codes: 0 passed, 1 failed, 2 bad usage or nothing to run it with, 3 inconclusive: a moment was missed, or interrupted.',
    )
    .action(async (flags: Flags) => done(await run(flags, terminal)));
