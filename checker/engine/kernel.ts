/**
 * The hot loop in WebAssembly, in the place of `Expander` and `Settler`, which are its twins: hands blocks of states to
 * it and takes back what it found. It works on the very same tables.
 */
import type { Findings } from './findings.js';
import type { Layout, Output, Segment } from './frontier.js';
import type { Log, LogMemory } from './log.js';
import type { Memory } from './memory.js';
import type { Members } from './orbits.js';
import type { Question } from './messages.js';
import type { Program } from './program.js';
import type { Resolver } from './reader.js';
import { Thrown } from './thrown.js';
import { MAX_ACTIONS } from './links.js';
import { type Host, instantiate, type WasmFunction, type WasmGlobal } from './wasm.js';

/** States that it is handed at a time. */
export const KERNEL_STATES = 1 << 12;

/** New states that it writes before they are taken. */
const OUTPUT_STATES = 1 << 10;

/** Fingerprints logged last: as in `hot-loop.ts`. */
const RECENT = 1 << 12;

const NO_LIMIT = 0x7fffffff;

export class Kernel {
  /** What the resolver has put off. */
  readonly questions: Question[] = [];
  private readonly covered: Float64Array;
  private readonly cells: Int32Array<SharedArrayBuffer>;
  private readonly state: Int32Array;
  private readonly settled: Int32Array;
  private readonly globals: Readonly<Record<string, WasmGlobal>>;
  private readonly functions: Readonly<Record<string, WasmFunction>>;
  /** Addresses of two layouts. */
  private readonly layouts: readonly [number, number];
  private inputLayout: Layout | undefined;
  private outputLayout: Layout | undefined;
  /** What is at the second address: an output layout, where that is not the input's. */
  private secondLayout: Layout | undefined;
  /** Of the block: number of its first state, and depth of its states. */
  private first = 0;
  private depth = 0;
  private output: Output | undefined;
  private usedLog: LogMemory | undefined;

  constructor(
    private readonly memory: Memory,
    private readonly program: Program,
    private readonly resolver: Resolver,
    private readonly findings: Findings,
    /** As of `Expander`. */
    public log: Log,
    isTrustful: boolean,
    actionNames: number,
  ) {
    this.cells = memory.cells;
    const { globals, functions } = instantiate('hot-loop', memory.store, this.host());
    this.globals = globals;
    this.functions = functions;
    const { slots } = program;
    this.state = this.viewOf(this.room('state', slots), slots).fill(-1);
    this.settled = this.viewOf(this.room('settled', slots), slots).fill(-1);
    this.covered = new Float64Array(
      memory.store.buffer,
      4 * this.room('coverage', 2 * actionNames),
      actionNames,
    );
    this.layouts = [this.fresh(1 + 4 * slots + 2), this.fresh(1 + 4 * slots + 2)];
    this.furnish();
    this.furnishImages(program);
    this.trustful = isTrustful;
    this.functions.begin!();
  }

  get generated(): number {
    return this.get('generated');
  }

  /** Times that each action was generated, by the number of its name; a copy, which other threads can be sent. */
  get coverage(): Float64Array {
    return this.covered.slice();
  }

  get terminal(): number {
    return this.get('terminal');
  }

  get members(): Members {
    return { distinct: this.get('distinctMembers'), generated: this.get('generatedMembers') };
  }

  /** Number of the state that is being expanded, or whose successors are being settled. */
  get atState(): number {
    return this.first + this.get('at');
  }

  /** Number of the action whose successor is being settled. */
  get atAction(): number {
    return this.get('action');
  }

  /** As `Expander.expand`, but for `KERNEL_STATES` records at most. */
  expand(
    segment: Segment,
    from: number,
    to: number,
    first: number,
    depth: number,
    starts: Int32Array,
    limit: number,
  ): number {
    const count = Math.min(to - from, KERNEL_STATES);
    this.begin(segment, from, count, first, depth);
    this.useLog(this.log.memory);
    this.set('logCount', this.log.count);
    try {
      this.functions.expand!(count, Math.min(limit, NO_LIMIT));
    } finally {
      this.log.count = this.get('logCount');
      this.copyStarts(starts, this.get('at') + 1);
    }
    return from + this.get('at');
  }

  takeBack(): void {
    this.functions.takeBack!();
    this.log.count = this.get('logCount');
  }

  /** Whether a fingerprint that was logged a moment ago is left out. */
  set trustful(value: boolean) {
    this.set('isTrustful', value ? 1 : 0);
  }

  /** As of `Expander`. */
  get putOff(): readonly number[] {
    const address = this.get('putOff');
    return [...this.cells.subarray(address, address + this.get('putOffs'))];
  }

  /** As `Settler.settle`, but for `KERNEL_STATES` records at most. */
  settle(
    segment: Segment,
    from: number,
    to: number,
    first: number,
    depth: number,
    starts: Int32Array,
    log: LogMemory,
    output: Output,
  ): void {
    const count = to - from;
    this.begin(segment, from, count, first, depth);
    this.useLog(log);
    this.useOutput(output, segment.layout);
    this.cells.set(starts.subarray(0, count + 1), this.get('starts'));
    this.set('action', -1);
    try {
      this.functions.settle!(count);
    } finally {
      this.flush();
    }
    this.set('action', -1);
  }

  private begin(segment: Segment, from: number, count: number, first: number, depth: number): void {
    const { cells, layout } = segment;
    this.first = first;
    this.depth = depth;
    if (layout !== this.inputLayout) {
      this.writeLayout(0, layout);
      this.inputLayout = layout;
      this.set('inputLayout', this.layouts[0]);
      this.set('isExpanderFresh', 1);
    }
    this.cells.set(cells.subarray(from * layout.stride, (from + count) * layout.stride), this.get('input'));
    this.cells.set(this.findings.open, this.get('open'));
  }

  private useOutput(output: Output, input: Layout): void {
    const { layout } = output;
    this.output = output;
    if (layout !== this.outputLayout) this.set('isSettlerFresh', 1);
    this.outputLayout = layout;
    if (layout !== input && layout !== this.secondLayout) {
      this.writeLayout(1, layout);
      this.secondLayout = layout;
    }
    this.set('outputLayout', this.layouts[layout === input ? 0 : 1]);
  }

  private writeLayout(which: 0 | 1, { stride, shifts, masks, words, ends }: Layout): void {
    this.cells.set([stride, ...shifts, ...masks, ...words, ...ends], this.layouts[which]);
  }

  private useLog(memory: LogMemory): void {
    if (memory === this.usedLog) return;
    this.usedLog = memory;
    this.set('logLength', memory.lo.length);
    for (const [name, { byteOffset }] of Object.entries(memory))
      this.set(`log${name[0]!.toUpperCase()}${name.slice(1)}`, byteOffset / 4);
  }

  private copyStarts(starts: Int32Array, count: number): void {
    const address = this.get('starts');
    for (let at = 0; at < count; at++) starts[at] = this.cells[address + at]!;
  }

  /** Takes the new states that have been written: the links one by one, the records by as many as lie one after another. */
  private flush(): void {
    const { cells, first } = this;
    const output = this.output!;
    const count = this.get('outputCount');
    const parents = this.get('outputParents');
    const actions = new Uint16Array(cells.buffer, 4 * this.get('outputActions'), count);
    const { stride } = output.layout;
    const from = this.get('output');
    let target = output.cells;
    let start = 0;
    let place = 0;
    for (let n = 0; n < count; n++) {
      const record = output.record(first + cells[parents + n]!, actions[n]!);
      if (record === place + (n - start) * stride && output.cells === target) continue;
      target.set(cells.subarray(from + start * stride, from + n * stride), place);
      target = output.cells;
      start = n;
      place = record;
    }
    target.set(cells.subarray(from + start * stride, from + count * stride), place);
    this.set('outputCount', 0);
  }

  /** What it may call. */
  private host(): Host {
    const { resolver, findings } = this;
    return {
      attend: () => resolver.attend(),
      conditions: (slot, component) => resolver.conditions(slot!, component!),
      group: (group) => resolver.group(group!, this.state),
      operation: (slot, component, operation) => resolver.operation(slot!, component!, operation!),
      property: (property, ofSettler) => resolver.property(property!, ofSettler ? this.settled : this.state),
      note: (property, at, action, isDeeper, lo, hi) => {
        const [parent, depth] = [this.first + at!, this.depth + isDeeper!];
        findings.note({ property: property!, depth, parent, action: action!, lo: lo!, hi: hi! });
        this.cells.set(findings.open, this.get('open'));
      },
      ask: (property, at, action, lo, hi) => {
        const [parent, depth] = [this.first + at!, this.depth + 1];
        const finding = { property: property!, depth, parent, action: action!, lo: lo!, hi: hi! };
        this.questions.push({ ...finding, state: this.settled.slice() });
      },
      reserve: (more) => {
        this.log.count = this.get('logCount');
        this.log.reserve(more!);
        this.useLog(this.log.memory);
      },
      flush: () => this.flush(),
      tooMany: () => {
        throw new Thrown(`a state has more than ${MAX_ACTIONS} actions`);
      },
    };
  }

  /** The program and the desk. */
  private furnish(): void {
    const { program } = this;
    const { slots, environmentEnd: words, groups, properties } = program;
    this.set('slots', slots);
    this.set('words', words);
    this.set('progressEnd', program.progressEnd);
    this.set('idleEnd', program.idleEnd);
    this.set('terminalChecks', program.terminalChecks);
    this.set('bell', this.resolver.bell);
    const { code, readers, conditionHeaders, conditionedByWord, conditionedEnds } = program;
    const { operationPairs, mixHeaders, nodes } = program;
    const parts = { code, groups, readers, conditionHeaders, conditionedByWord, conditionedEnds };
    for (const [name, part] of Object.entries({ ...parts, operationPairs, mixHeaders, properties, nodes }))
      this.cells.set(part, this.room(name, part.length));
    for (const name of ['packed', 'settledPacked', 'changed', 'rows', 'operands']) this.room(name, slots + 2);
    this.cells.set(program.allGroups, this.room('stale', words));
    this.room('active', words);
    this.room('current', 32 * words);
    this.room('listed', 32 * words);
    this.room('recent', 2 * RECENT);
    const ofNodes = program.nodes.length / 4;
    this.room('tuples', ofNodes);
    for (const name of ['parents', 'components', 'ids'])
      this.viewOf(this.room(name, ofNodes), ofNodes).fill(-2);
    this.viewOf(this.room('dull', properties.length), properties.length).fill(-1);
    this.room('open', properties.length);
    this.room('input', KERNEL_STATES * (slots + 2));
    this.room('starts', KERNEL_STATES + 1);
    this.room('putOff', KERNEL_STATES);
    this.set('outputLength', OUTPUT_STATES);
    this.room('output', OUTPUT_STATES * (slots + 2));
    this.room('outputParents', OUTPUT_STATES);
    this.room('outputActions', OUTPUT_STATES / 2);
  }

  private furnishImages({ imageHeaders, permutations, slots }: Program): void {
    this.set('permutations', permutations);
    if (permutations === 0) return;
    this.cells.set(imageHeaders, this.room('imageHeaders', slots));
    this.room('images', 2 * (permutations + 1));
    this.viewOf(this.room('shown', slots), slots).fill(-1);
    this.room('rowsChanged', 2 * slots);
  }

  /** Fresh cells at an even address, to which a global of the kernel is set. */
  private room(name: string, size: number): number {
    const address = this.fresh(size);
    this.set(name, address);
    return address;
  }

  private fresh(size: number): number {
    const address = this.memory.fresh(size + 1);
    return address + (address % 2);
  }

  private viewOf(address: number, length: number): Int32Array {
    return new Int32Array(this.cells.buffer, 4 * address, length);
  }

  private get(name: string): number {
    return this.globals[name]!.value as number;
  }

  private set(name: string, value: number): void {
    this.globals[name]!.value = value;
  }
}
