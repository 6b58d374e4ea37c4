/**
 * The progress of a search or of a simulation on stderr: one line that is rewritten in place on a terminal, a plain line every few seconds
 * elsewhere. Nobody knows where a search ends, so it shows how the frontier grows and shrinks.
 */
import pc from 'picocolors';
import type { RecoveryProgress } from '../checker/recovery/result.js';
import type { Progress } from '../checker/result.js';
import type { SimulateProgress } from '../checker/simulate/result.js';
import { bytes, duration, short, sparkline } from './numbers.js';
import type { Output } from './terminal.js';

export interface ProgressLine<P = Progress> {
  readonly update: (progress: P) => void;
  /** Leaves the stream at the start of an empty line. */
  readonly done: () => void;
}

export const silent: ProgressLine<unknown> = { update: () => {}, done: () => {} };

const PLAIN_SECONDS = 5;
const LEVELS_SHOWN = 16;

/** Sizes of the levels so far, the next one as far as it is known, and whether they grow. */
class Frontier {
  readonly #sizes: number[] = [];

  see({ depth, frontier, nextFrontier }: Progress): void {
    this.#sizes[depth] = Math.max(this.#sizes[depth] ?? 0, frontier);
    this.#sizes[depth + 1] = Math.max(this.#sizes[depth + 1] ?? 0, nextFrontier);
  }

  trend(depth: number): string {
    const before = this.#sizes[depth - 1] ?? 0;
    const now = this.#sizes[depth] ?? 0;
    return now > before ? '↗' : now < before ? '↘' : '→';
  }

  bars(): string {
    return sparkline(
      Array.from(this.#sizes.slice(-LEVELS_SHOWN), (size) => size ?? 0),
      LEVELS_SHOWN,
    );
  }
}

/** In the order in which they are dropped from a narrow terminal, last first. */
const parts = (progress: Progress, frontier: Frontier): readonly string[] => {
  const { depth, distinct, generated, seconds, memoryBytes, spilledBytes } = progress;
  const rate = seconds > 0 ? distinct / seconds : 0;
  return [
    `depth ${depth}`,
    `${short(distinct)} distinct`,
    `${short(rate)}/s`,
    `frontier ${short(progress.frontier + progress.nextFrontier)} ${frontier.trend(depth)}`,
    duration(seconds),
    `${short(generated)} generated`,
    bytes(memoryBytes),
    ...(spilledBytes > 0 ? [`${bytes(spilledBytes)} to disk`] : []),
    frontier.bars(),
  ];
};

/** As many parts as the width holds. */
const line = (all: readonly string[], columns: number): string => {
  let text = '';
  for (const part of all) {
    const longer = text === '' ? part : `${text} · ${part}`;
    if (longer.length >= columns) break;
    text = longer;
  }
  return text;
};

const ERASE = '\r\x1b[2K';

type Parts<P> = (progress: P) => readonly string[];

const liveProgress = <P>(output: Output, partsOf: Parts<P>): ProgressLine<P> => {
  const { cyan } = pc.createColors(output.color);
  return {
    update: (progress) => output.write(`${ERASE}${cyan(line(partsOf(progress), output.columns))}`),
    done: () => output.write(ERASE),
  };
};

const plainProgress = <P extends { readonly seconds: number }>(
  output: Output,
  partsOf: Parts<P>,
): ProgressLine<P> => {
  let next = PLAIN_SECONDS;
  return {
    update: (progress) => {
      const shown = partsOf(progress);
      if (progress.seconds < next) return;
      next = progress.seconds + PLAIN_SECONDS;
      output.write(`${line(shown, Number.POSITIVE_INFINITY)}\n`);
    },
    done: () => {},
  };
};

/** `partsOf` is asked at every progress, shown or not. */
const lineOf = <P extends { readonly seconds: number }>(
  output: Output,
  quiet: boolean,
  partsOf: Parts<P>,
): ProgressLine<P> => {
  if (quiet) return silent;
  return output.live ? liveProgress(output, partsOf) : plainProgress(output, partsOf);
};

export const progressLine = (output: Output, quiet: boolean): ProgressLine => {
  const frontier = new Frontier();
  return lineOf(output, quiet, (progress: Progress) => {
    frontier.see(progress);
    return parts(progress, frontier);
  });
};

export const simulationProgressLine = (output: Output, quiet: boolean): ProgressLine<SimulateProgress> =>
  lineOf(output, quiet, ({ walks, steps, taken, met, seconds }: SimulateProgress) => [
    `${short(walks)} walks`,
    `${short(steps)} steps`,
    `${short(seconds > 0 ? steps / seconds : 0)}/s`,
    `${short(taken)} of ${short(met)} transitions taken`,
    duration(seconds),
  ]);

export const recoveryProgressLine = (output: Output, quiet: boolean): ProgressLine<RecoveryProgress> =>
  lineOf(output, quiet, ({ asked, states, trapped, searches, seconds }: RecoveryProgress) => [
    `recovery of ${short(asked)} of ${short(states)} states`,
    `${short(trapped)} trapped`,
    `${short(searches)} searches`,
    duration(seconds),
  ]);
