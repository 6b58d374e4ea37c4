/**
 * The first half of the hot loop: logs the successors of states of the frontier, in the order (state, action), by
 * fingerprint and outcome, save those that it logged a moment ago. It looks at nothing but the memo tables.
 */
import type { Findings } from './findings.js';
import type { Segment } from './frontier.js';
import { MAX_ACTIONS } from './links.js';
import type { Log } from './log.js';
import { type Members, NONE, type Orbits } from './orbits.js';
import { ENTRY, FLAGS, NOTEWORTHY, OPERATIONS, PAIRS, REPLACED, VALUES } from './outcome.js';
import type { Reader } from './reader.js';
import type { Recent } from './recent.js';
import { Thrown } from './thrown.js';

export class Expander {
  generated = 0;
  terminal = 0;
  /** Times that each action was generated, by the number of its name. */
  readonly coverage: Float64Array;
  /** Number of the state being expanded. */
  atState = 0;
  /** Of the states being expanded. */
  private depth = 0;
  /** Index in the log of the present state's first successor, and the present state's fingerprint. */
  private start = 0;
  /** Of the present state, the successors generated so far, and the lists of outcomes that they were. */
  private actions = 0;
  private lists = 0;
  private readonly listed: Int32Array;
  private lo = 0;
  private hi = 0;
  /** The tables lack something that the present state needs. */
  private missed = false;
  /** Of the last records that were to be expanded, those that the resolver put off, counted from the first. */
  putOff: readonly number[] = [];
  /** By word of bits: groups that may come to something else than what is known of them. */
  private readonly stale: Int32Array;
  /** By word of bits: the other groups as far as they come to anything; and by bit, to which list. */
  private readonly active: Int32Array;
  private readonly current: Int32Array;
  /** By slot: address of the bits that the present component leaves; 0 where there are no conditions. */
  private readonly rows: Int32Array;

  constructor(
    private readonly reader: Reader,
    /** Where successors are logged. */
    public log: Log,
    private readonly findings: Findings,
    private readonly recent: Recent,
    private readonly orbits: Orbits | undefined,
    actionNames: number,
  ) {
    this.coverage = new Float64Array(actionNames);
    const { allGroups, groups, slots } = reader.program;
    this.listed = new Int32Array(groups.length);
    this.stale = allGroups.slice();
    this.active = new Int32Array(allGroups.length);
    this.current = new Int32Array(groups.length);
    this.rows = new Int32Array(slots);
  }

  get members(): Members {
    return this.orbits?.members ?? NONE;
  }

  /**
   * Expands records of a segment until `to`, or until the log has reached `limit`. One that is put off has no successors.
   * @param first number of the state of record `from`.
   * @param starts where the successors of each state begin in the log, and at last where they end.
   * @returns the record that comes next.
   */
  expand(
    segment: Segment,
    from: number,
    to: number,
    first: number,
    depth: number,
    starts: Int32Array,
    limit: number,
  ): number {
    const { cells, layout } = segment;
    const { reader, log } = this;
    const { bell } = reader.resolver;
    const putOff: number[] = [];
    this.putOff = putOff;
    this.depth = depth;
    let at = from;
    for (; at < to && log.count < limit; at++) {
      if (Atomics.load(reader.cells, bell) !== 0) reader.resolver.attend();
      const record = at * layout.stride;
      this.missed = false;
      this.lo = cells[record]!;
      this.hi = cells[record + 1]!;
      this.start = log.count;
      this.actions = 0;
      this.lists = 0;
      this.atState = first + at - from;
      starts[at - from] = log.count;
      this.look(reader.load(layout, cells, record));
      if (!this.missed) this.expandState();
      if (this.missed) putOff.push(at - from);
    }
    starts[at - from] = log.count;
    return at;
  }

  private expandState(): void {
    const { progressEnd, idleEnd, environmentEnd } = this.reader.program;
    this.run(0, progressEnd);
    if (this.actions === 0 && idleEnd > progressEnd) this.run(progressEnd, idleEnd);
    const isTerminal = this.actions === 0;
    if (environmentEnd > idleEnd) this.run(idleEnd, environmentEnd);
    if (this.actions > MAX_ACTIONS) throw new Thrown(`a state has more than ${MAX_ACTIONS} actions`);
    if (isTerminal && !this.missed) this.settleTerminal();
    if (this.missed) {
      this.withdraw();
      return;
    }
    this.generated += this.actions;
    this.orbits?.count(this.actions);
  }

  /** Looks at the slots that have changed. */
  private look(count: number): void {
    const { reader, rows, stale } = this;
    const { cells, changed, state } = reader;
    const { allGroups, conditionHeaders, readers } = reader.program;
    const words = allGroups.length;
    for (let i = 0; i < count; i++) {
      const slot = changed[i]!;
      for (let word = 0; word < words; word++) stale[word]! |= readers[slot * words + word]!;
      const header = conditionHeaders[slot]!;
      if (header === 0) continue;
      const component = state[slot]!;
      let row = cells[cells[header]! + component]!;
      if (row === 0) row = reader.resolver.conditions(slot, component);
      if (row === 0) this.missed = true;
      rows[slot] = row;
    }
    this.orbits?.show(count);
    if (this.missed) this.takeBack();
  }

  /** Logs the outcomes of the groups in these words of bits. */
  private run(from: number, to: number): void {
    const { active, current, reader, stale } = this;
    const { code } = reader;
    const { groups } = reader.program;
    for (let word = from; word < to; word++) {
      const unknown = stale[word]! === 0 ? 0 : this.candidates(word);
      active[word]! &= ~stale[word]!;
      stale[word] = 0;
      for (let bits = active[word]! | unknown; bits !== 0; bits &= bits - 1) {
        const lowest = bits & -bits;
        const bit = (word << 5) + 31 - Math.clz32(lowest);
        if ((unknown & lowest) !== 0) {
          const address = groups[bit]!;
          const list = reader.memoised(address + 2, code[address + 1]!) || this.resolved(code[address]!);
          if (list === 0) stale[word]! |= lowest;
          if (reader.cells[list] === 0) continue;
          active[word]! |= lowest;
          current[bit] = list;
        }
        this.logList(current[bit]!);
      }
    }
  }

  /** Of the groups in a word of bits that may come to something else now, those whose conditions are fulfilled. */
  private candidates(word: number): number {
    const { reader, rows } = this;
    const { cells } = reader;
    const { conditionedByWord, conditionedEnds } = reader.program;
    const end = conditionedEnds[word]!;
    let bits = this.stale[word]!;
    for (let i = word === 0 ? 0 : conditionedEnds[word - 1]!; i < end && bits !== 0; i++)
      bits &= cells[rows[conditionedByWord[i]!]! + word]!;
    return bits;
  }

  /** Address of the list of outcomes that a group comes to; 0, where there are none, if that is not known yet. */
  private resolved(group: number): number {
    const list = this.reader.resolver.group(group, this.reader.state);
    if (list === 0) this.missed = true;
    return list;
  }

  private logList(list: number): void {
    const { log, lo, hi, coverage, orbits, recent } = this;
    const { cells } = this.reader;
    const count = cells[list]!;
    log.reserve(count);
    const { outcome, action, lo: los, hi: his } = log.memory;
    let n = log.count;
    let number = this.actions;
    const end = list + 1 + ENTRY * count;
    for (let at = list + 1; at < end; at += ENTRY) {
      const info = cells[at + 3]!;
      outcome[n] = cells[at]!;
      action[n] = number++;
      los[n] = lo ^ cells[at + 1]!;
      his[n] = hi ^ cells[at + 2]!;
      coverage[info >> 1]!++;
      if ((info & 1) !== 0) this.complete(cells[at]!, n);
      if (recent.seen(los[n]!, his[n]!)) continue;
      orbits?.log(log.memory, n, cells[at]!);
      n++;
    }
    this.listed[this.lists++] = list;
    this.actions = number;
    log.count = n;
  }

  /** What is not known of an outcome without the state: the rest of the change of the fingerprint, and what to note. */
  private complete(outcome: number, n: number): void {
    const { cells, state, program } = this.reader;
    const { lo, hi } = this.log.memory;
    let at = outcome + PAIRS;
    for (const end = at + 2 * cells[outcome + REPLACED]!; at < end; at += 2) {
      const slot = cells[at]!;
      const old = cells[program.mixHeaders[slot]!]! + 2 * state[slot]!;
      lo[n]! ^= cells[old]!;
      hi[n]! ^= cells[old + 1]!;
    }
    at = outcome + PAIRS + 2 * cells[outcome + VALUES]!;
    for (const end = at + 2 * cells[outcome + OPERATIONS]!; at < end; at += 2) {
      this.operate(cells[at]!, cells[at + 1]!, n);
    }
    if (cells[outcome + FLAGS] !== 0) this.flag(cells[outcome + FLAGS]!, n);
  }

  private operate(slot: number, operation: number, n: number): void {
    const { reader } = this;
    const component = reader.state[slot]!;
    const next = reader.operated(slot, component, operation) - 1;
    if (next < 0) {
      this.missed = true;
      return;
    }
    const { lo, hi } = this.log.memory;
    const { cells } = reader;
    const mixes = cells[reader.program.mixHeaders[slot]!]!;
    lo[n]! ^= cells[mixes + 2 * component]! ^ cells[mixes + 2 * next]!;
    hi[n]! ^= cells[mixes + 2 * component + 1]! ^ cells[mixes + 2 * next + 1]!;
  }

  private flag(list: number, n: number): void {
    const { findings, atState, depth } = this;
    const { cells } = this.reader;
    const { lo, hi, action } = this.log.memory;
    for (let at = list + 1; at <= list + cells[list]!; at++) {
      const property = cells[at]!;
      // Where an operation is not known yet the fingerprint is wrong, but then all this is done again.
      if (findings.open[property] === 0 || this.missed) continue;
      findings.note({
        property,
        depth: depth + 1,
        parent: atState,
        action: action[n]!,
        lo: lo[n]!,
        hi: hi[n]!,
      });
    }
  }

  private settleTerminal(): void {
    const { findings, reader, atState, depth, lo, hi } = this;
    const { cells } = reader;
    const { terminalChecks } = reader.program;
    reader.look(terminalChecks);
    for (let i = 1; i <= cells[terminalChecks]!; i++) {
      const property = cells[terminalChecks + i]!;
      if (findings.open[property] === 0) continue;
      const answer = reader.answer(property);
      if (answer === 0) this.missed = true;
      if (answer === NOTEWORTHY) findings.note({ property, depth, parent: atState, action: -1, lo, hi });
    }
    if (!this.missed) this.terminal++;
  }

  /** Whether a fingerprint that was logged a moment ago is left out. */
  set trustful(value: boolean) {
    this.recent.trustful = value;
  }

  /** As if the present state had not been expanded, when what is kept of groups may be incomplete. */
  takeBack(): void {
    this.withdraw();
    this.reader.unload();
  }

  /** Takes what was logged of the present state back. Fingerprints of it may have been wrong. */
  private withdraw(): void {
    const { coverage, listed, lists, log, recent, start } = this;
    const { cells } = this.reader;
    for (let i = 0; i < lists; i++) {
      const list = listed[i]!;
      for (let entry = 0; entry < cells[list]!; entry++) coverage[cells[list + 4 + ENTRY * entry]! >> 1]!--;
    }
    for (let n = start; n < log.count; n++) recent.forget(log.memory.lo[n]!);
    log.count = start;
  }
}
