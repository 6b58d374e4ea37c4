/**
 * Writes a second, latencies, and the time from kill -9 of the leader to the next committed write: this project's server
 * and Apache ZooKeeper 3.8 (Debian's package), three servers each, on this machine, by the same client program. Both
 * flush every write. Both run all the time and are measured in turn, many short times, so that whatever else the machine does
 * hits both.
 *
 * npm run bench:server -- [--warm-up N] [--seconds N] [--rounds N] [--failovers N] [--rows 1x100,16x1024] [--only zab|zookeeper] [--out FILE]
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine, thisMachine } from '../dist/bench/machine.js';
import { grouped, table } from '../dist/bench/table.js';
import { Ensemble, hasZooKeeper, sleep } from './ensembles.mjs';
import { measure } from './server-client.mjs';

const { values } = parseArgs({
  options: {
    'warm-up': { type: 'string', default: '5' },
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '9' },
    failovers: { type: 'string', default: '5' },
    rows: { type: 'string', default: '1x100,1x1024,16x100,16x1024,256x100,256x1024' },
    only: { type: 'string' },
    out: { type: 'string' },
  },
});

const BASES = { zab: 26_180, zookeeper: 26_280 };

/** Of an even number, the lower of the two. */
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) / 2)];

/** One run of one row: writes a second, latencies in milliseconds, microseconds of processor a write. */
const run = async (ensemble, outstanding, bytes) => {
  const before = ensemble.cpuMs();
  const { ports } = ensemble;
  const result = await measure({ ports, outstanding, bytes, durationMs: Number(values.seconds) * 1_000 });
  const { writesPerSecond, p50, p99, writes } = result;
  return { writesPerSecond, p50, p99, cpu: ((ensemble.cpuMs() - before) / writes) * 1_000 };
};

/** A connection that is lost, as where the whole machine stood still for seconds, spoils a run: another is made. */
const wholeRun = async (name, ensemble, outstanding, bytes) => {
  for (let left = 3; ; left--)
    try {
      return await run(ensemble, outstanding, bytes);
    } catch (error) {
      if (left === 0) throw error;
      process.stderr.write(`  ${outstanding} x ${bytes} B, ${name}: ${error.message}; once more\n`);
      await ensemble.serves();
    }
};

const medians = (runs) =>
  Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((one) => one[key]))]));

/** Young servers are slow, ours and theirs, until their code is compiled: they all do the same before anything counts. */
const warmUp = async (ensembles) => {
  for (const outstanding of [16, 1, 256])
    for (const { ports } of Object.values(ensembles))
      await measure({ ports, outstanding, bytes: 1024, durationMs: Number(values['warm-up']) * 1_000 });
};

const measureRow = async (ensembles, outstanding, bytes) => {
  const runs = Object.fromEntries(Object.keys(ensembles).map((name) => [name, []]));
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [name, ensemble] of Object.entries(ensembles)) {
      runs[name].push(await wholeRun(name, ensemble, outstanding, bytes));
      process.stderr.write(
        `  ${outstanding} x ${bytes} B, ${name}: ${runs[name].at(-1).writesPerSecond}/s\n`,
      );
    }
  const figures = Object.entries(runs).map(([name, list]) => [name, { ...medians(list), runs: list }]);
  return { outstanding, bytes, ...Object.fromEntries(figures) };
};

const measureFailovers = async (ensembles) => {
  const times = Object.fromEntries(Object.keys(ensembles).map((name) => [name, []]));
  for (let i = 0; i < Number(values.failovers); i++)
    for (const [name, ensemble] of Object.entries(ensembles)) {
      times[name].push(Math.round(await ensemble.failover()));
      await sleep(1_000);
    }
  return times;
};

// --- the table

const TITLES = ['', 'writes/s', 'ZooKeeper', 'ratio', 'p50 ms', 'ZooKeeper', 'ratio', 'p99 ms', 'ZooKeeper'];
const TITLES_END = ['ratio', 'CPU µs', 'ZooKeeper'];

/** Ours, theirs, and how many times better ours is. */
const pair = (ours, theirs, show, isMoreBetter) => [
  ours === undefined ? '-' : show(ours),
  theirs === undefined ? '-' : show(theirs),
  ours === undefined || theirs === undefined
    ? '-'
    : (isMoreBetter ? ours / theirs : theirs / ours).toFixed(2),
];

const rowOf = ({ outstanding, bytes, zab, zookeeper }) => [
  `${outstanding} outstanding, ${bytes} B`,
  ...pair(zab?.writesPerSecond, zookeeper?.writesPerSecond, grouped, true),
  ...pair(zab?.p50, zookeeper?.p50, (ms) => ms.toFixed(2), false),
  ...pair(zab?.p99, zookeeper?.p99, (ms) => ms.toFixed(2), false),
  ...pair(zab?.cpu, zookeeper?.cpu, (us) => us.toFixed(0), false).slice(0, 2),
];

const report = (machine, rows, failovers) => {
  console.log(describeMachine(machine));
  console.log('Medians of the rounds. A ratio above 1 means that zab is ahead.');
  for (const line of table([[...TITLES, ...TITLES_END], ...rows.map(rowOf)])) console.log(line.trimEnd());
  for (const [name, times] of Object.entries(failovers))
    if (times.length > 0)
      console.log(
        `kill -9 of the leader to the next write, ${name}: median ${median(times)} ms of ${times.join(', ')}`,
      );
};

const main = async () => {
  const names = ['zab', 'zookeeper'].filter((name) => values.only === undefined || values.only === name);
  if (names.includes('zookeeper') && !hasZooKeeper()) {
    console.log('ZooKeeper is not installed (Debian: apt-get install zookeeper); measured without it');
    names.splice(names.indexOf('zookeeper'), 1);
  }
  const machine = thisMachine();
  const ensembles = {};
  try {
    for (const name of names) ensembles[name] = await Ensemble.start(name, BASES[name]);
    await warmUp(ensembles);
    const rows = [];
    for (const row of values.rows.split(','))
      rows.push(await measureRow(ensembles, ...row.split('x').map(Number)));
    const failovers = await measureFailovers(ensembles);
    report(machine, rows, failovers);
    const isWhole = process.argv.length === 2;
    const out =
      values.out ?? (isWhole ? fileURLToPath(new URL('server-results.json', import.meta.url)) : null);
    if (out !== null) writeFileSync(out, `${JSON.stringify({ machine, rows, failovers }, null, 2)}\n`);
  } finally {
    for (const ensemble of Object.values(ensembles)) await ensemble.stop();
  }
};

await main();
