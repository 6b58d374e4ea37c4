/**
 * What a step does to the messages of one channel: which were sent, which were delivered, which are gone without. Told
 * from the contents before and after, so that any model can be drawn, and a trace that another program wrote.
 */
import { same } from './difference.js';

export type Move =
  /** Behind `at` messages that are older. */
  | { readonly move: 'send'; readonly at: number; readonly text: string }
  /** Delivered: the one that was at this place. */
  | { readonly move: 'receive'; readonly at: number }
  /** Delivered, and still there to be delivered again. */
  | { readonly move: 'copy'; readonly at: number }
  /** Gone without being delivered. */
  | { readonly move: 'lose'; readonly at: number };

/** Pairs of places of what stays, ascending: a longest common subsequence. */
const staying = (
  before: readonly unknown[],
  after: readonly unknown[],
): readonly (readonly [number, number])[] => {
  const rows = before.length + 1;
  const columns = after.length + 1;
  const longest = new Array<number>(rows * columns).fill(0);
  const at = (i: number, j: number): number => longest[i * columns + j]!;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      longest[i * columns + j] = same(before[i], after[j])
        ? at(i + 1, j + 1) + 1
        : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    if (same(before[i], after[j])) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
};

const last = (list: readonly unknown[]): readonly unknown[] => [...list].reverse();

/** Of equal messages a delivery takes the oldest, so then the newest are matched first. */
const matched = (before: readonly unknown[], after: readonly unknown[], newestFirst: boolean) =>
  newestFirst
    ? staying(last(before), last(after)).map(
        ([i, j]) => [before.length - 1 - i, after.length - 1 - j] as const,
      )
    : staying(before, after);

/**
 * The places in receive, copy and lose are those before the step, in send those after it; they are listed in this order.
 * @param delivers whether the step delivers a message of this channel, and if so, whether it takes it out
 */
export const movesOf = (
  before: readonly unknown[],
  after: readonly unknown[],
  delivers: 'takes' | 'copies' | undefined,
  describe: (message: unknown) => string,
): readonly Move[] => {
  const pairs = matched(before, after, delivers === 'takes');
  const kept = new Set(pairs.map(([i]) => i));
  const old = new Set(pairs.map(([, j]) => j));
  const gone = before.flatMap((_, i) => (kept.has(i) ? [] : [i]));
  const moves: Move[] = [];
  if (delivers === 'copies' && before.length > 0) moves.push({ move: 'copy', at: 0 });
  for (const [n, at] of gone.entries()) {
    moves.push({ move: n === 0 && delivers === 'takes' ? 'receive' : 'lose', at });
  }
  for (const [at, message] of after.entries()) {
    if (!old.has(at)) moves.push({ move: 'send', at, text: describe(message) });
  }
  return moves;
};
