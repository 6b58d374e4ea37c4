/** `zab ensemble`: a whole ensemble on this machine, each server a process of its own, until Ctrl-C. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import pc from 'picocolors';
import { InputError } from '../checker/errors.js';
import { SERVER_FLAGS } from './collector.js';
import { stopSignal } from './signals.js';
import type { Terminal } from './terminal.js';
import type { Ensemble } from '../impl/ensemble.js';
import type { Health } from '../impl/status.js';

interface Flags {
  readonly servers: string;
  readonly observers: string;
  readonly port: string;
  readonly dir?: string;
  readonly trace?: string;
}

const LOOK_EVERY_MS = 200;
const MOST_SERVERS = 99;
const MOST_PORT = 65_000;

/** @throws InputError naming the flag */
const numberOf = (flag: string, text: string, least: number, most: number): number => {
  const n = Number(text);
  if (!Number.isInteger(n) || n < least || n > most)
    throw new InputError(`--${flag} '${text}': a number from ${least} to ${most}`);
  return n;
};

const roleOf = (health: Health | null): string => {
  if (health === null) return 'down';
  if (!health.serving)
    return health.role === 'LOOKING'
      ? 'looking'
      : `${health.role.toLowerCase()}, ${health.phase.toLowerCase()}`;
  return { LEADING: 'leader', FOLLOWING: 'follower', OBSERVING: 'observer' }[health.role] ?? health.role;
};

/** A line whenever something has changed. */
class Watch {
  #shown = '';

  constructor(
    readonly ensemble: Ensemble,
    readonly terminal: Terminal,
  ) {}

  async look(): Promise<void> {
    const { ensemble, terminal } = this;
    const { bold, green, yellow } = pc.createColors(terminal.out.color);
    const all = await Promise.all(ensemble.sids.map((sid) => ensemble.health(sid)));
    const leader = all.find((health) => health?.serving && health.role === 'LEADING');
    const head = leader
      ? green(bold(`server ${leader.id} leads epoch ${leader.epoch}`))
      : yellow('no leader');
    const servers = ensemble.sids.map((sid, i) => `${sid} ${roleOf(all[i]!)}`).join(' · ');
    const line = `${head}  ${servers}`;
    if (line === this.#shown) return;
    this.#shown = line;
    terminal.out.write(`${line}\n`);
  }
}

/** The last thing that a server said before it ended. */
const lastLine = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  } catch {
    return '';
  }
};

const runEnsemble = async (flags: Flags, terminal: Terminal): Promise<number> => {
  const { Ensemble: Ensembles } = await import('../impl/ensemble.js');
  const folder = flags.dir ?? mkdtempSync(join(tmpdir(), 'zab-ensemble-'));
  const voters = numberOf('servers', flags.servers, 1, MOST_SERVERS);
  const ensemble: Ensemble = new Ensembles({
    voters,
    observers: numberOf('observers', flags.observers, 0, MOST_SERVERS - voters),
    firstPort: numberOf('port', flags.port, 1, MOST_PORT),
    folder,
    command: [
      process.execPath,
      ...SERVER_FLAGS,
      fileURLToPath(new URL('./zab.js', import.meta.url)),
      'serve',
    ],
    ...(flags.trace === undefined ? {} : { traceFolder: flags.trace }),
    ended: (sid, how) =>
      terminal.err.write(`zab: server ${sid} ended (${how}): ${lastLine(ensemble.logFile(sid))}\n`),
  });
  const signal = stopSignal(terminal);
  for (const sid of ensemble.sids) ensemble.start(sid);
  terminal.out.write(`clients: ${ensemble.connectString}\nfolder:  ${folder}\n`);
  const watch = new Watch(ensemble, terminal);
  let isOver = false;
  void signal.promise.then(() => {
    isOver = true;
  });
  while (!isOver && ensemble.sids.some((sid) => ensemble.isRunning(sid))) {
    await watch.look();
    await Promise.race([signal.promise, new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))]);
  }
  await ensemble.stopAll();
  signal.release();
  if (flags.dir === undefined) rmSync(folder, { recursive: true, force: true });
  return isOver ? 0 : 1;
};

export const ensembleCommand = (terminal: Terminal, done: (exitCode: number) => void): Command =>
  new Command('ensemble')
    .description('runs a whole ensemble on this machine, and shows who leads, until Ctrl-C')
    .option('--servers <n>', 'servers that vote', '3')
    .option('--observers <n>', 'servers that do not', '0')
    .option(
      '--port <n>',
      'client port of server 1; the others follow, peers 100, health 200 and express 300 above',
      '2181',
    )
    .option(
      '--dir <dir>',
      'configuration, data and logs; an ensemble that is there goes on (default: gone at the end)',
    )
    .option('--trace <dir>', 'record every event and its effects there, as traces')
    .action(async (flags: Flags) => done(await runEnsemble(flags, terminal)));
