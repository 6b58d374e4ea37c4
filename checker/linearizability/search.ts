/**
 * The search for an order of operations that a sequential object could have gone through: Wing and Gong's, with Lowe's
 * memory of what was tried (a set of operations in some order that leads to a state leads nowhere else than another
 * order that leads to the same state).
 *
 * An operation may come next if nothing that is still to come returned before it was called. These make it fast:
 * a read that agrees is taken at once, since without it nothing becomes impossible; of the others the
 * one that returned first is tried first, and what is pending only when nothing else helps; and the set of what was
 * taken is remembered by its last operation in order of calls and the few before it that are missing, since no more are
 * missing than were running together. What `last-writes.ts` knows of registers cuts the rest.
 */
import { encode } from '../canonical.js';
import type { Operation } from './history.js';
import { LastWrites, nobody } from './last-writes.js';
import { Links } from './links.js';
import type { Specification } from './specification.js';

export type Outcome =
  /** Operations, by index, in an order that the object allows; of what is pending, only what it needs. */
  | { readonly kind: 'found'; readonly order: readonly number[]; readonly steps: number }
  /** There is none. Everything that returned before event `stuckAt` could be ordered. */
  | { readonly kind: 'none'; readonly stuckAt: number; readonly steps: number }
  | { readonly kind: 'bound'; readonly steps: number };

/** A point of the search: the state there, what may come next, and how far that has been tried. */
interface Point<S> {
  readonly state: S;
  /** Who wrote it, for an object that is its last write. */
  readonly writer: number;
  readonly candidates: readonly Candidate<S>[];
  tried: number;
  /** Whether what is pending was among the candidates already. */
  readonly desperate: boolean;
}

interface Candidate<S> {
  readonly index: number;
  readonly state: S;
  /** A read, or a write that nobody sees: nothing else need be tried here. */
  readonly free: boolean;
}

const never = Number.POSITIVE_INFINITY;

export class Search<S, O, R> {
  private readonly returns: readonly number[];
  /** Completed operations not yet taken, by call and by return, and pending ones by call. */
  private readonly byCall: Links;
  private readonly byReturn: Links;
  private readonly pending: Links;

  private readonly taken: number[] = [];
  private readonly takenPending: number[] = [];
  /** Of the completed ones taken so far, the latest call; a stack. */
  private readonly latest: number[] = [];
  private readonly lastWrites: LastWrites<S, O, R>;
  private readonly visited = new Set<string>();
  private stuckAt = -1;
  private steps = 0;

  constructor(
    private readonly specification: Specification<S, O, R>,
    /** In the order of their calls. */
    private readonly operations: readonly Operation<O, R>[],
    private readonly maxSteps: number,
  ) {
    const indices = operations.map((_, index) => index);
    this.returns = operations.map(({ returned }) => returned?.at ?? never);
    const completed = indices.filter((index) => this.returns[index] !== never);
    const inOrderOfReturn = [...completed].sort((a, b) => this.returns[a]! - this.returns[b]!);
    this.byCall = new Links(operations.length, [completed]);
    this.byReturn = new Links(operations.length, [inOrderOfReturn]);
    this.pending = new Links(operations.length, [indices.filter((index) => this.returns[index] === never)]);
    this.lastWrites = new LastWrites(specification, operations);
  }

  run(): Outcome {
    const { initial } = this.specification;
    const path: Point<S>[] = [this.pointAt(initial, nobody, false)];
    while (true) {
      if (this.byReturn.isEnd(this.byReturn.first()))
        return { kind: 'found', order: [...this.taken], steps: this.steps };
      if (this.steps >= this.maxSteps) return { kind: 'bound', steps: this.steps };
      const point = path[path.length - 1]!;
      const candidate = point.candidates[point.tried++];
      if (candidate !== undefined) {
        const next = this.enter(point, candidate);
        if (next) path.push(next);
        continue;
      }
      path.pop();
      if (!point.desperate && point.candidates[0]?.free !== true) {
        path.push(this.pointAt(point.state, point.writer, true));
        continue;
      }
      this.stuckAt = Math.max(this.stuckAt, this.returns[this.byReturn.first()]!);
      if (path.length === 0) return { kind: 'none', stuckAt: this.stuckAt, steps: this.steps };
      this.putBack();
    }
  }

  /** @returns null where another order has led to the same. */
  private enter(from: Point<S>, { index, state, free }: Candidate<S>): Point<S> | null {
    this.steps++;
    this.take(index);
    if (free || this.isNew(state))
      return this.pointAt(state, this.lastWrites.writerAfter(index, from.writer), false);
    this.putBack();
    return null;
  }

  private pointAt(state: S, writer: number, desperate: boolean): Point<S> {
    const candidates = desperate
      ? this.pendingCandidates(state, writer)
      : this.completedCandidates(state, writer);
    const free = candidates.find((candidate) => candidate.free);
    return { state, writer, candidates: free === undefined ? candidates : [free], tried: 0, desperate };
  }

  /** Earliest return first. */
  private completedCandidates(state: S, writer: number): readonly Candidate<S>[] {
    const found: Candidate<S>[] = [];
    const deadline = this.returns[this.byReturn.first()]!;
    const mustStay = this.lastWrites.mustStay(writer);
    for (
      let index = this.byCall.first();
      !this.byCall.isEnd(index) && this.operations[index]!.called < deadline;
      index = this.byCall.after(index)
    ) {
      const { operation, returned } = this.operations[index]!;
      const isRead = this.specification.isRead(operation);
      if (mustStay && !isRead) continue;
      const { state: next, result } = this.specification.apply(state, operation);
      if (!this.specification.agrees(result, returned!.result)) continue;
      found.push({ index, state: next, free: isRead || this.lastWrites.isUnseen(index, writer) });
    }
    return found.sort((a, b) => this.returns[a.index]! - this.returns[b.index]!);
  }

  /** What is pending need not happen, so it is of use only where it changes something. */
  private pendingCandidates(state: S, writer: number): readonly Candidate<S>[] {
    const found: Candidate<S>[] = [];
    if (this.lastWrites.mustStay(writer)) return found;
    const deadline = this.returns[this.byReturn.first()]!;
    for (
      let index = this.pending.first();
      !this.pending.isEnd(index) && this.operations[index]!.called < deadline;
      index = this.pending.after(index)
    ) {
      const next = this.specification.apply(state, this.operations[index]!.operation).state;
      if (isSame(state, next) || this.lastWrites.isUseless(index)) continue;
      found.push({ index, state: next, free: false });
    }
    return found;
  }

  private take(index: number): void {
    this.taken.push(index);
    this.lastWrites.take(index);
    if (this.returns[index] === never) {
      this.takenPending.push(index);
      this.pending.remove(index);
    } else {
      this.latest.push(Math.max(this.latest.at(-1) ?? -1, index));
      this.byCall.remove(index);
      this.byReturn.remove(index);
    }
  }

  private putBack(): void {
    const index = this.taken.pop()!;
    this.lastWrites.putBack(index);
    if (this.returns[index] === never) {
      this.takenPending.pop();
      this.pending.restore(index);
    } else {
      this.byReturn.restore(index);
      this.byCall.restore(index);
      this.latest.pop();
    }
  }

  private isNew(state: S): boolean {
    const key = `${this.setTaken()}|${encode(state)}`;
    if (this.visited.has(key)) return false;
    this.visited.add(key);
    return true;
  }

  /** Names the set of operations taken; exactly, so that no two sets share a name. */
  private setTaken(): string {
    const last = this.latest.at(-1) ?? -1;
    const missing: number[] = [];
    for (let index = this.byCall.first(); index < last; index = this.byCall.after(index)) missing.push(index);
    const pending = [...this.takenPending].sort((a, b) => a - b);
    return `${last}|${missing.join()}|${pending.join()}`;
  }
}

const isSame = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) || (typeof a === 'object' && encode(a) === encode(b));
