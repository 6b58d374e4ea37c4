/**
 * What passes between the thread that owns the tables and one that only reads them, in cells of the memory that both
 * have: what is asked and answered is a ring of entries, and how far each of the two has come is announced in a cell of its own.
 */
import type { Memory } from './memory.js';

type Cells = Memory['cells'];

/** Cells of a cache line: what different threads write lies in different ones. */
const LINE = 16;

/** Entries of a ring, a power of two. Whoever finds it full has to wait. */
const ENTRIES = 1 << 8;

/** Numbers of which each has a line to itself, before the ring. */
const SIGNALS = 6;

/** What is asked for, three numbers, and the answer; then a state. */
const KIND = 0;
const ANSWER = 4;
const STATE = 5;

const lines = (cells: number): number => LINE * Math.ceil(cells / LINE);

/** Fresh cells that share a cache line with no others. */
const reserve = (memory: Memory, size: number): number => lines(memory.fresh(lines(size) + LINE));

/**
 * A number that one thread sets and another waits for. In the cell behind it stands how many are asleep: to wake nobody
 * would take as long as to explore a state.
 */
export class Signal {
  constructor(
    private readonly cells: Cells,
    readonly address: number,
  ) {}

  get value(): number {
    return Atomics.load(this.cells, this.address);
  }

  set(value: number): void {
    const { cells, address } = this;
    Atomics.store(cells, address, value);
    if (Atomics.load(cells, address + 1) !== 0) Atomics.notify(cells, address);
  }

  /** Waits until it has another value, or the time is over. What is awaited is mostly done in a moment. */
  await(value: number, milliseconds?: number): void {
    const { cells, address } = this;
    for (let i = 0; i < SPINS; i++) if (this.value !== value) return;
    Atomics.add(cells, address + 1, 1);
    Atomics.wait(cells, address, value, milliseconds);
    Atomics.sub(cells, address + 1, 1);
  }
}

/** About as long as it takes to be woken. */
const SPINS = 5000;

/** The bell of the thread that has no mailbox of its own. */
export const newBell = (memory: Memory): number => reserve(memory, LINE);

export const KINDS = ['conditions', 'group', 'operation', 'property'] as const;

export type Kind = (typeof KINDS)[number];

export class Mailbox {
  /** 1 where the thread should look up from the tables, between two states. */
  readonly bell: Signal;
  /** 1 while the thread reads the tables, so that nothing may be moved that is there. */
  readonly reading: Signal;
  /** How many orders, reports, questions and answers there have been, in 32 bits. */
  readonly orders: Signal;
  readonly reports: Signal;
  readonly asked: Signal;
  readonly answered: Signal;
  private readonly entries: number;
  private readonly size: number;

  constructor(
    private readonly cells: Cells,
    address: number,
    slots: number,
  ) {
    const signal = (line: number): Signal => new Signal(cells, address + line * LINE);
    this.bell = signal(0);
    this.reading = signal(1);
    this.orders = signal(2);
    this.reports = signal(3);
    this.asked = signal(4);
    this.answered = signal(5);
    this.entries = address + SIGNALS * LINE;
    this.size = STATE + slots;
  }

  get isFull(): boolean {
    return ((this.asked.value - this.answered.value) | 0) === ENTRIES;
  }

  /** Asks; the ring is not full. */
  ask(kind: Kind, a: number, b: number, c: number, state: Int32Array | undefined): void {
    const { cells, asked } = this;
    const number = asked.value;
    const entry = this.entryOf(number);
    cells[entry + KIND] = KINDS.indexOf(kind);
    cells[entry + 1] = a;
    cells[entry + 2] = b;
    cells[entry + 3] = c;
    if (state !== undefined) cells.set(state, entry + STATE);
    asked.set(number + 1);
  }

  /** The answer to the last question, once it is there. */
  get lastAnswer(): number {
    return this.cells[this.entryOf(this.asked.value - 1) + ANSWER]!;
  }

  /** Answers all that has been asked. */
  answerAll(answer: (kind: Kind, a: number, b: number, c: number, state: Int32Array) => number): void {
    const { cells, asked, answered, size } = this;
    for (let number = answered.value; number !== asked.value; number = (number + 1) | 0) {
      const entry = this.entryOf(number);
      const state = cells.subarray(entry + STATE, entry + size);
      const [a, b, c] = [cells[entry + 1]!, cells[entry + 2]!, cells[entry + 3]!];
      cells[entry + ANSWER] = answer(KINDS[cells[entry + KIND]!]!, a, b, c, state);
      answered.set(number + 1);
    }
  }

  private entryOf(number: number): number {
    return this.entries + (number & (ENTRIES - 1)) * this.size;
  }
}

/** Address of an empty mailbox, for states of so many slots. */
export const newMailbox = (memory: Memory, slots: number): number =>
  reserve(memory, SIGNALS * LINE + ENTRIES * (STATE + slots));
