/** What is counted of states that are expanded, by one thread or by all, so that it can be added up. */
import { type Members, NONE } from './orbits.js';

export interface Totals {
  readonly generated: number;
  readonly terminal: number;
  readonly coverage: Float64Array;
  /** States in the orbits of those that were expanded, and successors of these; nothing without symmetry. */
  readonly members: Members;
}

/** Of no state, for so many action names. */
export const noTotals = (actions: number): Totals => ({
  generated: 0,
  terminal: 0,
  coverage: new Float64Array(actions),
  members: NONE,
});

/** As they are now; an expander goes on counting. */
export const snapshot = ({ generated, terminal, coverage, members }: Totals): Totals => ({
  generated,
  terminal,
  coverage: coverage.slice(),
  members,
});

export const plus = (a: Totals, b: Totals): Totals => combine(a, b, 1);

export const minus = (a: Totals, b: Totals): Totals => combine(a, b, -1);

const combine = (a: Totals, b: Totals, sign: 1 | -1): Totals => ({
  generated: a.generated + sign * b.generated,
  terminal: a.terminal + sign * b.terminal,
  coverage: a.coverage.map((count, name) => count + sign * b.coverage[name]!),
  members: {
    distinct: a.members.distinct + sign * b.members.distinct,
    generated: a.members.generated + sign * b.members.generated,
  },
});
