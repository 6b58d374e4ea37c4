/**
 * `npm run bench:validate`: how the time of `zab validate` grows with the log. The logs are prefixes of one that three
 * servers wrote in simulated time, under faults: as they saw it themselves, and as a proxy between them would have. CPU
 * time of judging alone, the log read already.
 */
import { type Log, logHeader, RECORDS } from '../traces/format/log.js';
import { recorded } from '../traces/judge/testing.js';
import { validate } from '../traces/validate.js';
import { describeMachine, thisMachine } from './machine.js';
import { grouped, ratio, seconds, table } from './table.js';

const SIZES = [1_000, 10_000, 100_000];
const SEED = 9;
const OF_A_PROXY = [
  'boot',
  'crash',
  'connected',
  'accepted',
  'closed',
  'send',
  'receive',
  'notify',
  'notified',
];

const header = (vantage: 'server' | 'network') =>
  logHeader.parse({
    format: 'zab-log',
    version: 1,
    voters: [1, 2, 3],
    window: 5,
    vantage,
    ...(vantage === 'server' && { records: RECORDS }),
  });

const measured = (log: Log): readonly string[] => {
  const before = process.cpuUsage();
  const { verdict, steps } = validate(log, { maxSteps: 20_000_000 });
  const { user, system } = process.cpuUsage(before);
  const spent = (user + system) / 1e6;
  const perLine = (1e6 * spent) / log.events.length;
  return [
    `${log.header.vantage}, ${grouped(log.events.length)} lines`,
    verdict,
    seconds(spent),
    perLine.toFixed(0),
    ratio(steps / log.events.length),
  ];
};

const all = recorded({ seed: SEED, faultyMs: 150_000 });
const seen = all.filter(({ event }) => OF_A_PROXY.includes(event));
const rows = [
  ['log', 'verdict', 'CPU s', 'µs/line', 'steps/line'],
  ...(['server', 'network'] as const).flatMap((vantage) =>
    SIZES.map((size) =>
      measured({ header: header(vantage), events: (vantage === 'server' ? all : seen).slice(0, size) }),
    ),
  ),
];
console.log(`${describeMachine(thisMachine())}\n\n${table(rows).join('\n')}`);
