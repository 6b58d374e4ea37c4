/** Runs mutants in copies of the build, each copy used by one process at a time. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Coverage } from './coverage.js';
import type { Checkpoint } from './checkpoint.js';
import type { Judgement } from './judge.js';
import type { Mutant } from './mutants.js';
import { plantedStates, type Trial } from './trials.js';

/** Searches are bounded; what loops inside a handler is not. Time of the processor, so that a busy machine judges alike. */
const PATIENCE_CPU_SECONDS = 90;

/** A copy of the rooms that a search needs, in which one file at a time may be another. */
export class Copy {
  readonly #root = mkdtempSync(join(tmpdir(), 'zab-mutant-'));

  constructor(build: string, modules: string) {
    for (const room of ['spec', 'checker', 'traces/format'])
      cpSync(join(build, room), join(this.#root, room), { recursive: true, force: true });
    mkdirSync(this.#root, { recursive: true });
    writeFileSync(join(this.#root, 'package.json'), '{ "type": "module" }');
    symlinkSync(resolve(modules), join(this.#root, 'node_modules'));
  }

  async judge(mutant: Mutant | null, trials: readonly Trial[]): Promise<Judgement> {
    if (mutant?.kind !== 'generated') return this.#run(trials);
    const path = join(this.#root, mutant.file);
    const original = readFileSync(path, 'utf8');
    writeFileSync(path, mutant.text);
    try {
      return await this.#run(trials);
    } finally {
      writeFileSync(path, original);
    }
  }

  /** Judges the protocol itself by one trial, and says which of its code that ran. */
  async cover(trial: Trial): Promise<{ readonly judgement: Judgement; readonly coverage: Coverage }> {
    const folder = join(this.#root, 'coverage');
    const judgement = await this.#run([trial], { NODE_V8_COVERAGE: folder });
    const coverage = new Coverage(folder, this.#root);
    rmSync(folder, { recursive: true });
    return { judgement, coverage };
  }

  async #run(trials: readonly Trial[], env: Readonly<Record<string, string>> = {}): Promise<Judgement> {
    const script = join(this.#root, 'checker/zab/mutation/judge.js');
    try {
      const limited = `ulimit -t ${PATIENCE_CPU_SECONDS}; exec "$0" "$@"`;
      const { stdout } = await promisify(execFile)(
        'sh',
        ['-c', limited, process.execPath, script, JSON.stringify(trials)],
        { maxBuffer: 2 ** 26, env: { ...process.env, ...env } },
      );
      return JSON.parse(stdout) as Judgement;
    } catch (error) {
      const { signal, stderr, message } = error as { signal?: string; stderr?: string; message: string };
      const why = signal
        ? `still running after ${PATIENCE_CPU_SECONDS} s of processor time`
        : (stderr || message).trim();
      return {
        kind: 'stopped',
        message: why.split('\n').find((line) => /Error/.test(line)) ?? why.slice(0, 200),
      };
    }
  }

  remove(): void {
    rmSync(this.#root, { recursive: true });
  }
}

export interface Standard {
  readonly trial: Trial;
  readonly coverage: Coverage;
}

/** One trial of its own for a planted defect, for the others those standard ones that come by where they are. */
export const trialsFor = (mutant: Mutant, standard: readonly Standard[]): readonly Trial[] =>
  mutant.kind === 'planted'
    ? [{ name: 'its own bounds', config: mutant.config, maxStates: plantedStates }]
    : standard.filter(({ coverage }) => coverage.ran(mutant.file, mutant.position)).map(({ trial }) => trial);

/** Judges all that are not judged already, as many at a time as there are copies; in the order of the mutants. */
export const judgeAll = async (
  copies: readonly Copy[],
  mutants: readonly Mutant[],
  standard: readonly Standard[],
  checkpoint: Pick<Checkpoint, 'of' | 'add'> | null = null,
  onJudged: (mutant: Mutant, judgement: Judgement, done: number) => void = () => {},
): Promise<readonly Judgement[]> => {
  const judgements: Judgement[] = [];
  let [next, done] = [0, 0];
  const work = async (copy: Copy): Promise<void> => {
    for (let i = next++; i < mutants.length; i = next++) {
      const mutant = mutants[i]!;
      const known = checkpoint?.of(mutant);
      const trials = trialsFor(mutant, standard);
      const judgement: Judgement =
        known ?? (trials.length > 0 ? await copy.judge(mutant, trials) : { kind: 'survived', counts: [] });
      if (!known) checkpoint?.add(mutant, judgement);
      judgements[i] = judgement;
      onJudged(mutant, judgement, ++done);
    }
  };
  await Promise.all(copies.map(work));
  return judgements;
};
