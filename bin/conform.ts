/** `zab conform`: whether an implementation does only what the specification allows. */
import { Command } from 'commander';
import { InputError } from '../checker/errors.js';
import { checkAdapter } from '../traces/conform/check.js';
import { DEFAULT_TIMEOUT_MS } from '../traces/conform/process.js';
import { renderAdapterCheck } from './conform-check.js';
import { parseCount } from './numbers.js';
import type { Terminal } from './terminal.js';

interface Flags {
  readonly adapter?: string;
  readonly checkAdapter?: true;
  readonly timeout: number;
  readonly json?: true;
}

const milliseconds = (text: string): number => {
  const value = parseCount(text);
  if (value === undefined || value <= 0)
    throw new InputError(`--timeout ${text}: must be milliseconds, at least 1`);
  return value;
};

const conform = async (flags: Flags, terminal: Terminal): Promise<number> => {
  if (flags.adapter === undefined || flags.adapter.trim() === '')
    throw new InputError('say what to run: --adapter "python3 my-adapter.py" (docs/conformance.md)');
  const check = await checkAdapter(flags.adapter, { timeoutMs: flags.timeout });
  terminal.out.write(
    flags.json ? `${JSON.stringify(check, null, 2)}\n` : renderAdapterCheck(check, terminal.out),
  );
  return check.verdict === 'passed' ? 0 : 1;
};

export const conformCommand = (terminal: Terminal, done: (exitCode: number) => void): Command =>
  new Command('conform')
    .summary('hold another implementation against the specification')
    .description(
      'Drives servers of another implementation through an adapter: the command that is given is started once for each server and spoken to in JSON lines (docs/conformance.md).',
    )
    .option('--adapter <command>', 'how to start the adapter of one server')
    .option('--check-adapter', 'only see whether the adapter keeps to the protocol')
    .option('--timeout <ms>', 'how long a reply may take', milliseconds, DEFAULT_TIMEOUT_MS)
    .option('--json', 'print the result as one JSON object')
    .action(async (flags: Flags) => done(await conform(flags, terminal)));
