/**
 * `npm run bench`: how fast and how small the engine is, side by side with Spin where that is installed. Every search runs
 * in a process of its own, with one worker unless its name says otherwise, and its cost is that of the whole process. Prints a table and writes
 * bench/results.json (or where --out says); --quick is a smoke run of the small ones, which writes nothing by itself.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { modelNamed } from '../checker/registry.js';
import { describeMachine, thisMachine } from './machine.js';
import { type Run, runs } from './runs.js';
import { searchIn } from './search.js';
import { type SpinResult, spinTwoPhaseCommit, spinVersion } from './spin.js';
import { grouped, megabytes, millions, ratio, seconds, table } from './table.js';

export interface Row {
  readonly name: string;
  readonly distinct: number;
  readonly generated: number;
  readonly depth: number;
  /** Of the whole process. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakBytes: number;
  readonly bytesPerState: number;
  /** Of the search alone. */
  readonly searchSeconds: number;
  readonly reducerSeconds: number;
  readonly generatedPerSecond: number;
  readonly spin: SpinResult | null;
  /** Our processor time by Spin's. */
  readonly ofSpin: number | null;
  /** Written to disk because it did not fit the memory. */
  readonly spilledBytes: number;
  /** Our processor time by that of another run of ours, and how many times as fast the search was. */
  readonly timesRun: { readonly name: string; readonly times: number; readonly faster: number } | null;
  /** Our rate by what is known of another; not measured here. */
  readonly timesReference: { readonly name: string; readonly times: number } | null;
}

const measured = async (run: Run, spinIsHere: boolean, before: readonly Row[]): Promise<Row> => {
  const preset = modelNamed(run.model).presets.find(({ name }) => name === run.preset)!;
  // Spin right before us, so that both see the same machine.
  const spin = run.spin !== undefined && spinIsHere ? await spinTwoPhaseCommit(run.spin) : null;
  const {
    verdict,
    distinct,
    generated,
    depth,
    seconds: search,
    modelSeconds,
    spilledBytes,
    cost,
  } = await searchIn(run.model, run.config ?? preset.config, {
    workers: run.workers ?? 1,
    ...(run.maxMemory && { maxMemory: run.maxMemory }),
    ...(run.maxStates && { maxStates: run.maxStates }),
  });
  const other = before.find(({ name }) => name === run.as);
  if (verdict !== (run.maxStates ? 'incomplete' : 'verified')) throw new Error(`${run.name} is ${verdict}`);
  // Spin prints no more than seven digits of a large number.
  const agree = (a: number, b: number) => Math.abs(a - b) <= 1e-6 * b;
  if (spin && (spin.distinct !== distinct || !agree(spin.generated, generated)))
    throw new Error(
      `${run.name}: Spin counts ${spin.distinct} and ${spin.generated}, not ${distinct} and ${generated}`,
    );
  const perSecond = generated / search;
  return {
    name: run.name,
    distinct,
    generated,
    depth,
    ...cost,
    bytesPerState: cost.peakBytes / distinct,
    searchSeconds: search,
    reducerSeconds: modelSeconds,
    generatedPerSecond: perSecond,
    spin,
    spilledBytes,
    timesRun: other
      ? {
          name: other.name,
          times: cost.cpuSeconds / other.cpuSeconds,
          faster: other.searchSeconds / search,
        }
      : null,
    ofSpin: spin?.cost ? cost.cpuSeconds / spin.cost.cpuSeconds : null,
    timesReference: run.reference
      ? { name: run.reference.name, times: perSecond / run.reference.generatedPerSecond }
      : null,
  };
};

const TITLES = [
  '',
  'distinct',
  'generated',
  'CPU s',
  'wall s',
  'reducer s',
  'generated/s',
  'peak',
  'B/state',
  'against',
];

const byRun = ({ timesRun, spilledBytes }: Row): string => {
  if (!timesRun) return '';
  const { name, times, faster } = timesRun;
  const toDisk = spilledBytes > 0 ? `, ${megabytes(spilledBytes)} to disk` : '';
  return `${name}: ${ratio(faster)} times as fast for ${ratio(times)} times its CPU s${toDisk}`;
};

const bySpin = ({ spin, ofSpin }: Row): string =>
  spin?.cost && ofSpin !== null
    ? `Spin ${seconds(spin.cost.cpuSeconds)} CPU s, ${megabytes(spin.cost.peakBytes)}: ${ratio(ofSpin)} of it`
    : '';

const byReference = ({ timesReference }: Row): string =>
  timesReference ? `${timesReference.name}, known rate: ${ratio(timesReference.times)} times` : '';

const against = (row: Row): string =>
  [byRun(row), bySpin(row), byReference(row)].filter((text) => text !== '').join('; ');

const cells = (row: Row): readonly string[] => [
  row.name,
  grouped(row.distinct),
  grouped(row.generated),
  seconds(row.cpuSeconds),
  seconds(row.wallSeconds),
  seconds(row.reducerSeconds),
  millions(row.generatedPerSecond),
  megabytes(row.peakBytes),
  // A process that does nothing has some forty megabytes; by a few thousand states they say nothing.
  row.distinct < 1_000_000 ? '-' : String(Math.round(row.bytesPerState)),
  against(row),
];

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean' }, out: { type: 'string' }, only: { type: 'string' } },
  });
  const machine = thisMachine();
  const version = spinVersion();
  console.log(describeMachine(machine));
  console.log(version ?? 'Spin is not installed (Debian: apt-get install spin gcc); measured without it');
  const chosen = runs.filter(
    ({ name, quick }) => (!values.quick || quick) && new RegExp(values.only ?? '').test(name),
  );
  const rows: Row[] = [];
  for (const run of chosen) {
    rows.push(await measured(run, version !== null, rows));
    process.stderr.write(`  ${run.name}: ${seconds(rows.at(-1)!.cpuSeconds)} CPU s\n`);
  }
  for (const line of table([TITLES, ...rows.map(cells)])) console.log(line.trimEnd());
  const out =
    values.out ??
    (values.quick || values.only
      ? null
      : fileURLToPath(new URL('../../bench/results.json', import.meta.url)));
  if (out !== null) writeFileSync(out, `${JSON.stringify({ machine, spin: version, rows }, null, 2)}\n`);
};

await main();
