/**
 * The resolver of a thread that does not own the tables: it asks the one that does, and either puts off what needs the answer
 * or waits for it. The other may write to the tables meanwhile, wherever there was nothing; to move what is there, it rings,
 * and this thread rests until it has.
 */
import type { Kind, Mailbox, Signal } from './mailbox.js';
import type { Assistant } from './expansion.js';
import { Thrown } from './thrown.js';

export class Asker implements Assistant {
  insists = false;
  readonly bell: number;

  /** @param owner the bell of the thread that owns the tables. */
  constructor(
    private readonly mailbox: Mailbox,
    private readonly owner: Signal,
  ) {
    this.bell = mailbox.bell.address;
  }

  conditions(slot: number, component: number): number {
    return this.ask('conditions', slot, component, 0);
  }

  group(group: number, state: Int32Array): number {
    return this.ask('group', group, 0, 0, state);
  }

  operation(slot: number, component: number, operation: number): number {
    return this.ask('operation', slot, component, operation);
  }

  property(property: number, state: Int32Array): number {
    return this.ask('property', property, 0, 0, state);
  }

  attend(): void {
    this.leave();
    this.begin();
  }

  get asked(): number {
    return this.mailbox.asked.value;
  }

  hasAnswered(asked: number): boolean {
    // The numbers may have turned negative.
    return ((this.mailbox.answered.value - asked) | 0) >= 0;
  }

  awaitAnswers(): void {
    for (let before = this.answered; before !== this.asked; before = this.answered) this.rest(before);
  }

  /** To be called before the tables are read. */
  begin(): void {
    const { bell, reading } = this.mailbox;
    for (;;) {
      reading.set(1);
      // Either this thread sees the bell, or the one that has rung sees it reading.
      if (bell.value === 0) return;
      reading.set(0);
      bell.await(1);
    }
  }

  /** Whether more orders than that have been given. */
  hasOrder(before: number): boolean {
    return this.mailbox.orders.value !== before;
  }

  awaitOrder(before: number): void {
    while (!this.hasOrder(before)) this.mailbox.orders.await(before);
  }

  /** To be called when the tables are not read any more: nobody waits for a thread that has failed. */
  leave(): void {
    this.mailbox.reading.set(0);
  }

  /** The last order has been carried out, and the report is there. */
  end(): void {
    const { reports } = this.mailbox;
    reports.set(reports.value + 1);
    this.owner.set(1);
  }

  private ask(kind: Kind, a: number, b: number, c: number, state?: Int32Array): number {
    if (!this.insists && this.mailbox.isFull) return 0;
    this.put(kind, a, b, c, state);
    return this.insists ? this.answer() : 0;
  }

  private put(kind: Kind, a: number, b: number, c: number, state: Int32Array | undefined): void {
    const { mailbox } = this;
    for (let before = this.answered; mailbox.isFull; before = this.answered) this.rest(before);
    mailbox.ask(kind, a, b, c, state);
    this.owner.set(1);
  }

  /** To the last question; 0 if the model has thrown, where this does not insist. */
  private answer(): number {
    const { mailbox } = this;
    this.awaitAnswers();
    if (mailbox.lastAnswer === 0 && this.insists) throw new Thrown('the model has thrown');
    return mailbox.lastAnswer;
  }

  private get answered(): number {
    return this.mailbox.answered.value;
  }

  /** Until there are more answers than that. */
  private rest(before: number): void {
    this.leave();
    this.mailbox.answered.await(before);
    this.begin();
  }
}
