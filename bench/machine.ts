/** Where and when figures were taken, without which they mean nothing. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  /** The commit that was measured; null outside a checkout. */
  readonly commit: string | null;
  /** Of the last minute, before the first run: figures from a busy machine are worth little. */
  readonly load: number;
}

const commitHere = (): string | null => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
};

export const thisMachine = (): Machine => ({
  date: new Date().toISOString().slice(0, 10),
  processor: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  commit: commitHere(),
  load: Math.round(loadavg()[0]! * 10) / 10,
});

export const describeMachine = ({ date, processor, cores, memoryGiB, node, commit, load }: Machine): string =>
  `${date}, commit ${commit ?? 'unknown'}, Node.js ${node}, ${processor}, ${cores} cores, ${memoryGiB} GiB, load ${load}` +
  (load > cores / 2 ? ' (BUSY: provisional figures)' : '');
