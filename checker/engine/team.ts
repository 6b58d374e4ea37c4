/**
 * Explores the frontier on several threads. This one owns the model and the tables: while the others work it waits, and
 * while it fills in what they missed they wait, so that nobody ever reads what is being written. Every phase of a block
 * ends when all have reported. The result is that of one thread, whatever their number.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Explorer } from './explorer.js';
import { compareFindings, type Findings } from './findings.js';
import type { Frontier, Segment } from './frontier.js';
import type { Links } from './links.js';
import type { LogPlace } from './log.js';
import {
  BLOCK_CHUNKS,
  type Block,
  CHUNK_STATES,
  type Directory,
  type Miss,
  type Order,
  type Outfit,
  type Question,
  type Report,
  type Totals,
} from './messages.js';
import { NOTEWORTHY } from './outcome.js';
import type { Program } from './program.js';
import type { Tables } from './tables.js';
import { Thrown } from './thrown.js';
import type { Visited } from './visited.js';

const ENTRY = new URL('./worker.js', import.meta.url);

/** Whether there is a compiled worker beside this file; there is none beside the sources. */
export const canHaveThreads = (): boolean => existsSync(fileURLToPath(ENTRY));

/** Chunks of the first block. A smaller one is sooner done than divided. */
const FIRST_CHUNKS = 2;

/**
 * A miss costs about as much as exploring this many states. Where there are so many that the threads would mostly wait
 * for this one, this one explores for a while alone, each time for longer, up to so many times.
 */
const MISS_STATES = 128;
const LONGEST_PAUSE = 64;

const shared = (length: number): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer(4 * length));

type Of<T extends Report['type']> = Extract<Report, { readonly type: T }>;

/** One thread, and the report that is awaited from it. */
class Member {
  totals: Totals | undefined;
  private readonly worker: Worker;
  private awaited: { resolve: (report: Report) => void; reject: (error: Error) => void } | undefined;
  private failure: Error | undefined;

  constructor(outfit: Outfit) {
    this.worker = new Worker(ENTRY, { workerData: outfit });
    this.worker.on('message', (report: Report) => this.awaited?.resolve(report));
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('messageerror', (error) => this.fail(error));
    this.worker.on('exit', (code) =>
      this.fail(new Error(`internal error: a worker ended with code ${code}`)),
    );
  }

  ask<T extends Report['type']>(order: Order): Promise<Of<T>> {
    return new Promise((resolve, reject) => {
      if (this.failure !== undefined) reject(this.failure);
      this.awaited = { resolve: resolve as (report: Report) => void, reject };
      this.worker.postMessage(order);
    });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.awaited?.reject(this.failure);
  }
}

export class Team {
  private members: readonly Member[] = [];
  private readonly directory: Directory;
  private logs: readonly LogPlace[] = [];
  /** The model has thrown: what is left is to find out where, one state after another. */
  private failed = false;
  /** Number of states to be explored before it is worth dividing a block again, if positive. */
  private aloneFor = 0;
  /** Of the next block to be divided, at most; the longer the blocks the less often the threads wait for each other. */
  private chunks = FIRST_CHUNKS;
  /** How many times as long as a block's misses cost nothing is divided after it. */
  private pause = 1;

  /** @param alone explores what is not worth dividing, and a block in which the model throws. */
  constructor(
    private readonly threads: number,
    private readonly tables: Tables,
    private readonly program: Program,
    private readonly visited: Visited,
    private readonly links: Links,
    private readonly findings: Findings,
    private readonly alone: Explorer,
    private readonly webAssembly: boolean,
  ) {
    this.directory = {
      ticket: shared(1),
      owners: shared(BLOCK_CHUNKS),
      starts: shared(BLOCK_CHUNKS * (CHUNK_STATES + 1)),
      wins: shared(threads * BLOCK_CHUNKS),
    };
  }

  /** Starts the threads, once there is something to divide: a small search is over before they would be ready. */
  private hire(): void {
    const { directory, findings, program, tables, threads, visited } = this;
    const outfit = {
      threads,
      store: tables.memory.store,
      webAssembly: this.webAssembly,
      program,
      visited: visited.memory,
      directory,
      open: findings.open as Outfit['open'],
      actions: tables.model.actions.length,
    };
    this.members = Array.from({ length: threads }, (_, thread) => new Member({ ...outfit, thread }));
  }

  /** By all threads. */
  get totals(): Totals {
    const parts = [this.alone.totals, ...this.members.flatMap(({ totals }) => totals ?? [])];
    return {
      generated: parts.reduce((sum, part) => sum + part.generated, 0),
      terminal: parts.reduce((sum, part) => sum + part.terminal, 0),
      coverage: this.alone.totals.coverage.map((_, name) =>
        parts.reduce((sum, part) => sum + part.coverage[name]!, 0),
      ),
      members: {
        distinct: parts.reduce((sum, { members }) => sum + members.distinct, 0),
        generated: parts.reduce((sum, { members }) => sum + members.generated, 0),
      },
    };
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map((member) => member.end()));
  }

  /** As `Explorer.block`. */
  async block(segment: Segment, from: number, first: number, depth: number, next: Frontier): Promise<number> {
    const to = Math.min(segment.count, from + this.chunks * CHUNK_STATES);
    const { cells, layout } = segment;
    const divided =
      this.isWorthDividing(to - from) && (await this.expand({ cells, layout, from, to, first, depth }));
    if (!divided) {
      const reached = this.alone.block(segment, from, first, depth, next);
      this.aloneFor -= reached - from;
      return reached;
    }
    const chunks = Math.ceil((to - from) / CHUNK_STATES);
    await this.all<'inserted'>({ type: 'insert', chunks, logs: this.logs });
    await this.settle(chunks, next);
    return to;
  }

  private isWorthDividing(states: number): boolean {
    return states >= FIRST_CHUNKS * CHUNK_STATES && this.aloneFor <= 0 && !this.failed;
  }

  /** False if the model throws somewhere in this block. */
  private async expand(block: Block): Promise<boolean> {
    if (this.members.length === 0) this.hire();
    let missed = 0;
    let reports = await this.all<'expanded'>({ type: 'expand', block });
    for (;;) {
      this.logs = reports.map(({ log }) => log);
      const misses = reports.flatMap((report) => report.misses);
      if (misses.length === 0) break;
      missed += misses.length;
      this.failed = !this.fill(misses);
      if (this.failed) return false;
      reports = await this.all<'expanded'>({ type: 'again' });
    }
    this.learn(block.to - block.from, MISS_STATES * missed);
    return true;
  }

  /** From what its misses cost, in states, whether dividing a block was worth it. */
  private learn(states: number, cost: number): void {
    if (cost < states) {
      this.chunks = Math.min(BLOCK_CHUNKS, 2 * this.chunks);
      this.pause = 1;
      return;
    }
    this.chunks = FIRST_CHUNKS;
    this.aloneFor = this.pause * cost;
    this.pause = Math.min(LONGEST_PAUSE, 2 * this.pause);
  }

  private fill(misses: readonly Miss[]): boolean {
    try {
      for (const miss of misses) this.resolve(miss);
      return true;
    } catch (error) {
      if (error instanceof Thrown) return false;
      throw error;
    }
  }

  private resolve(miss: Miss): void {
    const { tables } = this;
    switch (miss.type) {
      case 'trouble':
        throw new Thrown('a thread is in trouble');
      case 'conditions':
        tables.conditions(miss.slot, miss.component);
        break;
      case 'group':
        tables.group(miss.group, miss.state);
        break;
      case 'operation':
        tables.operation(miss.slot, miss.component, miss.operation);
        break;
      case 'property':
        tables.property(miss.property, miss.state);
        break;
    }
  }

  private async settle(chunks: number, next: Frontier): Promise<void> {
    const offsets: number[] = [];
    let total = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      offsets.push(total);
      for (let thread = 0; thread < this.members.length; thread++) {
        total += this.directory.wins[thread * BLOCK_CHUNKS + chunk]!;
      }
    }
    next.prepare(this.tables.sizes());
    const { layout } = next.last;
    const spans = next.allot(total);
    const links = this.links.allot(total);
    const reports = await this.all<'settled'>({ type: 'settle', layout, spans, offsets, ...links });
    for (const [index, report] of reports.entries()) {
      this.members[index]!.totals = report.totals;
      for (const finding of report.findings) this.findings.note(finding);
    }
    this.answer(reports.flatMap(({ questions }) => questions));
  }

  /** In breadth-first order, so that it is the first to throw that does. */
  private answer(questions: readonly Question[]): void {
    for (const question of [...questions].sort(compareFindings)) {
      const { state, ...finding } = question;
      const known = this.findings.first[finding.property];
      if (known !== undefined && compareFindings(known, finding) < 0) continue;
      try {
        if (this.tables.property(finding.property, state) === NOTEWORTHY) this.findings.note(finding);
      } catch (error) {
        throw error instanceof Thrown ? error.located(finding.parent, finding.action) : error;
      }
    }
  }

  private all<T extends Report['type']>(order: Order): Promise<Of<T>[]> {
    this.directory.ticket[0] = 0;
    return Promise.all(this.members.map((member) => member.ask<T>(order)));
  }
}
