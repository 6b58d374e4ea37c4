/** Whether a recording is what it claims to be: each step the reducer's own, from the disk that the server booted with. */
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../../spec/config.js';
import type { Recovered } from '../../spec/disk.js';
import { boot, step } from '../../spec/reducer.js';
import { zabRules } from '../../spec/rules.js';
import type { Server } from '../../spec/server.js';
import type { Event, Step } from '../../spec/step.js';
import type { Sid } from '../../spec/zxid.js';
import { completed } from '../../traces/format/cut.js';
import { parseTrace, type TraceStep } from '../../traces/format.js';

const asRead = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const differenceOf = ({ action, changed }: TraceStep, taken: Step): string | null => {
  if (action.name !== taken.handler) return `was recorded as ${action.name}, and is ${taken.handler}`;
  if (!isDeepStrictEqual(changed.effects, asRead(taken.effects))) return 'had other effects';
  if (changed.server !== undefined && !isDeepStrictEqual(changed.server, asRead(taken.server)))
    return 'left another state';
  return null;
};

/**
 * @returns the number of steps
 * @throws TraceFormatError for a file that is no trace; an Error that names the first step that is not the reducer's
 */
export const checkRecording = (text: string): number => {
  const { header, steps } = parseTrace(completed(text));
  const { sid, ...ensemble } = header.config as unknown as Omit<Config, 'rules'> & { sid: Sid };
  const config: Config = { ...ensemble, rules: zabRules };
  let state: Server | null = null;
  for (const recorded of steps) {
    const event = recorded.action.event as Event | undefined;
    const taken: Step =
      state === null ? boot(config, sid, header.initial.disk as Recovered) : step(config, state, event!);
    const difference = differenceOf(recorded, taken);
    if (difference !== null) throw new Error(`step ${recorded.step} (${recorded.action.name}) ${difference}`);
    state = taken.server;
  }
  return steps.length;
};
