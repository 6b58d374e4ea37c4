/** One search in a process of its own: `node one.js MODEL CONFIG [BOUNDS]`, the last two in JSON. Prints what it found in JSON. */
import { keepYoungGenerationSmall } from '../bin/collector.js';
import { check } from '../checker/check.js';
import { modelNamed } from '../checker/registry.js';
import type { Cost } from './measure.js';

export interface Found {
  readonly verdict: string;
  readonly distinct: number;
  readonly generated: number;
  readonly depth: number;
  /** Of the search alone, without the start of the process and of the model. */
  readonly seconds: number;
  /** Within the functions of the model. */
  readonly modelSeconds: number;
  readonly spilledBytes: number;
  /** First violation, if any. */
  readonly property: string | null;
  readonly propertyDepth: number | null;
  /** What this process knows of its own cost. */
  readonly cost: Cost;
}

const [name, config, bounds] = process.argv.slice(2);
keepYoungGenerationSmall(); // As the command does.
const started = performance.now();
const result = await check(modelNamed(name!).build(JSON.parse(config!)), JSON.parse(bounds ?? '{}'));
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const { verdict, distinct, generated, depth, seconds, modelSeconds, spilledBytes, violations } = result;
const found: Found = {
  verdict,
  distinct,
  generated,
  depth,
  seconds,
  modelSeconds,
  spilledBytes,
  property: violations[0]?.property ?? null,
  propertyDepth: violations[0]?.depth ?? null,
  cost: {
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    wallSeconds: (performance.now() - started) / 1000,
    peakBytes: maxRSS * 1024,
  },
};
process.stdout.write(JSON.stringify(found));
