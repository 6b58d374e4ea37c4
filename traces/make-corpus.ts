/**
 * Writes the corpus: the scenarios as they are scripted, and the shortest counterexample of every defect and variant
 * that has a story. Run by `npm run corpus`; the same code gives the same bytes, so that a change shows in the diff.
 */
import { fileURLToPath } from 'node:url';
import { check } from '../checker/check.js';
import type { Model } from '../checker/model.js';
import { defectBounds } from '../checker/zab/bounds.js';
import { buildZab } from '../checker/zab/model.js';
import type { ZabOptions } from '../checker/zab/options.js';
import { differences } from '../checker/zab/differences.js';
import { zabPresets } from '../checker/zab/presets.js';
import { scenarios } from '../checker/zab/scenarios.js';
import { play } from '../checker/zab/script.js';
import { writeTraceFile } from './file.js';
import type { Trace } from './format.js';
import { recordTrace } from './record.js';

interface Entry {
  readonly name: string;
  readonly trace: () => Promise<Trace>;
}

const scripted = [...scenarios, ...differences].map(
  ({ name, config, script }): Entry => ({
    name,
    trace: async () => {
      const model = buildZab(config);
      return recordTrace(model, play(model, script).path);
    },
  }),
);

const shortest = async (model: Model): Promise<Trace> => {
  const { violations } = await check(model);
  const [violation] = violations;
  if (violation === undefined || violation.path.length === 0)
    throw new Error(`nothing breaks: ${JSON.stringify(model.config)}`);
  return recordTrace(model, violation.path, violation);
};

const only = (model: Model, properties: readonly string[] | undefined): Model =>
  properties === undefined
    ? model
    : { ...model, goals: [], invariants: model.invariants.filter(({ name }) => properties.includes(name)) };

const counterexample = (
  name: string,
  config: Partial<ZabOptions>,
  properties?: readonly string[],
): Entry => ({
  name,
  trace: () => shortest(only(buildZab(config), properties)),
});

const dataLoss = zabPresets.find(({ name }) => name === 'zookeeper-3.8-data-loss')!;
const durability = ['CommitDurability', 'QuorumDurability'];

/** Everything in the corpus, in the order of its README. */
export const corpus: readonly Entry[] = [
  ...scripted,
  ...Object.keys(defectBounds).map((name) => counterexample(name, { ...defectBounds[name], defect: [name] })),
  counterexample(dataLoss.name, dataLoss.config, dataLoss.properties),
  counterexample('idle-candidates-loses', { variant: 'idle-candidates' }, durability),
  counterexample('idle-candidates-uncommitted-loses', { variant: 'idle-candidates-uncommitted' }, durability),
  counterexample('idle-candidates-stuck', { variant: 'idle-candidates', persistence: 'async' }, ['Progress']),
  counterexample('idle-candidates-uncommitted-stuck', { variant: 'idle-candidates-uncommitted' }, [
    'Progress',
  ]),
];

const main = async (): Promise<void> => {
  const directory = fileURLToPath(new URL('../../traces/corpus/', import.meta.url));
  for (const { name, trace } of corpus) {
    const recorded = await trace();
    writeTraceFile(`${directory}${name}.trace.ndjson`, recorded);
    process.stdout.write(`${name}: ${recorded.steps.length} steps\n`);
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
