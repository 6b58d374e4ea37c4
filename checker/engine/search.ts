/** A breadth-first search, level by level: when it goes on, when it stops, and what it knows when it has. */
import type { Hash } from '../canonical.js';
import { InputError } from '../errors.js';
import { fingerprint } from '../fingerprint.js';
import type { Model } from '../model.js';
import { initialState, type State } from '../plain.js';
import type { Bound, CheckOptions } from '../result.js';
import { orbitKey, symmetryOf } from '../symmetry.js';
import {
  type Counts,
  type Identity,
  journalIn,
  prepareFolder,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.js';
import { ExactStates } from './exact.js';
import { Explorer } from './explorer.js';
import { Findings, openProperties } from './findings.js';
import { append, Frontier, type Mark, type Place } from './frontier.js';
import { Journal } from './journal.js';
import type { Links } from './links.js';
import { NOTEWORTHY } from './outcome.js';
import { orbitsOf } from './orbits.js';
import { compileProgram, type Program } from './program.js';
import { Reader } from './reader.js';
import { Spill } from './spill.js';
import { Tables } from './tables.js';
import { canHaveThreads, Team } from './team.js';
import type { Totals } from './totals.js';
import type { Visited } from './visited.js';

/** How often the search lets the event loop turn, reports progress, and looks at the clock and the memory. */
const BREATH_MS = 100;

/** From one checkpoint to the next, where nobody says. */
const CHECKPOINT_SECONDS = 30;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export class Search {
  readonly tables: Tables;
  readonly visited: Visited | ExactStates;
  readonly links: Links;
  readonly findings: Findings;
  private readonly crew: Explorer | Team;
  /** States found at each depth. */
  readonly levels: number[] = [];
  bound: Bound | null = null;
  complete = false;
  private readonly started = performance.now();
  private readonly spill: Spill;
  private lastBreath = this.started;
  private frontier: Frontier;
  private next: Frontier;
  /** Up to where the frontier has been explored; and the number of the state there. */
  private at: Mark = { segment: 0, record: 0 };
  private expanded = 0;
  /** What had been done when the checkpoint was written from which this search goes on. */
  private before: Counts | undefined;
  /** States found by then. */
  resumedAt = 0;
  private savedAt = 0;
  private isSaveDue = false;

  constructor(
    model: Model,
    private readonly options: CheckOptions,
  ) {
    this.tables = new Tables(model, options.symmetry ? symmetryOf(model) : undefined);
    if (options.symmetry && options.exact)
      throw new InputError(
        'symmetry: orbits are told apart by fingerprints, so that there is no exact mode of it',
      );
    if (options.exact && (options.checkpoint ?? options.resume) !== undefined)
      throw new InputError('exact: whole states are not written to checkpoints');
    this.findings = new Findings(openProperties(this.tables.properties.length), true);
    const program = compileProgram(this.tables);
    const reader = new Reader(this.tables.memory.cells, program, this.tables);
    this.spill = new Spill(options, orbitsOf(reader));
    this.visited = options.exact ? new ExactStates() : this.spill.visited;
    this.links = this.spill.links;
    this.frontier = new Frontier(this.spill.pool);
    this.next = new Frontier(this.spill.pool);
    this.crew = this.engage(program, options);
  }

  private engage(program: Program, options: CheckOptions): Explorer | Team {
    const { workers = 1, awaitWorkers } = options;
    const { tables, visited, links, findings } = this;
    // A test with next to no memory is of what would otherwise be turned away before the visited set is asked.
    const trustful = options.shares === undefined;
    const { webAssembly = true } = options;
    const alone = new Explorer(tables, program, visited, links, findings, { trustful, webAssembly });
    if (workers === 1 || visited instanceof ExactStates || !canHaveThreads()) return alone;
    return new Team(workers, tables, program, visited, links, findings, alone, webAssembly, awaitWorkers);
  }

  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** Self-loops and the initial state included. */
  get generated(): number {
    return this.totals.generated + 1;
  }

  get distinct(): number {
    return this.links.count;
  }

  /** Whether an invariant has been found broken. */
  get broken(): boolean {
    return this.tables.properties.some(({ isGoal }, index) => !isGoal && this.findings.open[index] === 0);
  }

  /** What has been done so far, by all threads, and before the checkpoint. */
  get totals(): Totals {
    const { totals } = this.crew;
    const { before } = this;
    if (before === undefined) return totals;
    return {
      generated: totals.generated + before.generated - 1,
      terminal: totals.terminal + before.terminal,
      coverage: totals.coverage.map((count, name) => count + before.coverage[name]!),
      members: {
        distinct: totals.members.distinct + before.members.distinct,
        generated: totals.members.generated + before.members.generated,
      },
    };
  }

  /** What a state is remembered by in the set of visited states. */
  keyOf(state: State): Hash {
    const { model, symmetry } = this.tables;
    return symmetry === undefined ? fingerprint(state) : orbitKey(model, symmetry, state);
  }

  /**
   * @throws Thrown, located unless it is about the initial state.
   * @throws InputError if a file cannot be written, or if there is no checkpoint to go on from.
   */
  async run(): Promise<void> {
    try {
      if (this.options.resume === undefined) this.begin();
      else this.resume(this.options.resume);
      for (let goes = this.isWithinLevel || this.goesOn(); goes; goes = this.goesOn()) {
        const finished = await this.level();
        this.spill.resolve(this.next);
        if (!finished) this.save();
        if (this.next.count > 0) this.levels.push(this.next.count);
        if (!finished) return;
        this.frontier = this.next;
        this.at = { segment: 0, record: 0 };
        this.next = new Frontier(this.spill.pool);
        this.spill.begin();
      }
      if (this.bound !== null) this.save();
    } finally {
      if (this.crew instanceof Team) await this.crew.end();
    }
  }

  private begin(): void {
    const state = this.tables.initial();
    const { lo, hi } = this.tables.fingerprint(state);
    const key = this.keyOf(initialState(this.tables.model));
    if (this.visited instanceof ExactStates) {
      this.visited.prepare(this.tables.sizes());
      this.visited.add(state, lo, hi);
    } else this.visited.add(key.lo, key.hi);
    this.links.add(0, 0);
    this.frontier.prepare(this.tables.sizes());
    append(this.frontier, state, lo, hi);
    this.levels.push(1);
    this.askInitial(state, lo, hi);
    this.keepJournal(key);
  }

  private askInitial(state: Int32Array, lo: number, hi: number): void {
    for (const [property, { property: one }] of this.tables.properties.entries()) {
      if (one.on !== 'state' || this.tables.property(property, state) !== NOTEWORTHY) continue;
      this.findings.note({ property, depth: 0, parent: 0, action: -1, lo, hi });
    }
  }

  /** Whether a state with this fingerprint has been found. */
  has(lo: number, hi: number): boolean {
    return this.visited instanceof ExactStates ? this.visited.has(lo, hi) : this.spill.has(lo, hi);
  }

  /** Bytes written to disk because they did not fit the memory. */
  get spilledBytes(): number {
    return this.spill.bytes;
  }

  /** Nothing more will be asked of it. */
  close(): void {
    this.spill.close();
    this.spill.journal?.close();
  }

  /** Whether the level has been begun, in which case nothing is to be decided before its end. */
  private get isWithinLevel(): boolean {
    return this.expanded > this.distinct - this.next.count - this.levels.at(-1)!;
  }

  /** Decides at the end of a level. */
  private goesOn(): boolean {
    const { maxStates, maxDepth, keepGoing } = this.options;
    if (this.frontier.count === 0) this.complete = true;
    else if (this.broken && !keepGoing) return false;
    else if (maxDepth !== undefined && this.levels.length > maxDepth) this.bound = 'max-depth';
    else if (maxStates !== undefined && this.distinct >= maxStates) this.bound = 'max-states';
    return !this.complete && this.bound === null;
  }

  /** Explores what is left of the frontier into `next`; false if a bound was hit before its end. */
  private async level(): Promise<boolean> {
    const { frontier, next } = this;
    const depth = this.levels.length - 1;
    for (; this.at.segment < frontier.segments; this.at = { segment: this.at.segment + 1, record: 0 }) {
      const { segment: number } = this.at;
      const segment = frontier.segment(number);
      for (let from = this.at.record; from < segment.count; from = this.at.record) {
        this.spill.relieve(next);
        const reached = this.crew.block(segment, from, this.expanded, depth, next, (to) =>
          this.following(number, to),
        );
        const record = typeof reached === 'number' ? reached : await reached;
        this.expanded += record - from;
        this.at = { segment: number, record };
        if (performance.now() - this.lastBreath >= (this.options.breathMs ?? BREATH_MS))
          await this.breathe(depth);
        // What threads have begun they finish first.
        if (this.crew instanceof Team && this.crew.isAhead) continue;
        if (this.bound !== null) return false;
        if (this.isSaveDue) this.save();
      }
      frontier.drop(number);
    }
    return true;
  }

  /** Where the frontier goes on; nowhere if it does not, or if the search may stop before. */
  private following(number: number, record: number): Place | undefined {
    if (this.bound !== null || this.isSaveDue || number === this.frontier.segments) return undefined;
    const segment = this.frontier.segment(number);
    // A segment is empty if none of the block was new for which it was begun.
    return record < segment.count ? { segment, from: record } : this.following(number + 1, 0);
  }

  private async breathe(depth: number): Promise<void> {
    const {
      onProgress,
      interrupted,
      maxSeconds,
      maxMemory,
      checkpointSeconds = CHECKPOINT_SECONDS,
    } = this.options;
    const { seconds, distinct, generated, spilledBytes } = this;
    const memoryBytes = process.memoryUsage.rss();
    const nextFrontier = this.next.count;
    const frontier = distinct - this.expanded - nextFrontier;
    onProgress?.({ depth, distinct, generated, frontier, nextFrontier, seconds, memoryBytes, spilledBytes });
    await nextTurn();
    if (interrupted?.()) this.bound = 'interrupted';
    else if (maxSeconds !== undefined && seconds >= maxSeconds) this.bound = 'max-seconds';
    else if (maxMemory !== undefined && memoryBytes >= maxMemory) this.bound = 'max-memory';
    else this.isSaveDue = seconds - this.savedAt >= checkpointSeconds;
    this.lastBreath = performance.now();
  }

  /** What another search has to have in common with this one to go on from its checkpoint. */
  private get identity(): Identity {
    const { model, symmetry } = this.tables;
    const { name, config, invariants, goals } = model;
    const properties = [...invariants, ...goals].map((property) => property.name);
    const { specification = null } = this.options;
    return { model: name, config, properties, symmetry: symmetry !== undefined, specification };
  }

  /** Begins to write down the states, the initial one first. */
  private keepJournal({ lo, hi }: Hash): void {
    const { checkpoint } = this.options;
    if (checkpoint === undefined) return;
    prepareFolder(checkpoint);
    this.spill.journal = new Journal(journalIn(checkpoint), 0);
    this.spill.journal.add(lo, hi, 0, 0);
  }

  /** Writes a checkpoint, if any is wanted. */
  private save(): void {
    const folder = this.options.resume ?? this.options.checkpoint;
    if (folder === undefined) return;
    this.spill.resolve(this.next);
    const { terminal, coverage, members } = this.totals;
    const counts: Counts = {
      levels: this.levels,
      expanded: this.expanded,
      generated: this.generated,
      terminal,
      coverage: [...coverage],
      members,
      findings: this.findings.first.filter((finding) => finding !== undefined),
      journal: this.spill.journal!.sync(),
    };
    writeCheckpoint(folder, {
      identity: this.identity,
      counts,
      components: this.tables.kinds.map(({ interned }) => interned.texts),
      frontier: this.frontier.packed(this.at),
      next: this.next.packed({ segment: 0, record: 0 }),
    });
    this.savedAt = this.seconds;
    this.isSaveDue = false;
  }

  private resume(folder: string): void {
    const { identity, tables, frontier, next, findings } = this;
    const snapshot = readCheckpoint(folder, identity);
    const { levels, expanded, journal } = (this.before = snapshot.counts);
    for (const [kind, texts] of snapshot.components.entries()) tables.kinds[kind]!.restore(texts);
    this.levels.push(...levels);
    this.expanded = expanded;
    for (const finding of snapshot.counts.findings) findings.note(finding);
    frontier.unpack(snapshot.frontier);
    next.unpack(snapshot.next);
    this.spill.journal = new Journal(journalIn(folder), journal);
    this.spill.restore(this.spill.journal, next);
    this.resumedAt = this.distinct;
  }
}
