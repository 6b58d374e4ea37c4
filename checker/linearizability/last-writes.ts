/**
 * What is known in advance of an object that is nothing but its last write: a value can be seen only until the next
 * write. Hence two rules for the search. It must not leave a value that somebody is still to see, unless that value will
 * be written again in time. And a write whose value nobody will see can go where nobody will see the present value.
 *
 * For an object of another sort it knows nothing, and no rule applies.
 */
import { encode } from '../canonical.js';
import type { Operation } from './history.js';
import { Links } from './links.js';
import type { Specification } from './specification.js';

const none = -1;
const never = Number.POSITIVE_INFINITY;

/** The writer of the initial value. */
export const nobody = none;

export class LastWrites<S, O, R> {
  private readonly called: readonly number[];
  private readonly returned: readonly number[];
  private readonly values = new Map<string, number>();
  private readonly initial: number;
  /** For each operation the value that it leaves, and the one that it saw. */
  private readonly left: readonly number[];
  private readonly seen: readonly number[];
  /** For each write, when another that came after it has certainly overwritten it. */
  private readonly overwritten: readonly number[];
  private readonly overwrittenInitial: number;
  /** For each value its operations not yet taken: writes by call, reads by call and by return. */
  private readonly writes: Links;
  private readonly reads: Links;
  private readonly readsByReturn: Links;

  constructor(
    private readonly specification: Specification<S, O, R>,
    operations: readonly Operation<O, R>[],
  ) {
    this.called = operations.map(({ called }) => called);
    this.returned = operations.map(({ returned }) => returned?.at ?? never);
    const knowledge = operations.map(({ operation }) => specification.lastWrite?.(operation));
    this.initial = this.valueOf(specification.initial);
    this.left = knowledge.map((what) => (what && 'left' in what ? this.valueOf(what.left) : none));
    // A read that never returned saw nothing that matters.
    this.seen = knowledge.map((what, index) => {
      const { returned } = operations[index]!;
      return what && 'seen' in what && returned ? this.valueOf(what.seen(returned.result)) : none;
    });
    const earliestReturn = this.earliestReturnOfLaterWrites();
    this.overwritten = this.returned.map(earliestReturn);
    this.overwrittenInitial = earliestReturn(none);
    this.writes = this.byValue(this.left, this.called);
    this.reads = this.byValue(this.seen, this.called);
    this.readsByReturn = this.byValue(this.seen, this.returned);
  }

  take(index: number): void {
    if (this.left[index] !== none) this.writes.remove(index);
    if (this.seen[index] === none) return;
    this.reads.remove(index);
    this.readsByReturn.remove(index);
  }

  putBack(index: number): void {
    if (this.left[index] !== none) this.writes.restore(index);
    if (this.seen[index] === none) return;
    this.readsByReturn.restore(index);
    this.reads.restore(index);
  }

  writerAfter(index: number, before: number): number {
    return this.left[index] === none ? before : index;
  }

  /** Whether no write may come next. */
  mustStay(writer: number): boolean {
    const value = this.valueBy(writer);
    if (value === none) return false;
    const read = this.readsByReturn.first(value);
    if (this.readsByReturn.isEnd(read)) return false;
    const write = this.writes.first(value);
    return this.writes.isEnd(write) || this.returned[read]! < this.called[write]!;
  }

  /** Whether an operation writes what nobody will see, while nobody will see any more what is there now. */
  isUnseen(index: number, writer: number): boolean {
    return this.valueBy(writer) !== none && this.isUseless(index) && !this.willBeSeen(writer);
  }

  /** Whether an operation writes what nobody will see. */
  isUseless(index: number): boolean {
    return this.left[index] !== none && !this.willBeSeen(index);
  }

  private willBeSeen(writer: number): boolean {
    const until = writer === nobody ? this.overwrittenInitial : this.overwritten[writer]!;
    const read = this.reads.first(this.valueBy(writer));
    return !this.reads.isEnd(read) && this.called[read]! < until;
  }

  private valueBy(writer: number): number {
    return writer === nobody ? this.initial : this.left[writer]!;
  }

  private valueOf(state: S): number {
    if (this.specification.lastWrite === undefined) return none;
    const name = encode(state);
    const value = this.values.get(name) ?? this.values.size;
    this.values.set(name, value);
    return value;
  }

  private byValue(values: readonly number[], time: readonly number[]): Links {
    const lists = Array.from(this.values, (): number[] => []);
    for (const [index, value] of values.entries()) if (value !== none) lists[value]!.push(index);
    for (const list of lists) list.sort((a, b) => time[a]! - time[b]!);
    return new Links(values.length, lists);
  }

  /** Of the writes called after a moment, the earliest return. */
  private earliestReturnOfLaterWrites(): (moment: number) => number {
    const writes = [...this.left.keys()].filter((index) => this.left[index] !== none);
    const earliest: number[] = [];
    for (let at = writes.length - 1; at >= 0; at--)
      earliest[at] = Math.min(earliest[at + 1] ?? never, this.returned[writes[at]!]!);
    return (moment) => {
      let [low, high] = [0, writes.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.called[writes[middle]!]! > moment) high = middle;
        else low = middle + 1;
      }
      return earliest[low] ?? never;
    };
  }
}
