/** Two-phase commit by Spin's compiled verifier, where Spin and a C compiler are installed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cost, measure } from './measure.js';

const source = fileURLToPath(new URL('../../bench/two-phase-commit.pml', import.meta.url));

const quietly = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Null if it is not there. */
export const spinVersion = (): string | null => {
  try {
    quietly('gcc', ['--version'], '.');
    return quietly('spin', ['-V'], '.').trim();
  } catch {
    return null;
  }
};

export interface SpinResult {
  readonly distinct: number;
  /** Transitions, and the initial state, as the checkers count; from a hundred million on, Spin rounds to seven digits. */
  readonly generated: number;
  readonly cost: Cost | null;
}

const count = (output: string, pattern: RegExp): number => Number(pattern.exec(output)![1]);

/** As fast as Spin gets: depth first, optimized, no liveness, no reduction. Compiling is not counted. */
export const spinTwoPhaseCommit = async (participants: number): Promise<SpinResult> => {
  const folder = mkdtempSync(join(tmpdir(), 'zab-spin-'));
  try {
    quietly('spin', ['-a', `-DN=${participants}`, source], folder);
    quietly('gcc', ['-O2', '-DSAFETY', '-DNOREDUCE', '-o', 'pan', 'pan.c'], folder);
    const { stdout, cost } = await measure('./pan', [], folder);
    if (!/errors: 0/.test(stdout)) throw new Error(`Spin found an error: ${stdout}`);
    return {
      distinct: count(stdout, /([\d.e+]+) states, stored/),
      generated: count(stdout, /([\d.e+]+) transitions/),
      cost,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};
