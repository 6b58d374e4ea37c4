/**
 * The progress of a search on stderr: one line that is rewritten in place on a terminal, a plain line every few seconds
 * elsewhere. Nobody knows where a search ends, so it shows how the frontier grows and shrinks.
 */
import pc from 'picocolors';
import type { Progress } from '../checker/result.js';
import { bytes, duration, short, sparkline } from './numbers.js';
import type { Output } from './terminal.js';

export interface ProgressLine {
  readonly update: (progress: Progress) => void;
  /** Leaves the stream at the start of an empty line. */
  readonly done: () => void;
}

export const silent: ProgressLine = { update: () => {}, done: () => {} };

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
  const { depth, distinct, generated, seconds, memoryBytes } = progress;
  const rate = seconds > 0 ? distinct / seconds : 0;
  return [
    `depth ${depth}`,
    `${short(distinct)} distinct`,
    `${short(rate)}/s`,
    `frontier ${short(progress.frontier + progress.nextFrontier)} ${frontier.trend(depth)}`,
    duration(seconds),
    `${short(generated)} generated`,
    bytes(memoryBytes),
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

export const liveProgress = (output: Output): ProgressLine => {
  const { cyan } = pc.createColors(output.color);
  const frontier = new Frontier();
  return {
    update: (progress) => {
      frontier.see(progress);
      output.write(`${ERASE}${cyan(line(parts(progress, frontier), output.columns))}`);
    },
    done: () => output.write(ERASE),
  };
};

export const plainProgress = (output: Output): ProgressLine => {
  const frontier = new Frontier();
  let next = PLAIN_SECONDS;
  return {
    update: (progress) => {
      frontier.see(progress);
      if (progress.seconds < next) return;
      next = progress.seconds + PLAIN_SECONDS;
      output.write(`${line(parts(progress, frontier), Number.POSITIVE_INFINITY)}\n`);
    },
    done: () => {},
  };
};

export const progressLine = (output: Output, quiet: boolean): ProgressLine => {
  if (quiet) return silent;
  return output.live ? liveProgress(output) : plainProgress(output);
};
