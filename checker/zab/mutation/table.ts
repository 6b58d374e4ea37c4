/** What the mutants came to: which was killed by what, which invariant kills what no other does, who survived. */
import type { Counts, Judgement } from './judge.js';
import type { Mutant } from './mutants.js';

export interface Judged {
  readonly mutant: Mutant;
  readonly judgement: Judgement;
}

const CRASH = '(crash)';

/** The names of what killed it; nothing of a survivor. */
export const killersOf = ({ judgement }: Judged): readonly string[] => {
  if (judgement.kind === 'killed') return judgement.by;
  return judgement.kind === 'survived' ? [] : [CRASH];
};

const pad = (text: string, width: number): string => text.padEnd(width);

const outcomeOf = ({ judgement }: Judged): string => {
  switch (judgement.kind) {
    case 'killed': {
      const others = judgement.by.filter((name) => name !== judgement.first);
      const more = others.length > 0 ? `; also ${others.join(', ')}` : '';
      return `${judgement.first} (${judgement.trial}, depth ${judgement.depth})${more}`;
    }
    case 'crashed':
      return `${CRASH} (${judgement.trial}) ${judgement.message.slice(0, 90)}`;
    case 'stopped':
      return `${CRASH} ${judgement.message.slice(0, 90)}`;
    case 'survived':
      return 'SURVIVED';
  }
};

/**
 * How the row of a survivor begins in the document that explains it. The edit is a part of it: names are numbers of places,
 * and a place may come to be another.
 */
export const rowOf = ({ name, summary }: Pick<Mutant, 'name' | 'summary'>): string =>
  `| \`${name}\` | \`${summary.replaceAll('|', '\\|').replaceAll('`', "'")}\` |`;

export const lineOf = (judged: Judged): string => `${pad(judged.mutant.name, 58)} ${outcomeOf(judged)}`;

export interface Score {
  readonly name: string;
  /** Mutants in which it can break. */
  readonly kills: number;
  /** Mutants whose shortest counterexample breaks it. */
  readonly first: number;
  /** Mutants in which it breaks and nothing else does. */
  readonly alone: readonly string[];
}

/** A row for each that could have killed. */
export const scores = (names: readonly string[], all: readonly Judged[]): readonly Score[] =>
  names.map((name) => ({
    name,
    kills: all.filter((judged) => killersOf(judged).includes(name)).length,
    first: all.filter(({ judgement }) => judgement.kind === 'killed' && judgement.first === name).length,
    alone: all.flatMap((judged) => {
      const killers = killersOf(judged);
      return killers.length === 1 && killers[0] === name ? [judged.mutant.name] : [];
    }),
  }));

export const scoreLines = (all: readonly Score[]): readonly string[] => [
  `${pad('', 24)} ${'kills'.padStart(6)} ${'first'.padStart(6)} ${'alone'.padStart(6)}  one that no other kills`,
  ...all.map(({ name, kills, first, alone }) =>
    [
      pad(name, 24),
      String(kills).padStart(6),
      String(first).padStart(6),
      String(alone.length).padStart(6),
      ` ${alone[0] ?? (kills > 0 ? 'none: others break with it' : 'none')}`,
    ].join(' '),
  ),
];

/**
 * Why a survivor may have survived, as far as the counts tell. `not run`: no trial comes by there, or a guard never holds;
 * `same`: it did nothing else than the protocol in any trial; `different`: it did, and nothing was wrong with that;
 * `cut off`: the same, but a bound ended some search.
 */
export const likeness = (
  judgement: Judgement,
  protocol: readonly Counts[],
): 'not run' | 'same' | 'different' | 'cut off' | null => {
  if (judgement.kind !== 'survived') return null;
  if (judgement.counts.length === 0) return 'not run';
  const differs = judgement.counts.filter(({ trial, distinct, generated }) => {
    const known = protocol.find((counts) => counts.trial === trial);
    return known && (known.distinct !== distinct || known.generated !== generated);
  });
  if (differs.length === 0) return 'same';
  return differs.some(({ complete }) => !complete) ? 'cut off' : 'different';
};
