/**
 * A search beside the explorer, in a thread of its own, so that the page is answered at once while it runs. Either of the
 * whole model, or from a state on to the nearest one that breaks an invariant or reaches a goal.
 */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Action } from '../../checker/model.js';
import type { Place } from '../page/data.js';

export interface Job {
  readonly model: string;
  readonly config: Place['config'];
  /** Where it starts; absent, at the model's own initial state. */
  readonly from?: readonly unknown[];
  /** `violation`, `goal`, or the name of a property; absent, everything is checked as `zab check` does. */
  readonly target?: string;
  /** Goals that are not looked for, since the way has reached them already. */
  readonly reached: readonly string[];
  readonly maxSeconds?: number;
}

export type Report =
  | {
      readonly type: 'progress';
      readonly depth: number;
      readonly distinct: number;
      readonly generated: number;
      readonly seconds: number;
    }
  | {
      readonly type: 'done';
      readonly verdict: 'verified' | 'violated' | 'incomplete';
      readonly bound: string | null;
      readonly depth: number;
      readonly distinct: number;
      readonly generated: number;
      readonly seconds: number;
      readonly violation: { readonly property: string; readonly path: readonly Action[] } | null;
    }
  | { readonly type: 'failed'; readonly message: string };

/** What is compiled lies beside this file, or, seen from the source, in dist. */
const workerFile = (): URL => {
  const urls = ['./search-worker.js', '../../dist/traces/explore/search-worker.js'];
  const found = urls.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url));
  if (found === undefined) throw new Error('search-worker.js is not built: npm run build');
  return found;
};

export class Background {
  #worker: Worker | undefined;

  /** At most one search at a time: a new one ends the one before. The last report is never of type progress. */
  start(job: Job, onReport: (report: Report) => void): void {
    this.stop();
    const worker = new Worker(workerFile(), { workerData: job });
    this.#worker = worker;
    let over = false;
    const tell = (report: Report): void => {
      if (over) return;
      over = report.type !== 'progress';
      onReport(report);
      if (over && this.#worker === worker) this.stop();
    };
    worker.on('message', tell);
    worker.on('error', (error) => tell({ type: 'failed', message: error.message }));
    // Stopped, or replaced by another: whoever waits for it must not wait for ever.
    worker.on('exit', () => tell({ type: 'failed', message: 'the search was stopped' }));
  }

  stop(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
  }
}

/** The last report of a search. */
export const finished = (background: Background, job: Job): Promise<Report> =>
  new Promise((resolve) => {
    background.start(job, (report) => {
      if (report.type !== 'progress') resolve(report);
    });
  });
