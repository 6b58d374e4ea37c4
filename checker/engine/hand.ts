/**
 * What one thread does of a block. *Expand*: it takes chunks of states and logs their successors. *Insert*: it adds, from the logs
 * of all threads and in the order of the chunks, the fingerprints of its own partitions. *Settle*: it takes chunks again
 * and writes their new states where they belong in the next frontier. Where it would have to wait for others it goes
 * ahead with the next block, whose states are known: to expand them nothing is looked at that is being written.
 */
import { type Assistant, chunkOf, chunksOf, Expansion, take } from './expansion.js';
import { Findings } from './findings.js';
import { isSameLayout, type Layout, type Output, type Span } from './frontier.js';
import { type LinkChunk, setLink } from './links.js';
import { Log, type LogMemory, logAt } from './log.js';
import { type Loop, loopOver } from './loop.js';
import type { Memory } from './memory.js';
import { MOST_CHUNKS, type Block, type Kit, type Order, type Question, type Report } from './messages.js';
import { NOTEWORTHY } from './outcome.js';
import type { Program } from './program.js';
import { Reader } from './reader.js';
import { noTotals, plus, type Totals } from './totals.js';
import { Visited } from './visited.js';

const LOG_LENGTH = 1 << 20;
/** Most states that lack something lack it no more after so many rounds of questions. */
const ROUNDS = 4;

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
  private readonly logs: readonly [Log, Log];
  private readonly findings: Findings;
  private readonly expander: Loop['expander'];
  private readonly settler: Loop['settler'];
  private readonly visited: Visited;
  /** The block that all are at, and the next one. */
  private current: Expansion | undefined;
  private ahead: Expansion | undefined;
  /** Of all threads, of the present block. */
  private logged: readonly LogMemory[] = [];
  /** Properties of new states that were put off, and questions that were put up to then. */
  private questions: Question[] = [];
  private asked = 0;
  /** Of the blocks that have been settled. */
  private totals: Totals;
  private readonly reader: Reader;

  constructor(
    private readonly memory: Memory,
    program: Program,
    private readonly assistant: Assistant,
    private readonly kit: Kit,
  ) {
    const { open, actions, visited, thread, threads, webAssembly } = kit;
    this.findings = new Findings(open, false);
    const newLog = (): Log => new Log(memory, LOG_LENGTH, program.permutations > 0);
    this.logs = [newLog(), newLog()];
    const loop = loopOver(memory, program, assistant, this.findings, this.logs[0], {
      trustful: true,
      webAssembly,
      actions,
    });
    this.expander = loop.expander;
    this.settler = loop.settler;
    this.reader = new Reader(memory.cells, program, assistant);
    this.visited = new Visited(visited, webAssembly, thread, threads);
    this.totals = noTotals(actions);
  }

  obey(order: Order): Report {
    switch (order.type) {
      case 'expand':
        this.current = this.ahead ?? this.expansionOf(order.block);
        this.ahead = order.ahead && this.expansionOf(order.ahead);
        return this.expanded(this.current);
      case 'insert':
        this.logged = order.logs.map((place) => logAt(this.memory, place));
        for (let chunk = 0; chunk < chunksOf(this.current!.block); chunk++) this.insert(chunk);
        return { type: 'inserted' };
      case 'settle':
        this.settle(this.current!, order);
        return this.settled(this.current!);
    }
  }

  /** Something of the next block; false if there is nothing that can be done of it. */
  goAhead(): boolean {
    return this.ahead !== undefined && (this.ahead.retry() || this.ahead.draw());
  }

  private expansionOf(block: Block): Expansion {
    const { directories, thread } = this.kit;
    const turn = block.number % 2;
    return new Expansion(block, directories[turn]!, this.logs[turn]!, thread, this.expander, this.assistant);
  }

  private expanded(expansion: Expansion): Report {
    while (expansion.draw()) expansion.retry();
    this.finish(expansion);
    return expansion.failed ? { type: 'failed' } : { type: 'expanded', log: expansion.finished() };
  }

  /** Does what has been put off: at first all together, in the end one after another, so that the model may throw. */
  private finish(expansion: Expansion): void {
    const { assistant } = this;
    for (let round = 1; !expansion.isDone; ) {
      if (expansion.retry() || this.goAhead()) continue;
      assistant.awaitAnswers();
      assistant.insists = ++round > ROUNDS;
    }
    assistant.insists = false;
  }

  private insert(chunk: number): void {
    const { thread } = this.kit;
    const { block, directory } = this.current!;
    const { from, to, starts } = chunkOf(block, directory, chunk);
    const { keyLo, keyHi, won } = this.logged[directory.owners[chunk]!]!;
    const end = starts[to - from]!;
    directory.wins[thread * MOST_CHUNKS + chunk] = this.visited.addAll(keyLo, keyHi, starts[0]!, end, won);
  }

  private settle({ block, directory }: Expansion, order: Order & { type: 'settle' }): void {
    const { layout } = block;
    const output = new Allotted(
      // The very same, where it is, so that records are patched instead of packed anew.
      isSameLayout(order.layout, layout) ? layout : order.layout,
      order.spans,
      order.base,
      order.links,
    );
    for (let chunk = take(directory.toSettle); chunk < chunksOf(block); chunk = take(directory.toSettle)) {
      const { segment, from, to, first, starts } = chunkOf(block, directory, chunk);
      const log = this.logged[directory.owners[chunk]!]!;
      output.seek(order.offsets[chunk]!);
      this.settler.settle(segment, from, to, first, block.depth, starts, log, output);
      this.askAgain();
    }
    for (let round = 1; this.questions.length > 0 && round <= ROUNDS; this.askAgain()) {
      if (this.goAhead()) continue;
      this.assistant.awaitAnswers();
      round++;
    }
  }

  /** Asks the properties of new states that were put off, which the tables mostly know by now. */
  private askAgain(): void {
    const { assistant, findings, questions, reader, settler } = this;
    questions.push(...settler.questions.splice(0));
    if (questions.length === 0 || !assistant.hasAnswered(this.asked)) return;
    this.questions = questions.filter(({ state, ...finding }) => {
      reader.state.set(state);
      const answer = reader.property(finding.property);
      if (answer === NOTEWORTHY) findings.note(finding);
      return answer === 0;
    });
    this.asked = assistant.asked;
  }

  private settled({ block, totals }: Expansion): Report {
    const { first, from, to } = block;
    this.totals = plus(this.totals, totals);
    return {
      type: 'settled',
      findings: this.findings.take(first + to - from),
      questions: this.questions.splice(0),
      totals: this.totals,
    };
  }
}
