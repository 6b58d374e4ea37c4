/** A breadth-first search, level by level: when it goes on, when it stops, and what it knows when it has. */
import type { Hash } from '../canonical.js';
import { InputError } from '../errors.js';
import { fingerprint } from '../fingerprint.js';
import type { Model } from '../model.js';
import { initialState, type State } from '../plain.js';
import type { Bound, CheckOptions } from '../result.js';
import { orbitKey, symmetryOf } from '../symmetry.js';
import { ExactStates } from './exact.js';
import { Explorer } from './explorer.js';
import { Findings, openProperties } from './findings.js';
import { append, Frontier } from './frontier.js';
import type { Links } from './links.js';
import type { Totals } from './messages.js';
import { NOTEWORTHY } from './outcome.js';
import { orbitsOf } from './orbits.js';
import { compileProgram, type Program } from './program.js';
import { Reader } from './reader.js';
import { Spill } from './spill.js';
import { Tables } from './tables.js';
import { canHaveThreads, Team } from './team.js';
import type { Visited } from './visited.js';

/** How often the search lets the event loop turn, reports progress, and looks at the clock and the memory. */
const BREATH_MS = 100;

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

  constructor(
    model: Model,
    private readonly options: CheckOptions,
  ) {
    this.tables = new Tables(model, options.symmetry ? symmetryOf(model) : undefined);
    if (options.symmetry && options.exact)
      throw new InputError(
        'symmetry: orbits are told apart by fingerprints, so that there is no exact mode of it',
      );
    this.findings = new Findings(openProperties(this.tables.properties.length), true);
    const program = compileProgram(this.tables);
    const reader = new Reader(this.tables.memory.cells, program, this.tables);
    this.spill = new Spill(options, orbitsOf(reader, program));
    this.visited = options.exact ? new ExactStates() : this.spill.visited;
    this.links = this.spill.links;
    this.frontier = new Frontier(this.spill.pool);
    this.crew = this.engage(program, options);
  }

  private engage(program: Program, { workers = 1 }: CheckOptions): Explorer | Team {
    const { tables, visited, links, findings } = this;
    const alone = new Explorer(tables, program, visited, links, findings);
    if (workers === 1 || visited instanceof ExactStates || !canHaveThreads()) return alone;
    return new Team(workers, tables, program, visited, links, findings, alone);
  }

  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** Self-loops and the initial state included. */
  get generated(): number {
    return this.crew.totals.generated + 1;
  }

  get distinct(): number {
    return this.links.count;
  }

  /** Whether an invariant has been found broken. */
  get broken(): boolean {
    return this.tables.properties.some(({ isGoal }, index) => !isGoal && this.findings.open[index] === 0);
  }

  /** What has been done so far, by all threads. */
  get totals(): Totals {
    return this.crew.totals;
  }

  /** What a state is remembered by in the set of visited states. */
  keyOf(state: State): Hash {
    const { model, symmetry } = this.tables;
    return symmetry === undefined ? fingerprint(state) : orbitKey(model, symmetry, state);
  }

  /** @throws Thrown, located unless it is about the initial state. */
  async run(): Promise<void> {
    try {
      this.begin();
      while (this.goesOn()) {
        const next = new Frontier(this.spill.pool);
        this.spill.begin();
        const finished = await this.level(next);
        this.spill.resolve(next);
        if (next.count > 0) this.levels.push(next.count);
        this.frontier = next;
        if (!finished) return;
      }
    } finally {
      if (this.crew instanceof Team) await this.crew.end();
    }
  }

  private begin(): void {
    const state = this.tables.initial();
    const { lo, hi } = this.tables.fingerprint(state);
    if (this.visited instanceof ExactStates) {
      this.visited.prepare(this.tables.sizes());
      this.visited.add(state, lo, hi);
    } else {
      const key = this.keyOf(initialState(this.tables.model));
      this.visited.add(key.lo, key.hi);
    }
    this.links.add(0, 0);
    this.frontier.prepare(this.tables.sizes());
    append(this.frontier, state, lo, hi);
    this.levels.push(1);
    this.askInitial(state, lo, hi);
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

  /** Explores the frontier into `next`; false if a bound was hit before its end. */
  private async level(next: Frontier): Promise<boolean> {
    const depth = this.levels.length - 1;
    const total = this.frontier.count;
    const first = this.distinct - total;
    let done = 0;
    for (let number = 0; number < this.frontier.segments; number++) {
      const segment = this.frontier.segment(number);
      for (let at = 0; at < segment.count; ) {
        const from = at;
        this.spill.relieve(next);
        const reached = this.crew.block(segment, at, first + done, depth, next);
        at = typeof reached === 'number' ? reached : await reached;
        done += at - from;
        if (performance.now() - this.lastBreath < BREATH_MS) continue;
        await this.breathe(depth, total - done, next.count);
        if (this.bound !== null) return false;
      }
      this.frontier.drop(number);
    }
    return true;
  }

  private async breathe(depth: number, frontier: number, nextFrontier: number): Promise<void> {
    const { onProgress, interrupted, maxSeconds, maxMemory } = this.options;
    const { seconds, distinct, generated } = this;
    const memoryBytes = process.memoryUsage.rss();
    const { spilledBytes } = this;
    onProgress?.({ depth, distinct, generated, frontier, nextFrontier, seconds, memoryBytes, spilledBytes });
    await nextTurn();
    if (interrupted?.()) this.bound = 'interrupted';
    else if (maxSeconds !== undefined && seconds >= maxSeconds) this.bound = 'max-seconds';
    else if (maxMemory !== undefined && memoryBytes >= maxMemory) this.bound = 'max-memory';
    this.lastBreath = performance.now();
  }
}
