/**
 * What one thread expands of a block: chunks of its states, which it takes in turn with the others, into a log of its own.
 * States that lack an answer are put off, and done when it has come.
 */
import type { Segment } from './frontier.js';
import type { Log, LogPlace, Piece } from './log.js';
import type { Loop } from './loop.js';
import type { Block, Directory } from './messages.js';
import type { Resolver } from './reader.js';
import { Thrown } from './thrown.js';
import { minus, noTotals, plus, snapshot, type Totals } from './totals.js';

const NO_LIMIT = Number.POSITIVE_INFINITY;

/** A resolver that may put off what it is asked for. */
export interface Assistant extends Resolver {
  /** Whether it has to find out at once; the model may throw then. */
  insists: boolean;
  /** Questions put so far, and whether the first so many of them have been answered. */
  readonly asked: number;
  hasAnswered(asked: number): boolean;
  /** Waits until all have been. */
  awaitAnswers(): void;
}

/** States of a chunk that were put off, by their place in it, and those of them done since. */
interface PutOff {
  readonly chunk: number;
  readonly states: readonly number[];
  readonly pieces: Map<number, Piece>;
  /** Questions that were put up to then. */
  asked: number;
}

/** A chunk of a block: its records, the number of its first state, and where the successors of each are logged. */
export interface Chunk {
  readonly segment: Segment;
  readonly from: number;
  readonly to: number;
  readonly first: number;
  readonly starts: Int32Array;
}

export const chunkOf = (block: Block, { starts }: Directory, chunk: number): Chunk => {
  const { chunkStates } = block;
  const from = block.from + chunk * chunkStates;
  const to = Math.min(block.to, from + chunkStates);
  const at = chunk * (chunkStates + 1);
  return {
    segment: { cells: block.cells, layout: block.layout, count: to },
    from,
    to,
    first: block.first + chunk * chunkStates,
    starts: starts.subarray(at, at + to - from + 1),
  };
};

export const chunksOf = ({ from, to, chunkStates }: Block): number => Math.ceil((to - from) / chunkStates);

/** The next chunk that no thread has taken; none if it is not less than their number. */
export const take = (ticket: Directory['toExpand']): number => Atomics.add(ticket, 0, 1);

export class Expansion {
  /** A state cannot be expanded: the model has thrown. */
  failed = false;
  /** What this thread has counted of the block. */
  totals: Totals;
  private putOff: PutOff[] = [];

  constructor(
    readonly block: Block,
    readonly directory: Directory,
    readonly log: Log,
    private readonly thread: number,
    private readonly expander: Loop['expander'],
    private readonly assistant: Assistant,
  ) {
    log.count = 0;
    this.totals = noTotals(expander.coverage.length);
  }

  /** Whether nothing is left that was put off. */
  get isDone(): boolean {
    return this.failed || this.putOff.length === 0;
  }

  /** Expands the next chunk; false if there is none. */
  draw(): boolean {
    if (this.failed) return false;
    const chunk = take(this.directory.toExpand);
    if (chunk >= chunksOf(this.block)) return false;
    this.attempt(() => this.expand(chunk));
    return true;
  }

  /** Does the states that were put off, as far as the tables have by now what they lacked. @returns whether that completes a chunk. */
  retry(): boolean {
    const { assistant, expander, putOff } = this;
    const isReady = (one: PutOff): boolean => assistant.insists || assistant.hasAnswered(one.asked);
    if (this.failed || !putOff.some(isReady)) return false;
    this.attempt(() => {
      // They come before others that have been logged already.
      expander.trustful = false;
      this.putOff = putOff.filter((one) => !isReady(one) || !this.complete(one));
    });
    expander.trustful = true;
    return this.putOff.length < putOff.length;
  }

  /** Nothing of it is new yet. @returns where it has been logged. */
  finished(): LogPlace {
    const { memory, count, place } = this.log;
    memory.won.fill(0, 0, count);
    return place;
  }

  private attempt(work: () => void): void {
    const { expander } = this;
    const before = snapshot(expander);
    expander.log = this.log;
    try {
      work();
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      expander.takeBack();
      this.failed = true;
    }
    this.totals = plus(this.totals, minus(snapshot(expander), before));
  }

  private expand(chunk: number): void {
    const { assistant, block, directory, expander, thread } = this;
    const { segment, from, to, first, starts } = chunkOf(block, directory, chunk);
    expander.expand(segment, from, to, first, block.depth, starts, NO_LIMIT);
    directory.owners[chunk] = thread;
    const states = expander.putOff;
    if (states.length > 0) this.putOff.push({ chunk, states, pieces: new Map(), asked: assistant.asked });
  }

  /** True if none of the chunk's states is left. */
  private complete(one: PutOff): boolean {
    const { chunk, states, pieces } = one;
    const { assistant, block, directory, expander, log } = this;
    const { segment, from, first, starts } = chunkOf(block, directory, chunk);
    const piece = new Int32Array(2);
    for (const state of states) {
      if (pieces.has(state)) continue;
      const at = from + state;
      expander.expand(segment, at, at + 1, first + state, block.depth, piece, NO_LIMIT);
      if (expander.putOff.length === 0) pieces.set(state, { start: piece[0]!, end: piece[1]! });
    }
    one.asked = assistant.asked;
    if (pieces.size < states.length) return false;
    log.assemble(starts, states, pieces);
    return true;
  }
}
