/**
 * The hot loop. A block of states of the frontier is *expanded* into a log of successors (fingerprint and outcome), the
 * log is *inserted* into the visited set, and the successors that were new are *settled*: linked to their parents, asked
 * for properties, and appended to the next frontier. In blocks, because the many probes of a log overlap their cache
 * misses, and because the second half can be divided among threads by fingerprint. Blocks are cut anyhow, and nothing
 * depends on where: a log is in the order (parent, action), and whoever comes first in it is the one who found a state.
 */
import type { Code } from './code.js';
import type { Findings } from './findings.js';
import { type Frontier, type Segment, unpack } from './frontier.js';
import { type Links, MAX_ACTIONS } from './links.js';
import { CHECKS, DELTA_HI, DELTA_LO, FLAGS, NAME, OPERATIONS, PAIRS, REPLACED, VALUES } from './outcome.js';
import { find } from './pairs.js';
import { NOTEWORTHY, type Tables } from './tables.js';
import { Thrown } from './thrown.js';
import type { Visited } from './visited.js';

/** A block ends when its log reaches this length: what fits the second-level cache beside the tables. */
const LOG_TARGET = 1 << 13;
const BLOCK_STATES = 1 << 12;

export class Explorer {
  generated = 0;
  terminal = 0;
  /** By number of action name. */
  readonly coverage: Float64Array;
  /** Number of the state being looked at and of its action, for whoever catches an error. */
  atState = 0;
  atAction = -1;

  private cells: Int32Array;
  private readonly state: Int32Array;
  /** The state whose successors are being settled. */
  private readonly before: Int32Array;
  private readonly code: Int32Array;
  private logLo = new Int32Array(LOG_TARGET + 1024);
  private logHi = new Int32Array(LOG_TARGET + 1024);
  private logOutcome = new Int32Array(LOG_TARGET + 1024);
  private won = new Uint8Array(LOG_TARGET + 1024);
  private logged = 0;
  private readonly starts = new Int32Array(BLOCK_STATES + 1);

  constructor(
    private readonly tables: Tables,
    private readonly program: Code,
    private readonly visited: Visited,
    private readonly links: Links,
    private readonly findings: Findings,
  ) {
    this.cells = tables.memory.cells;
    this.code = program.cells;
    this.state = new Int32Array(tables.components.length);
    this.before = new Int32Array(tables.components.length);
    this.coverage = new Float64Array(tables.model.actions.length);
  }

  /**
   * Explores a block of states from a segment of the frontier.
   * @param from record to begin with.
   * @param first number of that record's state.
   * @param depth of the states of this frontier.
   * @returns the record to go on with.
   */
  block(segment: Segment, from: number, first: number, depth: number, next: Frontier): number {
    this.logged = 0;
    const to = this.expand(segment, from, first, depth);
    this.visited.addAll(this.logLo, this.logHi, this.logged, this.won);
    next.prepare(this.tables.sizes());
    this.settle(segment, from, to, first, depth, next);
    return to;
  }

  /** Asks the initial state for all properties of states. */
  settleInitial(state: Int32Array, lo: number, hi: number): void {
    this.state.set(state);
    for (let p = 0; p < this.tables.properties.length; p++) {
      if (this.tables.properties[p]!.property.on !== 'state') continue;
      if (this.lookUp(p) === NOTEWORTHY) {
        this.findings.note({ property: p, depth: 0, parent: 0, action: -1, lo, hi });
      }
    }
  }

  private expand(segment: Segment, from: number, first: number, depth: number): number {
    const { cells, layout } = segment;
    const { progressEnd, idleEnd, environmentEnd } = this.program;
    const end = Math.min(segment.count, from + BLOCK_STATES);
    let at = from;
    for (; at < end && this.logged < LOG_TARGET; at++) {
      const record = at * layout.stride;
      const lo = cells[record]!;
      const hi = cells[record + 1]!;
      const start = this.logged;
      this.starts[at - from] = start;
      this.atState = first + at - from;
      unpack(layout, cells, record, this.state);
      this.run(0, progressEnd, lo, hi, depth, start);
      if (this.logged === start) this.run(progressEnd, idleEnd, lo, hi, depth, start);
      if (this.logged === start) this.settleTerminal(depth, lo, hi);
      this.run(idleEnd, environmentEnd, lo, hi, depth, start);
      if (this.logged - start > MAX_ACTIONS) throw new Thrown(`a state has more than ${MAX_ACTIONS} actions`);
    }
    this.starts[at - from] = this.logged;
    this.generated += this.logged;
    return at;
  }

  /** Logs the outcomes of the groups whose code lies in [pc, end). */
  private run(pc: number, end: number, lo: number, hi: number, depth: number, start: number): void {
    const { code, state } = this;
    let cells = this.cells;
    while (pc < end) {
      const next = code[pc]!;
      const conditionsEnd = pc + 4 + 2 * code[pc + 2]!;
      let at = pc + 4;
      for (; at < conditionsEnd; at += 2) {
        let entry = cells[cells[code[at + 1]!]! + state[code[at]!]!]!;
        if (entry === 0) {
          entry = this.tables.resolveCondition(code[pc + 1]!, (at - pc - 4) >> 1, state);
          cells = this.cells = this.tables.memory.cells;
        }
        if (entry !== 2) break;
      }
      if (at === conditionsEnd) {
        let list = this.memoised(cells, at, code[pc + 3]!);
        if (list === 0) {
          list = this.tables.resolveGroup(code[pc + 1]!, state);
          cells = this.cells = this.tables.memory.cells;
        }
        const count = cells[list]!;
        for (let i = 1; i <= count; i++) this.log(cells[list + i]!, lo, hi, depth, start);
        cells = this.cells;
      }
      pc = next;
    }
  }

  /** The memoised result of the reads whose code is here, for the present state; 0 if there is none. */
  private memoised(cells: Int32Array, at: number, reads: number): number {
    const { code, state } = this;
    let pairs = at + 2 * reads;
    let node = 0;
    let read = at;
    if (reads > 1) {
      node = state[code[at]!]!;
      const header = code[at + 1]!;
      if (header !== 0) node = cells[cells[header]! + node]! - 1;
      if (node < 0) return 0;
      read = at + 2;
    }
    const readsEnd = at + 2 * reads;
    let value = 0;
    for (; read < readsEnd; read += 2) {
      let id = state[code[read]!]!;
      const header = code[read + 1]!;
      if (header !== 0) id = cells[cells[header]! + id]! - 1;
      if (id < 0) return 0;
      value = find(cells, code[pairs++]!, node, id);
      if (value === 0) return 0;
      node = value - 1;
    }
    return value;
  }

  private log(outcome: number, parentLo: number, parentHi: number, depth: number, start: number): void {
    const { state } = this;
    let cells = this.cells;
    let lo = parentLo ^ cells[outcome + DELTA_LO]!;
    let hi = parentHi ^ cells[outcome + DELTA_HI]!;
    let at = outcome + PAIRS;
    for (const end = at + 2 * cells[outcome + REPLACED]!; at < end; at += 2) {
      const slot = cells[at]!;
      const old = cells[this.tables.mixHeaders[slot]!]! + 2 * state[slot]!;
      lo ^= cells[old]!;
      hi ^= cells[old + 1]!;
    }
    const operations = cells[outcome + OPERATIONS]!;
    if (operations !== 0) {
      at = outcome + PAIRS + 2 * cells[outcome + VALUES]!;
      for (const end = at + 2 * operations; at < end; at += 2) {
        const slot = cells[at]!;
        const component = state[slot]!;
        const next = this.operated(slot, component, cells[at + 1]!);
        cells = this.cells;
        const mixes = cells[this.tables.mixHeaders[slot]!]!;
        lo ^= cells[mixes + 2 * component]! ^ cells[mixes + 2 * next]!;
        hi ^= cells[mixes + 2 * component + 1]! ^ cells[mixes + 2 * next + 1]!;
      }
    }
    this.coverage[cells[outcome + NAME]!]!++;
    const n = this.logged++;
    if (n >= this.logLo.length) this.widenLog();
    this.logLo[n] = lo;
    this.logHi[n] = hi;
    this.logOutcome[n] = outcome;
    if (cells[outcome + FLAGS] !== 0) this.flag(cells[outcome + FLAGS]!, depth, n - start, lo, hi);
  }

  /** Component id after an operation. */
  private operated(slot: number, component: number, operation: number): number {
    const next = find(this.cells, this.tables.operationPairs[slot]!, component, operation);
    if (next !== 0) return next - 1;
    const resolved = this.tables.resolveOperation(slot, component, operation);
    this.cells = this.tables.memory.cells;
    return resolved;
  }

  private widenLog(): void {
    const wider = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
      const log = new Int32Array(2 * old.length);
      log.set(old);
      return log;
    };
    this.logLo = wider(this.logLo);
    this.logHi = wider(this.logHi);
    this.logOutcome = wider(this.logOutcome);
    this.won = new Uint8Array(this.logLo.length);
  }

  private flag(list: number, depth: number, action: number, lo: number, hi: number): void {
    const { cells, findings } = this;
    const end = list + cells[list]!;
    for (let at = list + 1; at <= end; at++) {
      const property = cells[at]!;
      if (findings.open[property] === 0) continue;
      findings.note({ property, depth: depth + 1, parent: this.atState, action, lo, hi });
    }
  }

  private settleTerminal(depth: number, lo: number, hi: number): void {
    this.terminal++;
    const { terminal } = this.program;
    for (let i = 0; i < terminal.length; i++) {
      const property = terminal[i]!;
      if (this.findings.open[property] === 0 || this.lookUp(property) !== NOTEWORTHY) continue;
      this.findings.note({ property, depth, parent: this.atState, action: -1, lo, hi });
    }
  }

  private settle(
    segment: Segment,
    from: number,
    to: number,
    first: number,
    depth: number,
    next: Frontier,
  ): void {
    const { starts, won, state, before } = this;
    const { layout } = segment;
    for (let at = from; at < to; at++) {
      const start = starts[at - from]!;
      const end = starts[at - from + 1]!;
      let unpacked = false;
      for (let n = start; n < end; n++) {
        if (won[n] === 0) continue;
        if (!unpacked) {
          unpack(layout, segment.cells, at * layout.stride, before);
          unpacked = true;
        }
        state.set(before);
        this.atState = first + at - from;
        this.atAction = n - start;
        this.settleNew(this.logOutcome[n]!, depth, this.logLo[n]!, this.logHi[n]!, next);
      }
    }
    this.atAction = -1;
  }

  private settleNew(outcome: number, depth: number, lo: number, hi: number, next: Frontier): void {
    this.write(outcome);
    this.links.add(this.atState, this.atAction);
    next.append(this.state, lo, hi);
    const checks = this.cells[outcome + CHECKS]!;
    const end = checks + this.cells[checks]!;
    for (let at = checks + 1; at <= end; at++) {
      const property = this.cells[at]!;
      if (this.findings.open[property] === 0 || this.lookUp(property) !== NOTEWORTHY) continue;
      const { atState, atAction } = this;
      this.findings.note({ property, depth: depth + 1, parent: atState, action: atAction, lo, hi });
    }
  }

  /** Turns the present state into the successor. All operations are memoised by now. */
  private write(outcome: number): void {
    const { cells, state } = this;
    let at = outcome + PAIRS;
    const valuesEnd = at + 2 * cells[outcome + VALUES]!;
    const end = valuesEnd + 2 * cells[outcome + OPERATIONS]!;
    for (; at < valuesEnd; at += 2) state[cells[at]!] = cells[at + 1]!;
    for (; at < end; at += 2) {
      const slot = cells[at]!;
      state[slot] = find(cells, this.tables.operationPairs[slot]!, state[slot]!, cells[at + 1]!) - 1;
    }
  }

  private lookUp(property: number): number {
    const address = this.program.properties[property]!;
    const known = this.memoised(this.cells, address + 1, this.code[address]!);
    if (known !== 0) return known;
    const resolved = this.tables.resolveProperty(property, this.state);
    this.cells = this.tables.memory.cells;
    return resolved;
  }
}
