/** Variants are the specification with named differences: a few rules overridden, nothing copied. */
import { defects } from './defects.js';
import { truncate } from './history.js';
import { type Rules, zabRules } from './rules.js';

export interface Variant {
  readonly name: string;
  readonly summary: string;
  readonly rules: Partial<Rules>;
  /** Named defects that belong to it; each can be fixed by name. */
  readonly defects: readonly string[];
}

/**
 * What a popular account says: who has a proposal in hand may not stand, and what is uncommitted is rolled back. A
 * leader so elected has to be able to lead those who know more.
 */
const idleCandidates: Partial<Rules> = { leadsWith: truncate, refusesAhead: false };

export const variants: readonly Variant[] = [
  { name: 'zab', summary: 'the protocol as it should be', rules: {}, defects: [] },
  {
    name: 'zookeeper-3.8',
    summary: 'what Apache ZooKeeper 3.8.0 does, known defects included',
    rules: {
      receiveQueue: 100,
      marksEpoch: true,
      yieldsToLaterEpoch: false,
      answersPingInSync: false,
    },
    defects: [
      'ZOOKEEPER-3023',
      'ZOOKEEPER-4394',
      'ZOOKEEPER-4643',
      'ZOOKEEPER-4646',
      'ZOOKEEPER-4685',
      'ZOOKEEPER-4712',
      'ack-outlives-truncation',
      'forget-synchronization',
    ],
  },
  {
    name: 'idle-candidates',
    summary:
      'only servers without a proposal that they neither acknowledged nor discarded may stand for election',
    rules: { ...idleCandidates, mayStand: ({ inHand }) => inHand !== true },
    defects: [],
  },
  {
    name: 'idle-candidates-uncommitted',
    summary: 'the same, read as: only servers without any uncommitted proposal may stand',
    rules: {
      ...idleCandidates,
      mayStand: ({ history, committed }) =>
        truncate(history, committed).entries.length === history.entries.length,
    },
    defects: [],
  },
];

const rulesOfDefect = (name: string): Partial<Rules> => {
  const defect = defects.find((candidate) => candidate.name === name);
  if (!defect) throw new RangeError(`no defect is called ${name}`);
  return defect.rules;
};

/**
 * The rules of a variant, with planted defects and without fixed ones.
 * @throws RangeError for a name that is none
 */
export const rulesOf = (
  variant: string,
  planted: readonly string[] = [],
  fixed: readonly string[] = [],
): Rules => {
  const base = variants.find(({ name }) => name === variant);
  if (!base) throw new RangeError(`no variant is called ${variant}`);
  const present = [...base.defects, ...planted].filter((name) => !fixed.includes(name));
  return Object.assign({}, zabRules, base.rules, ...present.map(rulesOfDefect)) as Rules;
};
