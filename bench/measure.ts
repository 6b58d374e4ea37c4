/**
 * Runs a command as a process of its own and says what it cost: processor time of the whole process (compiler and garbage
 * collector threads included), wall time, peak resident memory. GNU time knows, where it is installed; without it a Node
 * process tells of itself (see one.ts), and others cannot be measured.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Cost {
  /** User and system. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakBytes: number;
}

export interface Measured {
  readonly stdout: string;
  /** Null where nobody could tell. */
  readonly cost: Cost | null;
}

const GNU_TIME = '/usr/bin/time';

const field = (report: string, name: string): string => new RegExp(`${name}[^:]*: (.+)`).exec(report)![1]!;

/** What `time -v` reports; the wall time is the parent's, to the millisecond. */
export const parseTime = (report: string, wallSeconds: number): Cost => ({
  cpuSeconds: Number(field(report, 'User time')) + Number(field(report, 'System time')),
  wallSeconds,
  peakBytes: Number(field(report, 'Maximum resident set size')) * 1024,
});

const execute = (command: string, args: readonly string[], cwd?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { maxBuffer: 2 ** 26, ...(cwd && { cwd }) };
    execFile(command, args, options, (error, stdout, stderr) =>
      error ? reject(new Error(`${command} ${args.join(' ')}: ${stderr || error.message}`)) : resolve(stdout),
    );
  });

/** @throws Error if the command fails */
export const measure = async (command: string, args: readonly string[], cwd?: string): Promise<Measured> => {
  const started = performance.now();
  const wall = () => (performance.now() - started) / 1000;
  if (!existsSync(GNU_TIME)) return { stdout: await execute(command, args, cwd), cost: null };
  const folder = mkdtempSync(join(tmpdir(), 'zab-bench-'));
  try {
    const file = join(folder, 'time');
    const stdout = await execute(GNU_TIME, ['-v', '-o', file, command, ...args], cwd);
    return { stdout, cost: parseTime(readFileSync(file, 'utf8'), wall()) };
  } finally {
    rmSync(folder, { recursive: true });
  }
};
