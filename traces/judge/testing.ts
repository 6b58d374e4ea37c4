/** For tests and measurements: servers that run for real in simulated time, each writing all that it sees and does. */
import type { Hooks } from '../../impl/hooks.js';
import { type RunOptions, run } from '../../impl/simulated/run.js';
import type { LogEvent } from '../format/log.js';
import { linesOfStep } from './steps.js';

export const recorded = (options: RunOptions): readonly LogEvent[] => {
  const events: LogEvent[] = [];
  const up = new Set<number>();
  const hooks = (sid: number): Hooks => {
    let stored: Parameters<NonNullable<Hooks['booted']>>[0];
    return {
      booted: (found) => {
        if (up.has(sid)) events.push({ event: 'crash', server: sid });
        up.add(sid);
        stored = found;
      },
      stepped: (before, event, taken) => {
        for (const line of linesOfStep(event, taken, before === null ? stored : undefined)) events.push(line);
      },
    };
  };
  run({ ...options, hooks });
  return events;
};
