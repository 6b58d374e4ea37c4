/**
 * Small mistakes that a programmer of the protocol might make, as edits of the program text: a guard forgotten, a quorum
 * off by one, an acknowledgement not counted, effects out of order. Each operator finds the places where it applies.
 */
import { closing, elements, expressionStart, type Range } from './source.js';

export interface Edit {
  readonly range: Range;
  readonly to: string;
  /** Where a run has to come by for the edit to matter; the start of the range unless said otherwise. */
  readonly matters?: number;
}

export interface Operator {
  readonly name: string;
  /** The edits that it can make of this text, of which `code` is the part that is code. */
  readonly edits: (code: string, text: string) => readonly Edit[];
}

/** Replaces whatever the pattern's last group matches, or all of it. */
const replacing = (name: string, pattern: RegExp, to: (found: string) => string): Operator => ({
  name,
  edits: (code) =>
    [...code.matchAll(pattern)].map((match) => {
      const found = match[1] ?? match[0];
      const from = match.index + match[0].lastIndexOf(found);
      return { range: [from, from + found.length], to: to(found) };
    }),
});

const guardDropped: Operator = {
  name: 'guard-dropped',
  edits: (code) =>
    [...code.matchAll(/\bif \(/g)].map(({ index }) => {
      const open = index + 3;
      const end = closing(code, open);
      const consequence = end + 1 + code.slice(end + 1).search(/\S/);
      return { range: [open + 1, end], to: 'false', matters: consequence };
    }),
};

const BOUNDARY: Readonly<Record<string, string>> = { '>': '>=', '>=': '>', '<': '<=', '<=': '<' };
const boundaryMoved = replacing(
  'boundary-moved',
  /(?<=[\w)\]] )(>=|<=|>|<)(?= [\w(-])/g,
  (found) => BOUNDARY[found]!,
);

/** Where the left side decides alone, the right one never runs, and yet it is the answer of the whole that changes. */
const connectiveSwapped: Operator = {
  name: 'connective-swapped',
  edits: (code) =>
    [...code.matchAll(/(?<![.(]{2}\w*)(&&|\|\|)/g)].map(({ index, 0: found }) => ({
      range: [index, index + 2],
      to: found === '&&' ? '||' : '&&',
      matters: expressionStart(code, index),
    })),
};

const offByOne = replacing('off-by-one', /( [+-] 1)\b(?!\d)/g, () => '');

/** The first argument of a call stands for the call: nothing is included, the greater is not taken. */
const firstArgument = (name: string, call: RegExp): Operator => ({
  name,
  edits: (code, text) =>
    [...code.matchAll(call)].map((match) => {
      const open = match.index + match[0].length - 1;
      const [from, to] = elements(code, open)[0]!;
      return { range: [match.index, closing(code, open) + 1], to: text.slice(from, to) };
    }),
});

const notIncluded = firstArgument('not-included', /\binclude\(/g);
const greaterNotTaken = firstArgument('maximum-not-taken', /\bMath\.max\(/g);

const filterDropped: Operator = {
  name: 'filter-dropped',
  edits: (code) =>
    [...code.matchAll(/\s*\.filter\(/g)].map((match) => ({
      range: [match.index, closing(code, match.index + match[0].length - 1) + 1],
      to: '',
    })),
};

const ruleFlipped = replacing('rule-flipped', /: (true|false),$/gm, (found) =>
  found === 'true' ? 'false' : 'true',
);

/** What the judge sees by, and no part of the protocol. */
const isObservation = (part: string): boolean => /^observe|unexpected\(|^\.\.\.before$/.test(part);

interface EffectList {
  readonly range: Range;
  readonly observations: readonly string[];
  readonly effects: readonly string[];
}

/** Lists in which something is sent, written or closed, or that others are spread into. */
const effectLists = (code: string, text: string): readonly EffectList[] =>
  [...code.matchAll(/(?<=[\s(?:=>,[] ?)\[(?=\s*(?:\.\.\.|\w+\(|plan\.first|\{ type:))/g)].map(
    ({ index: open }) => {
      const parts = elements(code, open).map(([from, to]) => text.slice(from, to));
      return {
        range: [open + 1, closing(code, open)],
        observations: parts.filter(isObservation),
        effects: parts.filter((part) => !isObservation(part)),
      };
    },
  );

/** The first comes last. */
const orderSwapped: Operator = {
  name: 'order-swapped',
  edits: (code, text) =>
    effectLists(code, text)
      .filter(({ effects }) => effects.length > 1)
      .map(({ range, observations, effects: [first, ...others] }) => ({
        range,
        to: [...observations, ...others, first].join(', '),
      })),
};

const effectDropped: Operator = {
  name: 'effect-dropped',
  edits: (code, text) =>
    effectLists(code, text).flatMap(({ range, observations, effects }) =>
      effects
        .filter((part) => /^(?:send\(|persist\(|close\(|notify\(|\.\.\.)/.test(part))
        .map((dropped) => ({
          range,
          to: [...observations, ...effects.filter((part) => part !== dropped)].join(', '),
        })),
    ),
};

export const operators: readonly Operator[] = [
  guardDropped,
  boundaryMoved,
  connectiveSwapped,
  offByOne,
  notIncluded,
  greaterNotTaken,
  filterDropped,
  ruleFlipped,
  orderSwapped,
  effectDropped,
];
