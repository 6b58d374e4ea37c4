/**
 * Explores the frontier on several threads. This one owns the model and the tables, and takes its part of each block like
 * the others; what the tables lack they ask it for. Every phase of a block ends when all have done their parts; who has
 * done his goes ahead with the next block. The result is that of one thread, whatever their number.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Explorer } from './explorer.js';
import { compareFindings, type Findings } from './findings.js';
import type { Frontier, Place, Segment } from './frontier.js';
import { chunksOf } from './expansion.js';
import { Hand } from './hand.js';
import type { Links } from './links.js';
import type { LogPlace } from './log.js';
import type { Mailbox } from './mailbox.js';
import {
  BLOCK_STATES,
  type Block,
  CHUNK_STATES,
  type Directory,
  LEAST_CHUNKS,
  MOST_CHUNKS,
  type Order,
  type Outfit,
  type Question,
  type Report,
} from './messages.js';
import { NOTEWORTHY } from './outcome.js';
import { Owner } from './owner.js';
import type { Program } from './program.js';
import type { Tables } from './tables.js';
import { Thrown } from './thrown.js';
import { plus, type Totals } from './totals.js';
import type { Visited } from './visited.js';

const ENTRY = new URL('./worker.js', import.meta.url);

/** Whether there is a compiled worker beside this file; there is none beside the sources. */
export const canHaveThreads = (): boolean => existsSync(fileURLToPath(ENTRY));

/** States of the first block. A smaller one is sooner done than divided. */
const FIRST_STATES = 1 << 11;

/** A block is as long as takes about half of this, so that the search can look at the clock. */
const BLOCK_MS = 200;

/** What other threads allocate is little and dies at once. */
const YOUNG_MB = 4;

/** How long this thread waits for others without asking whether they are still alive. */
const PATIENCE_MS = 50;

const shared = (length: number): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer(4 * length));

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

type Of<T extends Report['type']> = Extract<Report, { readonly type: T }>;

/** One of the other threads, and what it has been ordered to do. */
class Member {
  private readonly worker: Worker;
  private readonly port: MessagePort;
  private failure: Error | undefined;
  private orders = 0;

  constructor(
    outfit: Outfit,
    private readonly mailbox: Mailbox,
  ) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    this.worker = new Worker(ENTRY, {
      workerData: { ...outfit, port: port2 },
      transferList: [port2],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.worker.on('error', (error) => this.fail(error));
    this.worker.on('messageerror', (error) => this.fail(error));
    this.worker.on('exit', (code) =>
      this.fail(new Error(`internal error: a worker ended with code ${code}`)),
    );
  }

  /** Whether it has done all that it was ordered to. */
  get isReady(): boolean {
    return this.mailbox.reports.value > this.orders;
  }

  order(order: Order): void {
    this.port.postMessage(order);
    this.mailbox.orders.set(++this.orders);
  }

  report(): Report {
    return (receiveMessageOnPort(this.port) as { message: Report }).message;
  }

  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private fail(error: Error): void {
    this.failure ??= error;
  }
}

export class Team {
  private members: readonly Member[] = [];
  /** What this thread does of a block. */
  private hand: Hand | undefined;
  private readonly owner: Owner;
  private readonly directories: readonly [Directory, Directory];
  /** The next block, if it has been begun. */
  private ahead: Block | undefined;
  private blocks = 0;
  private logs: readonly LogPlace[] = [];
  /** By thread. */
  private readonly parts: Totals[] = [];
  /** The model has thrown: where, one thread finds out, one state after another; or that in this order it is not asked. */
  private failed = false;
  /** Of the next block to be divided, at most. */
  private states = FIRST_STATES;

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
    private readonly awaitWorkers = false,
  ) {
    this.owner = new Owner(tables, threads - 1);
    const newDirectory = (): Directory => ({
      toExpand: shared(1),
      toSettle: shared(1),
      owners: shared(MOST_CHUNKS),
      starts: shared(BLOCK_STATES + MOST_CHUNKS),
      wins: shared(threads * MOST_CHUNKS),
    });
    this.directories = [newDirectory(), newDirectory()];
  }

  /** Starts the threads, once there is something to divide: a small search is over before they would be ready. */
  private hire(): void {
    const { directories, findings, owner, program, tables, threads, visited } = this;
    const kit = {
      threads,
      webAssembly: this.webAssembly,
      visited: visited.memory,
      directories,
      open: findings.open as Outfit['open'],
      actions: tables.model.actions.length,
    };
    this.hand = new Hand(tables.memory, program, owner, { ...kit, thread: 0 });
    const outfit = { ...kit, store: tables.memory.store, program, bell: owner.bell };
    this.members = owner.mailboxes.map(
      (mailbox, i) => new Member({ ...outfit, thread: i + 1, mailbox: owner.addresses[i]! }, mailbox),
    );
  }

  /** By all threads. */
  get totals(): Totals {
    return [this.alone.totals, ...this.parts].reduce(plus);
  }

  async end(): Promise<void> {
    this.tables.memory.exclusively = (work) => work();
    await Promise.all(this.members.map((member) => member.end()));
  }

  /** Whether states have been expanded beyond the last block. */
  get isAhead(): boolean {
    return this.ahead !== undefined;
  }

  /**
   * As `Explorer.block`.
   * @param following where it goes on after a record of this segment; nowhere if nothing is to be begun yet.
   */
  async block(
    segment: Segment,
    from: number,
    first: number,
    depth: number,
    next: Frontier,
    following: (record: number) => Place | undefined,
  ): Promise<number> {
    const start = performance.now();
    const block = this.ahead ?? this.blockAt({ segment, from }, first, depth);
    const { to } = block;
    const isWorthDividing = this.isAhead || this.isWorthDividing(to - from);
    if (isWorthDividing && this.awaitWorkers) await this.ready();
    const isDivided = isWorthDividing && this.members.every(({ isReady }) => isReady);
    if (!isDivided || !(await this.expand(block, following(to))))
      return this.alone.block(segment, from, first, depth, next);
    await this.all<'inserted'>({ type: 'insert', logs: this.logs });
    await this.settle(block, next);
    this.learn(to - from, performance.now() - start);
    return to;
  }

  private blockAt({ segment, from }: Place, first: number, depth: number): Block {
    const { cells, layout, count } = segment;
    const to = Math.min(count, from + this.states);
    const chunkStates = Math.min(CHUNK_STATES, Math.ceil((to - from) / LEAST_CHUNKS));
    return { number: this.blocks, cells, layout, from, to, chunkStates, first, depth };
  }

  private isWorthDividing(states: number): boolean {
    if (states < FIRST_STATES || this.failed) return false;
    if (this.members.length === 0) this.hire();
    for (const member of this.members) member.check();
    return true;
  }

  private async ready(): Promise<void> {
    while (!this.members.every(({ isReady }) => isReady)) {
      await nextTurn();
      for (const member of this.members) member.check();
    }
  }

  /** Also begins what follows. False if the model throws somewhere in this block. */
  private async expand(block: Block, following: Place | undefined): Promise<boolean> {
    if (!this.isAhead) this.begin();
    const { first, from, to, depth } = block;
    this.ahead = following && this.blockAt(following, first + to - from, depth);
    if (this.isAhead) this.begin();
    const reports = await this.all<'expanded' | 'failed'>({ type: 'expand', block, ahead: this.ahead });
    this.failed = reports.some(({ type }) => type === 'failed');
    if (this.failed) {
      this.ahead = undefined;
      await this.end();
    }
    this.logs = reports.flatMap((report) => (report.type === 'expanded' ? [report.log] : []));
    return !this.failed;
  }

  /** Nobody is at the block before the last one any more, which had the same directory. */
  private begin(): void {
    const { toExpand, toSettle } = this.directoryOf(this.blocks++);
    toExpand[0] = toSettle[0] = 0;
  }

  private directoryOf(number: number): Directory {
    return this.directories[number % 2]!;
  }

  private learn(states: number, milliseconds: number): void {
    const most = Math.floor(states * (BLOCK_MS / milliseconds));
    this.states = Math.max(FIRST_STATES, Math.min(BLOCK_STATES, 2 * this.states, most));
  }

  private async settle(block: Block, next: Frontier): Promise<void> {
    const { wins } = this.directoryOf(block.number);
    const offsets: number[] = [];
    let total = 0;
    for (let chunk = 0; chunk < chunksOf(block); chunk++) {
      offsets.push(total);
      for (let thread = 0; thread < this.threads; thread++) total += wins[thread * MOST_CHUNKS + chunk]!;
    }
    next.prepare(this.tables.sizes());
    const { layout } = next.last;
    const spans = next.allot(total);
    const links = this.links.allot(total);
    const reports = await this.all<'settled'>({ type: 'settle', layout, spans, offsets, ...links });
    for (const [index, report] of reports.entries()) {
      this.parts[index] = report.totals;
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

  /** What all threads report, this one first. */
  private async all<T extends Report['type']>(order: Order): Promise<Of<T>[]> {
    const { members, owner } = this;
    const hand = this.hand!;
    for (const member of members) member.order(order);
    const own = hand.obey(order);
    const isDone = (): boolean => members.every(({ isReady }) => isReady);
    while (!isDone() && hand.goAhead()) owner.attend();
    while (!owner.attendUntil(isDone, PATIENCE_MS)) {
      await nextTurn();
      for (const member of members) member.check();
    }
    return [own, ...members.map((member) => member.report())] as Of<T>[];
  }
}
