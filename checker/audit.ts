/**
 * Audits a run: calls the model's functions once more with arguments that the tables remember, and compares. The engine
 * believes that they are functions; one that counts its calls, looks at the clock or changes what it is given would make
 * every count and every verdict worthless, and nobody would see it.
 */
import { forEachMemo, type Memo } from './audit/memos.js';
import type { Tables } from './engine/tables.js';
import { ModelError } from './errors.js';

export interface Audit {
  /** Calls that the tables remember, and how many of them were made again. */
  readonly memoised: number;
  readonly audited: number;
}

/** Long values differ in places; a message shows the first. */
const MOST_SHOWN = 120;
const BEFORE = 40;

const around = (text: string, at: number): string => {
  const from = Math.max(0, at - BEFORE);
  const shown = text.slice(from, from + MOST_SHOWN);
  return `${from > 0 ? '…' : ''}${shown}${from + MOST_SHOWN < text.length ? '…' : ''}` || 'nothing';
};

const difference = ({ what }: Memo, before: string, now: string): string => {
  let at = 0;
  while (at < before.length && before[at] === now[at]) at++;
  return `${around(what, 0)} is no function: it gave ${around(before, at)} and now gives ${around(now, at)}`;
};

const called = ({ what, again }: Memo): string => {
  try {
    return again();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ModelError(`${around(what, 0)} is no function: now it throws ${message}`, [], { cause: error });
  }
};

/**
 * @param every calls are made again one in so many, in the order of the tables; 1 for all of them.
 * @throws ModelError that names the first that gives something else.
 */
export const audit = (tables: Tables, every: number): Audit => {
  let memoised = 0;
  let audited = 0;
  forEachMemo(tables, (memo) => {
    if (memoised++ % every !== 0) return;
    audited++;
    const before = memo.remembered();
    const now = called(memo);
    if (now !== before) throw new ModelError(difference(memo, before, now), []);
  });
  return { memoised, audited };
};
