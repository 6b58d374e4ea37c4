/**
 * What one thread does of a block. *Expand*: it takes chunks of states and logs their successors. *Insert*: it adds, from the logs
 * of all threads and in the order of the chunks, the fingerprints of its own partitions. *Settle*: it takes chunks again
 * and writes their new states where they belong in the next frontier.
 */
import { Findings } from './findings.js';
import { isSameLayout, type Layout, type Output, type Segment, type Span } from './frontier.js';
import { type LinkChunk, setLink } from './links.js';
import { Log, type LogMemory, logAt, type Piece } from './log.js';
import { type Loop, loopOver } from './loop.js';
import type { Memory } from './memory.js';
import { BLOCK_CHUNKS, type Block, CHUNK_STATES, type Kit, type Order, type Report } from './messages.js';
import type { Program } from './program.js';
import type { Resolver } from './reader.js';
import { Thrown } from './thrown.js';
import { Visited } from './visited.js';

const LOG_LENGTH = 1 << 20;
/** Most states that lack something lack it no more after so many rounds of questions. */
const ROUNDS = 4;
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

/** The new states of a block, wherever a chunk's own begin among them. */
class Allotted implements Output {
  cells: Int32Array;
  private span = 0;
  /** Of the records of the present span, those given out. */
  private used = 0;
  private state = 0;

  constructor(
    readonly layout: Layout,
    private readonly spans: readonly Span[],
    private readonly base: number,
    private readonly links: readonly LinkChunk[],
  ) {
    this.cells = spans[0]!.cells;
  }

  seek(offset: number): void {
    this.state = this.base + offset;
    this.span = 0;
    this.used = offset;
    while (this.span < this.spans.length - 1 && this.used >= this.spans[this.span]!.count) {
      this.used -= this.spans[this.span]!.count;
      this.span++;
    }
    this.cells = this.spans[this.span]!.cells;
  }

  record(parent: number, action: number): number {
    if (this.used === this.spans[this.span]!.count) {
      this.span++;
      this.used = 0;
      this.cells = this.spans[this.span]!.cells;
    }
    setLink(this.links, this.state++, parent, action);
    return this.spans[this.span]!.record + this.used++ * this.layout.stride;
  }
}

export class Hand {
  private readonly log: Log;
  private readonly findings: Findings;
  private readonly expander: Loop['expander'];
  private readonly settler: Loop['settler'];
  private readonly visited: Visited;
  private block: Block | undefined;
  private logs: readonly LogMemory[] = [];
  private putOff: PutOff[] = [];

  constructor(
    private readonly memory: Memory,
    program: Program,
    private readonly assistant: Assistant,
    private readonly kit: Kit,
  ) {
    const { open, actions, visited, thread, threads, webAssembly } = kit;
    this.findings = new Findings(open, false);
    this.log = new Log(memory, LOG_LENGTH, program.permutations > 0);
    const loop = loopOver(memory, program, assistant, this.findings, this.log, {
      trustful: true,
      webAssembly,
      actions,
    });
    this.expander = loop.expander;
    this.settler = loop.settler;
    this.visited = new Visited(visited, webAssembly, thread, threads);
  }

  obey(order: Order): Report {
    switch (order.type) {
      case 'expand':
        this.block = order.block;
        return this.expanded();
      case 'insert':
        this.logs = order.logs.map((place) => logAt(this.memory, place));
        for (let chunk = 0; chunk < order.chunks; chunk++) this.insert(chunk);
        return { type: 'inserted' };
      case 'settle': {
        const { layout } = this.block!;
        const output = new Allotted(
          // The very same, where it is, so that records are patched instead of packed anew.
          isSameLayout(order.layout, layout) ? layout : order.layout,
          order.spans,
          order.base,
          order.links,
        );
        this.assistant.insists = false;
        this.eachChunk((chunk) => this.settle(chunk, order.offsets[chunk]!, output));
        return this.settled();
      }
    }
  }

  private expanded(): Report {
    const { assistant, log } = this;
    log.count = 0;
    this.putOff = [];
    try {
      assistant.insists = false;
      this.eachChunk((chunk) => {
        this.expand(chunk);
        this.expandPutOff();
      });
      this.finish();
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      return { type: 'failed' };
    }
    log.memory.won.fill(0, 0, log.count);
    return { type: 'expanded', log: log.place };
  }

  /** Does what has been put off: at first all together, in the end one after another, so that the model may throw. */
  private finish(): void {
    const { assistant } = this;
    for (let round = 1; this.putOff.length > 0; round++) {
      assistant.insists = round > ROUNDS;
      assistant.awaitAnswers();
      this.expandPutOff();
    }
  }

  /** Chunks as long as there are any that no thread has taken. */
  private eachChunk(f: (chunk: number) => void): void {
    const { from, to } = this.block!;
    const chunks = Math.ceil((to - from) / CHUNK_STATES);
    for (;;) {
      const chunk = Atomics.add(this.kit.directory.ticket, 0, 1);
      if (chunk >= chunks) return;
      f(chunk);
    }
  }

  private bounds(chunk: number): { from: number; to: number; first: number; starts: Int32Array } {
    const { from, to, first } = this.block!;
    const begin = from + chunk * CHUNK_STATES;
    const at = chunk * (CHUNK_STATES + 1);
    return {
      from: begin,
      to: Math.min(to, begin + CHUNK_STATES),
      first: first + chunk * CHUNK_STATES,
      starts: this.kit.directory.starts.subarray(at, at + CHUNK_STATES + 1),
    };
  }

  private expand(chunk: number): void {
    const { from, to, first, starts } = this.bounds(chunk);
    const { kit, block, expander } = this;
    const segment = this.segment(to);
    expander.expand(segment, from, to, first, block!.depth, starts, NO_LIMIT);
    kit.directory.owners[chunk] = kit.thread;
    const states = expander.putOff;
    if (states.length > 0)
      this.putOff.push({ chunk, states, pieces: new Map(), asked: this.assistant.asked });
  }

  /** Does the states that were put off, as far as the tables have by now what they lacked. */
  private expandPutOff(): void {
    if (this.putOff.length === 0) return;
    // They come before others that have been logged already.
    this.expander.trustful = false;
    this.putOff = this.putOff.filter((one) => !this.complete(one));
    this.expander.trustful = true;
  }

  /** True if none of the chunk's states is left. */
  private complete(one: PutOff): boolean {
    const { chunk, states, pieces } = one;
    const { assistant, block, expander, log } = this;
    if (!assistant.insists && !assistant.hasAnswered(one.asked)) return false;
    const { from, to, first, starts } = this.bounds(chunk);
    const segment = this.segment(to);
    const piece = new Int32Array(2);
    for (const state of states) {
      if (pieces.has(state)) continue;
      const at = from + state;
      expander.expand(segment, at, at + 1, first + state, block!.depth, piece, NO_LIMIT);
      if (expander.putOff.length === 0) pieces.set(state, { start: piece[0]!, end: piece[1]! });
    }
    one.asked = assistant.asked;
    if (pieces.size < states.length) return false;
    log.assemble(starts.subarray(0, to - from + 1), states, pieces);
    return true;
  }

  private segment(count: number): Segment {
    return { cells: this.block!.cells, layout: this.block!.layout, count };
  }

  private insert(chunk: number): void {
    const { directory, thread } = this.kit;
    const { from, to, starts } = this.bounds(chunk);
    const log = this.logs[directory.owners[chunk]!]!;
    const end = starts[to - from]!;
    directory.wins[thread * BLOCK_CHUNKS + chunk] = this.visited.addAll(
      log.keyLo,
      log.keyHi,
      starts[0]!,
      end,
      log.won,
    );
  }

  private settle(chunk: number, offset: number, output: Allotted): void {
    const { from, to, first, starts } = this.bounds(chunk);
    const log = this.logs[this.kit.directory.owners[chunk]!]!;
    output.seek(offset);
    this.settler.settle(this.segment(to), from, to, first, this.block!.depth, starts, log, output);
  }

  private settled(): Report {
    return {
      type: 'settled',
      findings: this.findings.take(),
      questions: this.settler.questions.splice(0),
      totals: {
        generated: this.expander.generated,
        terminal: this.expander.terminal,
        coverage: this.expander.coverage,
        members: this.expander.members,
      },
    };
  }
}
