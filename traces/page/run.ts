/** The data of a run's page, made of its trace. */
import type { Drawing } from '../../checker/drawing.js';
import type { Trace } from '../format.js';
import { pictureOf } from '../picture.js';
import type { RunData } from './data.js';

interface Shown {
  readonly title: string;
  /** The configuration in words. */
  readonly config: string;
  /** How many steps; absent, all. */
  readonly until?: number;
  readonly mismatch?: readonly string[];
}

export const runData = (
  drawing: Drawing,
  trace: Trace,
  { title, config, until, mismatch }: Shown,
): RunData => {
  const picture = pictureOf(drawing, trace, until);
  const whole = picture.steps.length === trace.steps.length;
  return {
    model: trace.header.model,
    config,
    title,
    picture,
    steps: trace.steps.length,
    ...(trace.violation &&
      whole && { violation: { ...trace.violation, offending: trace.violation.offending ?? null } }),
    ...(mismatch && { mismatch }),
  };
};
