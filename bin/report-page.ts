/** The report of `zab check` as a page: the same facts as in the terminal, as data for the browser's part. */
import pc from 'picocolors';
import { genericDrawing } from '../checker/drawing.js';
import type { CheckResult } from '../checker/result.js';
import type { Line, PageData, RunData, SearchData } from '../traces/page/data.js';
import { selfContainedPage } from '../traces/page/html.js';
import { runData } from '../traces/page/run.js';
import { describeConfig } from './config.js';
import { bytes, duration, grouped, probability, short } from './numbers.js';
import { writePage } from './page.js';
import type { Finding, Plan, Report } from './search.js';
import { verdictLine } from './verdict.js';

const factsOf = (result: CheckResult): SearchData['facts'] => [
  ['distinct states', grouped(result.distinct)],
  ['generated', grouped(result.generated)],
  ...(result.symmetry
    ? ([['counts are of orbits, which stand for', `${grouped(result.symmetry.distinct)} states`]] as const)
    : []),
  [result.complete ? 'diameter' : 'depth', String(result.depth)],
  ['terminal states', grouped(result.terminal)],
  ['time', duration(result.seconds)],
  ['rate', `${short(result.statesPerSecond)} states/s`],
  ['memory', bytes(result.memoryBytes)],
  ['probability of a missed state', probability(result.collisionProbability)],
];

const invariantLine = ({ name, claim, source, holds }: CheckResult['invariants'][number]): Line => ({
  name,
  claim,
  mark: holds === null ? 'open' : holds ? 'yes' : 'no',
  remark: source,
});

const goalLine = ({ name, claim, needs, applicable, reached, depth }: CheckResult['goals'][number]): Line => {
  if (!applicable) return { name, claim, mark: 'none', remark: `not within these bounds: needs ${needs}` };
  if (reached === true) return { name, claim, mark: 'yes', remark: `first at depth ${depth}` };
  return { name, claim, mark: reached === null ? 'open' : 'no', remark: `needs ${needs}` };
};

const runOf = (plan: Plan, { trace, violation, file }: Finding): readonly RunData[] => {
  if (trace === null) return [];
  const { definition, model, config } = plan;
  const drawing = definition.draw?.(model) ?? genericDrawing(model);
  const title = `The shortest run that breaks ${violation.property}${file === null ? '' : `, saved as ${file}`}`;
  return [runData(drawing, trace, { title, config: describeConfig(definition, config) })];
};

const titleOf = ({ model, preset, base }: Plan): string => {
  const named = preset ?? base;
  return named === undefined ? model.name : `${model.name} · ${preset ? '' : 'from '}preset ${named.name}`;
};

const searchData = (report: Report): SearchData => {
  const { plan, result, findings } = report;
  return {
    title: titleOf(plan),
    verdict: result.verdict,
    sentence: verdictLine(report, pc.createColors(false)),
    config: describeConfig(plan.definition, plan.config),
    facts: factsOf(result),
    caveats: [
      ...(plan.model.caveats ?? []),
      ...(plan.partial ? ['only the properties named by --property were checked'] : []),
    ],
    invariants: result.invariants.map(invariantLine),
    goals: result.goals.map(goalLine),
    coverage: Object.entries(result.coverage),
    levels: result.levels,
    runs: findings.flatMap((finding) => runOf(plan, finding)),
  };
};

/** @throws InputError if it cannot be written. */
export const writeReport = (file: string, reports: readonly Report[], now: Date): void => {
  const [first] = reports;
  const title = `zab check ${first?.plan.model.name ?? ''}${reports.length > 1 ? ', the suite' : ''}`;
  const when = `${now.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const data: PageData = { kind: 'report', report: { title, when, searches: reports.map(searchData) } };
  writePage(file, selfContainedPage(title, data));
};
