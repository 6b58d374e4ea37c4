/**
 * What one thread does of a block. *Expand*: it takes chunks of states and logs their successors; a state for which the
 * tables lack something is put off, and completed when they have it. *Insert*: it adds, from the logs
 * of all threads and in the order of the chunks, the fingerprints of its own partitions. *Settle*: it takes chunks again
 * and writes their new states where they belong in the next frontier.
 */
import { Findings } from './findings.js';
import { isSameLayout, type Layout, type Output, type Segment, type Span } from './frontier.js';
import { type LinkChunk, setLink } from './links.js';
import { Log, type LogMemory, logAt, type Piece } from './log.js';
import { type Loop, loopOver } from './loop.js';
import { Memory } from './memory.js';
import { BLOCK_CHUNKS, type Block, CHUNK_STATES, type Order, type Outfit, type Report } from './messages.js';
import { Misses } from './misses.js';
import { Thrown } from './thrown.js';
import { Visited } from './visited.js';

const LOG_LENGTH = 1 << 20;
const NO_LIMIT = Number.POSITIVE_INFINITY;

/** States of a chunk for which the tables lacked something, by their place in it, and those of them done since. */
interface PutOff {
  readonly chunk: number;
  readonly missed: readonly number[];
  readonly pieces: Map<number, Piece>;
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
  private readonly memory: Memory;
  private readonly log: Log;
  private readonly findings: Findings;
  private readonly misses: Misses;
  private readonly expander: Loop['expander'];
  private readonly settler: Loop['settler'];
  private readonly visited: Visited;
  private block: Block | undefined;
  private logs: readonly LogMemory[] = [];
  private putOff: PutOff[] = [];

  constructor(private readonly outfit: Outfit) {
    const { program, open, actions, visited, webAssembly } = outfit;
    const memory = new Memory(outfit.store);
    this.memory = memory;
    this.findings = new Findings(open, false);
    this.misses = new Misses(program);
    this.log = new Log(memory, LOG_LENGTH, program.permutations > 0);
    const loop = loopOver(memory, program, this.misses, this.findings, this.log, {
      trustful: true,
      webAssembly,
      actions,
    });
    this.expander = loop.expander;
    this.settler = loop.settler;
    this.visited = new Visited(visited, webAssembly, outfit.thread, outfit.threads);
  }

  obey(order: Order): Report {
    switch (order.type) {
      case 'expand':
        this.block = order.block;
        this.log.count = 0;
        this.putOff = [];
        return this.expanded(() => this.eachChunk((chunk) => this.expand(chunk)));
      case 'again':
        return this.expanded(() => {
          this.putOff = this.putOff.filter((put) => !this.expandMissed(put));
        });
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
        this.eachChunk((chunk) => this.settle(chunk, order.offsets[chunk]!, output));
        return this.settled();
      }
    }
  }

  /** Chunks as long as there are any that no thread has taken. */
  private eachChunk(f: (chunk: number) => void): void {
    const { from, to } = this.block!;
    const chunks = Math.ceil((to - from) / CHUNK_STATES);
    for (;;) {
      const chunk = Atomics.add(this.outfit.directory.ticket, 0, 1);
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
      starts: this.outfit.directory.starts.subarray(at, at + CHUNK_STATES + 1),
    };
  }

  private expand(chunk: number): void {
    const { from, to, first, starts } = this.bounds(chunk);
    const { outfit } = this;
    const missed: number[] = [];
    for (let at = from; at < to; at++) {
      at = this.expander.expand(
        this.segment(to),
        at,
        to,
        first + at - from,
        this.block!.depth,
        starts.subarray(at - from),
        NO_LIMIT,
      );
      if (at < to) missed.push(at - from);
    }
    outfit.directory.owners[chunk] = outfit.thread;
    if (missed.length > 0) this.putOff.push({ chunk, missed, pieces: new Map() });
  }

  /** Does the states that were put off, as far as the tables have by now what they lacked; true if none is left. */
  private expandMissed({ chunk, missed, pieces }: PutOff): boolean {
    const { from, to, first, starts } = this.bounds(chunk);
    const { log, block } = this;
    const piece = new Int32Array(2);
    for (const at of missed) {
      const record = from + at;
      if (pieces.has(at)) continue;
      // It comes before others that have been logged already.
      this.expander.forget();
      const next = this.expander.expand(
        this.segment(to),
        record,
        record + 1,
        first + at,
        block!.depth,
        piece,
        NO_LIMIT,
      );
      if (next === record) continue;
      pieces.set(at, { start: piece[0]!, end: piece[1]! });
    }
    if (pieces.size < missed.length) return false;
    log.assemble(starts.subarray(0, to - from + 1), missed, pieces);
    return true;
  }

  private segment(count: number): Segment {
    return { cells: this.block!.cells, layout: this.block!.layout, count };
  }

  private expanded(work: () => void): Report {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      this.misses.trouble();
    }
    this.log.memory.won.fill(0, 0, this.log.count);
    return { type: 'expanded', misses: this.misses.take(), log: this.log.place };
  }

  private insert(chunk: number): void {
    const { directory, thread } = this.outfit;
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
    const log = this.logs[this.outfit.directory.owners[chunk]!]!;
    output.seek(offset);
    this.settler.settle(this.segment(to), from, to, first, this.block!.depth, starts, log, output);
  }

  private settled(): Report {
    // What the settler missed comes back as questions.
    this.misses.take();
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
