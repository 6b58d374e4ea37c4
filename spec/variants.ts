/** Variants are the specification with named differences: a few rules overridden, nothing copied. */
import { defects } from './defects.js';
import { type Rules, zabRules } from './rules.js';

export interface Variant {
  readonly name: string;
  readonly summary: string;
  readonly rules: Partial<Rules>;
}

export const variants: readonly Variant[] = [
  { name: 'zab', summary: 'the protocol as it should be', rules: {} },
];

/**
 * The rules of a variant with planted defects.
 * @throws RangeError for a name that is none
 */
export const rulesOf = (variant: string, planted: readonly string[]): Rules => {
  const base = variants.find(({ name }) => name === variant);
  if (!base) throw new RangeError(`no variant is called ${variant}`);
  const overrides = planted.map((name) => {
    const defect = defects.find((candidate) => candidate.name === name);
    if (!defect) throw new RangeError(`no defect is called ${name}`);
    return defect.rules;
  });
  return Object.assign({}, zabRules, base.rules, ...overrides) as Rules;
};
