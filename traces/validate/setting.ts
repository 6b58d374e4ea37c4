/** What the header of a log says to the judges: the ensemble and its rules, and what may be guessed. */
import type { Config } from '../../spec/config.js';
import { rulesOf } from '../../spec/variants.js';
import { InputError } from '../../checker/errors.js';
import { HIDDEN, type Hidden, type LogHeader } from '../format/log.js';

/** What may be guessed where the header does not say: all that is not recorded. */
export const hiddenOf = ({ hidden, records }: LogHeader): readonly Hidden[] => {
  if (hidden !== undefined) return hidden;
  const recorded: readonly Hidden[] = [
    ...(records.includes('timer') ? (['resend', 'finalizeWait', 'tick', 'timeout'] as const) : []),
    ...(records.includes('flush') ? (['flush'] as const) : []),
    ...(records.includes('request') ? (['request'] as const) : []),
    ...(records.includes('election') ? (['elected'] as const) : []),
  ];
  return HIDDEN.filter((one) => !recorded.includes(one));
};

/** @throws InputError for a variant, a defect or a fix that has no such name */
export const configOf = ({
  voters,
  observers,
  window,
  variant,
  defects,
  fixes,
  records,
}: LogHeader): Config => {
  try {
    const rules = rulesOf(variant, defects, fixes);
    return { voters, observers, election: records.includes('election') ? 'fle' : 'coarse', window, rules };
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(error.message);
    throw error;
  }
};
