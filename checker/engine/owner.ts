/**
 * The resolver of the thread that owns the model and the tables. Between two of its own states it answers what the other
 * threads ask. They read while it writes: what it adds to a table is in place before it can be found. Only to
 * move what is there already, as a table does that grows, it makes them rest.
 */
import type { Assistant } from './expansion.js';
import { type Kind, Mailbox, newBell, newMailbox, Signal } from './mailbox.js';
import type { Tables } from './tables.js';
import { Thrown } from './thrown.js';

export class Owner implements Assistant {
  insists = false;
  readonly asked = 0;
  readonly bell: number;
  readonly mailboxes: readonly Mailbox[];
  readonly addresses: readonly number[];
  private readonly rung: Signal;
  private isAlone = false;

  /** @param others number of the threads that ask it. */
  constructor(
    private readonly tables: Tables,
    others: number,
  ) {
    const { memory } = tables;
    const slots = tables.components.length;
    this.bell = newBell(memory);
    this.rung = new Signal(memory.cells, this.bell);
    this.addresses = Array.from({ length: others }, () => newMailbox(memory, slots));
    this.mailboxes = this.addresses.map((address) => new Mailbox(memory.cells, address, slots));
    memory.exclusively = (work) => this.alone(work);
  }

  conditions(slot: number, component: number): number {
    return this.tables.conditions(slot, component);
  }

  group(group: number, state: Int32Array): number {
    return this.tables.group(group, state);
  }

  operation(slot: number, component: number, operation: number): number {
    return this.tables.operation(slot, component, operation);
  }

  property(property: number, state: Int32Array): number {
    if (this.insists) return this.tables.property(property, state);
    return orZero(() => this.tables.property(property, state));
  }

  /** Never what it has put off: there the model throws, and would again, until this insists. */
  hasAnswered(): boolean {
    return false;
  }

  awaitAnswers(): void {}

  attend(): void {
    this.rung.set(0);
    for (const mailbox of this.mailboxes)
      mailbox.answerAll((...question) => orZero(() => this.resolve(...question)));
  }

  /** Attends to the others until something that they do makes it true; false if that takes too long. */
  attendUntil(isDone: () => boolean, milliseconds: number): boolean {
    const until = performance.now() + milliseconds;
    for (;;) {
      this.attend();
      if (isDone()) return true;
      this.rung.await(0, milliseconds);
      if (performance.now() > until) return false;
    }
  }

  private resolve(kind: Kind, a: number, b: number, c: number, state: Int32Array): number {
    switch (kind) {
      case 'conditions':
        return this.tables.conditions(a, b);
      case 'group':
        return this.tables.group(a, state);
      case 'operation':
        return this.tables.operation(a, b, c);
      case 'property':
        return this.tables.property(a, state);
    }
  }

  private alone(work: () => void): void {
    if (this.isAlone) {
      work();
      return;
    }
    this.isAlone = true;
    for (const { bell } of this.mailboxes) bell.set(1);
    for (const { reading } of this.mailboxes) while (reading.value === 1) reading.await(1, 1);
    work();
    for (const { bell } of this.mailboxes) bell.set(0);
    this.isAlone = false;
  }
}

/** What it comes to, or 0 if the model throws. */
const orZero = (work: () => number): number => {
  try {
    return work();
  } catch (error) {
    if (error instanceof Thrown) return 0;
    throw error;
  }
};
