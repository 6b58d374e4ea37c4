/**
 * A run as a log for ShiViz: each event with its host and vector clock. The first line is the expression that ShiViz
 * parses the rest with, the second, empty, the delimiter of several executions.
 */
import type { Trace } from './format.js';
import type { Picture } from './picture.js';

import { printable, renderAction } from './values.js';
import { type Arrow, byEnd, weave } from './weave.js';

type Clock = Readonly<Record<string, number>>;

const PARSER = '(?<event>.*)\\n(?<host>\\S*) (?<clock>{.*})';

/** ShiViz takes a host for a word, and so do the keys of the clock. */
const hostName = (name: string): string => name.replace(/[^\w.-]+/gu, '-');

const merged = (a: Clock, b: Clock): Clock =>
  Object.fromEntries(
    [...Object.keys(a), ...Object.keys(b)].map((host) => [host, Math.max(a[host] ?? 0, b[host] ?? 0)]),
  );

const ticked = (clock: Clock, host: string): Clock => ({ ...clock, [host]: (clock[host] ?? 0) + 1 });

const line = (event: string, host: string, clock: Clock): string =>
  `${printable(event)}\n${host} ${JSON.stringify(clock)}\n`;

/** An action at several lanes is an event at each, one after the other; what it sends leaves with the last of them. */
export const renderShiviz = (picture: Picture, violation?: Trace['violation']): string => {
  const hosts = picture.lanes.map(({ name }) => hostName(name));
  const clocks = hosts.map((host): Clock => ({ [host]: 1 }));
  const ends = byEnd(weave(picture));
  /** By step: the clock that its messages carry. */
  const carried: Clock[] = [{}];
  const lines = hosts.map((host, i) =>
    line(`initial state: ${picture.start.views[i]!.state}`, host, clocks[i]!),
  );
  for (const [i, step] of picture.steps.entries()) {
    const arrived = (ends.get(i + 1) ?? []).filter(
      ({ fate, to }: Arrow) => fate === 'received' && to !== undefined,
    );
    let clock: Clock = arrived.reduce<Clock>((now, { sent }) => merged(now, carried[sent] ?? {}), {});
    for (const index of step.lanes) {
      clock = ticked(merged(clock, clocks[index]!), hosts[index]!);
      clocks[index] = clock;
      const last = i + 1 === picture.steps.length && violation && index === step.lanes.at(-1);
      const end = last ? `; ${violation.property} breaks` : '';
      lines.push(line(`${i + 1} ${renderAction(step.action)}${end}`, hosts[index]!, clock));
    }
    carried.push(clock);
  }
  return `${PARSER}\n\n${lines.join('')}`;
};
