/** `zab serve`: one server of an ensemble, until it is told to stop. */
import { Command } from 'commander';
import { InputError } from '../checker/errors.js';
import { EXAMPLE_CONFIG } from '../impl/example.js';
import { readTextFile } from '../traces/file.js';
import { collectLittle, SERVER_FLAGS } from './collector.js';
import { stopSignal } from './signals.js';
import type { Terminal } from './terminal.js';

interface Flags {
  readonly config: string;
  readonly id: string;
  readonly trace?: string;
}

/** The server stopped by itself, because going on would be guessing. */
const FAILED = 1;

const HELP = `
One file serves all servers of an ensemble. peer: UDP, for the other servers; express: UDP too, for what
they send in one datagram; client: TCP, for ZooKeeper's clients; http: health and metrics. Without a key the servers talk over loopback only. Times are in milliseconds, limits in ticks.
Only servers and, in each, peer and dataFolder are needed.

${EXAMPLE_CONFIG}
Fewer collections, for some 20 MB more, as zab ensemble starts its servers:
  node ${SERVER_FLAGS.join(' ')} "$(command -v zab)" serve ...
`;

/** Mistakes of whoever set the server up, as opposed to ours. */
const isMistake = (error: unknown): error is Error =>
  error instanceof Error &&
  (['ConfigError', 'CorruptStore', 'FolderInUse', 'RangeError'].includes(error.name) ||
    /^(EADDRINUSE|EADDRNOTAVAIL|EACCES|ENOTFOUND|ENOTDIR|EROFS)$/.test(
      (error as NodeJS.ErrnoException).code ?? '',
    ) ||
    /address already in use/i.test(error.message));

const serve = async ({ config: file, id, trace }: Flags, terminal: Terminal): Promise<number> => {
  // Native packages that no other subcommand needs.
  const [{ Node, parseConfig }, { pino }] = await Promise.all([import('../impl/index.js'), import('pino')]);
  collectLittle();
  const text = readTextFile(file);
  let failed = (_: unknown): void => {};
  const failure = new Promise<unknown>((resolve) => {
    failed = resolve;
  });
  try {
    const config = parseConfig(text);
    const logger = pino({ level: config.level, base: { sid: Number(id) } }, terminal.out);
    const options = { config, sid: Number(id), logger, failed };
    terminal.outliveDisk?.();
    const node = await Node.start(trace === undefined ? options : { ...options, traceFolder: trace });
    const signal = stopSignal(terminal);
    const reason = await Promise.race([
      signal.promise.then(() => null),
      failure.then((error) => ({ error })),
    ]);
    signal.release();
    await node.stop();
    return reason === null ? 0 : FAILED;
  } catch (error) {
    if (!isMistake(error)) throw error;
    const lines = error.message.split('\n');
    throw new InputError(
      error.name === 'ConfigError' ? lines.map((line) => `${file}: ${line}`).join('\n') : error.message,
    );
  }
};

export const serveCommand = (terminal: Terminal, done: (exitCode: number) => void): Command =>
  new Command('serve')
    .description('runs one server of an ensemble, the checked reducer on UDP and a durable log, until Ctrl-C')
    .requiredOption('--config <file>', 'the configuration of the ensemble (an example is below)')
    .requiredOption('--id <n>', 'which of its servers this is')
    .option('--trace <dir>', 'record every event and its effects there, as a trace')
    .addHelpText('after', HELP)
    .action(async (flags: Flags) => done(await serve(flags, terminal)));
