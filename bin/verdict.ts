/** The verdict of a search: in a sentence for people, as an exit code for scripts. */

import type { RecoveryBound } from '../checker/recovery/result.js';
import { RECOVERY } from '../checker/recovery.js';
import type { CheckResult } from '../checker/result.js';
import { grouped } from './numbers.js';
import type { Report } from './search.js';
import type { Colors } from './sections.js';

export const EXIT = { verified: 0, violated: 1, usage: 2, incomplete: 3 } as const;

const bounds: Readonly<Record<NonNullable<CheckResult['bound']>, string>> = {
  'max-states': '--max-states was reached',
  'max-depth': '--max-depth was reached',
  'max-seconds': '--max-seconds ran out',
  'max-memory': '--max-memory was reached, by what cannot go to disk',
  interrupted: 'interrupted',
};

const verified = ({ plan, result }: Report): string => {
  const states = grouped((result.symmetry ?? result).distinct);
  const invariants = plan.partial ? 'every invariant that was named' : 'every invariant';
  const holds =
    result.invariants.length > 0
      ? `${invariants} holds in all ${states} states`
      : `all ${states} states were explored`;
  const reached = result.goals.some((goal) => goal.reached);
  const recovers = result.recovery ? ' Every state recovers.' : '';
  return `${reached ? `${holds}, and every goal within these bounds was reached.` : `${holds}.`}${recovers}`;
};

const violated = ({ plan, result }: Report): string => {
  const goals = plan.model.goals.map(({ name }) => name);
  const all = result.violations.map(({ property }) => property);
  const broken = all.filter((name) => !goals.includes(name) && name !== RECOVERY);
  const unreached = all.filter((name) => goals.includes(name));
  const parts = [
    ...(all.includes(RECOVERY) ? ['there is a trap: states from which nothing recovers'] : []),
    ...(broken.length > 0 ? [`${broken.join(', ')} ${broken.length === 1 ? 'does' : 'do'} not hold`] : []),
    ...(unreached.length > 0
      ? [`${unreached.join(', ')} ${unreached.length === 1 ? 'was' : 'were'} not reached`]
      : []),
  ];
  return `${parts.join('; ')}.`;
};

const recoveryBounds: Readonly<Record<RecoveryBound, string>> = {
  recovery: 'a bound on recovery was reached',
  'max-seconds': '--max-seconds ran out',
  interrupted: 'interrupted',
};

const incomplete = ({ result, plan: { limits } }: Report): string => {
  const { recovery, complete } = result;
  if (complete && recovery?.bound) {
    const open = `whether ${grouped(recovery.undetermined)} of ${grouped(result.distinct)} states recover is open`;
    return `${recoveryBounds[recovery.bound]}; ${open}. The invariants hold in all of them.`;
  }
  const why = result.bound === null ? 'the search did not finish' : bounds[result.bound];
  const folder = limits.resume ?? limits.checkpoint;
  const further = folder === undefined ? '' : ` To go on: --resume ${folder}`;
  return `${why}; nothing is verified (${grouped(result.distinct)} states were found so far).${further}`;
};

/** The last line, since that is where the eye is. */
export const verdictLine = (report: Report, { green, red, yellow, bold }: Colors): string => {
  switch (report.result.verdict) {
    case 'verified':
      return `${green(bold('VERIFIED'))}: ${verified(report)}`;
    case 'violated':
      return `${red(bold('VIOLATED'))}: ${violated(report)}`;
    case 'incomplete':
      return `${yellow(bold('INCOMPLETE'))}: ${incomplete(report)}`;
  }
};
