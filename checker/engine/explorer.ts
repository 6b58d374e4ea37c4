/**
 * Explores the frontier on this thread. A block of states is *expanded* into a log of successors, the log is *inserted*
 * into the visited set, and the successors that were new are *settled*. In blocks, because the many probes of a log
 * overlap their cache misses, and because that is how the work is divided among threads. Blocks are cut anyhow, and
 * nothing depends on where: a log is in the order (state, action), and whoever comes first in it has found a state.
 */

import { ExactStates } from './exact.js';
import type { Findings } from './findings.js';
import type { Frontier, Layout, Output, Segment } from './frontier.js';
import type { Links } from './links.js';
import { KERNEL_STATES } from './kernel.js';
import { Log } from './log.js';
import { type Loop, loopOver } from './loop.js';
import type { Program } from './program.js';
import { Reader } from './reader.js';
import type { Tables } from './tables.js';
import { Thrown } from './thrown.js';
import type { Totals } from './totals.js';
import type { Visited } from './visited.js';

/** A block ends when its log reaches this length: what fits the second-level cache beside the tables. */
const LOG_TARGET = 1 << 13;
const BLOCK_STATES = KERNEL_STATES;

/** New states one after another at the end of a frontier. */
class Appended implements Output {
  readonly layout: Layout;
  cells: Int32Array;

  constructor(
    private readonly frontier: Frontier,
    private readonly links: Links,
  ) {
    this.layout = frontier.last.layout;
    this.cells = frontier.last.cells;
  }

  record(parent: number, action: number): number {
    this.links.add(parent, action);
    const record = this.frontier.record();
    this.cells = this.frontier.last.cells;
    return record;
  }
}

export class Explorer {
  private readonly expander: Loop['expander'];
  private readonly settler: Loop['settler'];
  /** Makes whole states of the successors, to be remembered as they are. */
  private readonly reader: Reader;
  private readonly log: Log;
  private readonly starts = new Int32Array(BLOCK_STATES + 1);
  /** Record after the last one expanded. */
  private end = 0;

  constructor(
    private readonly tables: Tables,
    program: Program,
    private readonly visited: Visited | ExactStates,
    private readonly links: Links,
    findings: Findings,
    { trustful = true, webAssembly = true } = {},
  ) {
    const { memory } = tables;
    this.reader = new Reader(memory.cells, program, tables);
    this.log = new Log(memory, LOG_TARGET + 1024, program.permutations > 0);
    const loop = loopOver(memory, program, tables, findings, this.log, {
      trustful: trustful && !(visited instanceof ExactStates),
      webAssembly,
      actions: tables.model.actions.length,
    });
    this.expander = loop.expander;
    this.settler = loop.settler;
  }

  get totals(): Totals {
    const { generated, terminal, coverage, members } = this.expander;
    return { generated, terminal, coverage, members };
  }

  /**
   * Explores a block of states.
   * @param from record of the segment to begin with.
   * @param first number of that record's state.
   * @param depth of the states of this frontier.
   * @returns the record to go on with.
   * @throws Thrown, located, when all states before that one have been settled.
   */
  block(segment: Segment, from: number, first: number, depth: number, next: Frontier): number {
    const { log, starts, visited } = this;
    log.count = 0;
    const thrown = this.expand(segment, from, first, depth);
    const to = thrown === undefined ? this.end : from + thrown.at!.state - first;
    if (visited instanceof ExactStates) this.insertExactly(visited, segment, from, to);
    else {
      const { keyLo, keyHi, won } = log.memory;
      won.fill(0, 0, log.count);
      visited.addAll(keyLo, keyHi, 0, log.count, won);
    }
    next.prepare(this.tables.sizes());
    try {
      this.settler.settle(
        segment,
        from,
        to,
        first,
        depth,
        starts,
        log.memory,
        new Appended(next, this.links),
      );
    } catch (error) {
      throw error instanceof Thrown ? error.located(this.settler.atState, this.settler.atAction) : error;
    }
    if (thrown !== undefined) throw thrown;
    return to;
  }

  private insertExactly(visited: ExactStates, segment: Segment, from: number, to: number): void {
    const { lo, hi, outcome, won } = this.log.memory;
    visited.prepare(this.tables.sizes());
    for (let at = from; at < to; at++) {
      for (let n = this.starts[at - from]!; n < this.starts[at - from + 1]!; n++) {
        this.reader.load(segment.layout, segment.cells, at * segment.layout.stride);
        this.reader.apply(outcome[n]!);
        won[n] = visited.add(this.reader.state, lo[n]!, hi[n]!) ? 1 : 0;
      }
    }
  }

  /** What the expansion of a state threw; the log then ends before it. */
  private expand(segment: Segment, from: number, first: number, depth: number): Thrown | undefined {
    const { expander, log, starts } = this;
    const to = Math.min(segment.count, from + BLOCK_STATES);
    try {
      this.end = expander.expand(segment, from, to, first, depth, starts, LOG_TARGET);
      return undefined;
    } catch (error) {
      if (!(error instanceof Thrown)) throw error;
      expander.takeBack();
      starts[expander.atState - first] = log.count;
      return error.located(expander.atState, -1);
    }
  }
}
