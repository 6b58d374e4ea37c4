/** The verdict of a search: in a sentence for people, as an exit code for scripts. */
import type { CheckResult } from '../checker/result.js';
import { grouped } from './numbers.js';
import type { Report } from './search.js';
import type { Colors } from './sections.js';

export const EXIT = { verified: 0, violated: 1, usage: 2, incomplete: 3 } as const;

const bounds: Readonly<Record<NonNullable<CheckResult['bound']>, string>> = {
  'max-states': '--max-states was reached',
  'max-depth': '--max-depth was reached',
  'max-seconds': '--max-seconds ran out',
  'max-memory': '--max-memory was reached',
  interrupted: 'interrupted',
};

/** The last line, since that is where the eye is. */
export const verdictLine = ({ plan, result }: Report, c: Colors): string => {
  if (result.verdict === 'verified') {
    const goals = result.goals.some(({ reached }) => reached)
      ? ', and every goal within these bounds was reached'
      : '';
    return `${c.green(c.bold('VERIFIED'))}: every invariant holds in all ${grouped(result.distinct)} states${goals}.`;
  }
  if (result.verdict === 'incomplete') {
    const why = result.bound === null ? 'the search did not finish' : bounds[result.bound];
    const rest = `nothing is verified beyond the ${grouped(result.distinct)} states found.`;
    return `${c.yellow(c.bold('INCOMPLETE'))}: ${why}; ${rest}`;
  }
  const goals = plan.model.goals.map(({ name }) => name);
  const all = result.violations.map(({ property }) => property);
  const broken = all.filter((name) => !goals.includes(name));
  const unreached = all.filter((name) => goals.includes(name));
  const parts = [
    ...(broken.length > 0 ? [`${broken.join(', ')} ${broken.length === 1 ? 'does' : 'do'} not hold`] : []),
    ...(unreached.length > 0
      ? [`${unreached.join(', ')} ${unreached.length === 1 ? 'was' : 'were'} not reached`]
      : []),
  ];
  return `${c.red(c.bold('VIOLATED'))}: ${parts.join('; ')}.`;
};
