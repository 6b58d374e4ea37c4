/** The report of a simulation: for a person, and as one JSON object. It says at every turn that nothing is verified. */
import pc from 'picocolors';
import type { SimulatedViolation, SimulateResult } from '../checker/simulate/result.js';
import { duration, grouped, short } from './numbers.js';
import { caveatLines, findingLines } from './report.js';
import type { Finding, Plan } from './search.js';
import { type Colors, coverageLines, goalLines, invariantLines } from './sections.js';
import type { Output } from './terminal.js';
import { hanging, table, wrap } from './text.js';

export interface Simulated {
  readonly plan: Plan;
  readonly result: SimulateResult;
  readonly findings: readonly Finding[];
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`;

const countLines = (result: SimulateResult, columns: number): readonly string[] => {
  const { walks, steps, longest, ended, cutOff, transitions, seconds, seed } = result;
  const { taken, met } = transitions;
  const names = Object.values(result.coverage);
  const actions = names.filter((count) => count > 0).length;
  const facts: readonly (readonly [string, string])[] = [
    ['seed', String(seed)],
    ['walks', grouped(walks)],
    ['steps', grouped(steps)],
    ['longest', `${grouped(longest)} actions`],
    ['came to an end', grouped(ended)],
    ['cut off', grouped(cutOff)],
    ['time', duration(seconds)],
    ['rate', `${short(seconds > 0 ? steps / seconds : 0)} steps/s`],
    ['actions', `${actions} of ${names.length}`],
    ['transitions', `${grouped(taken)} of ${grouped(met)} (${percent(taken, met)})`],
  ];
  const perRow = columns >= 64 ? 2 : 1;
  const rows = Array.from({ length: facts.length / perRow }, (_, i) =>
    facts.slice(i * perRow, (i + 1) * perRow).flat(),
  );
  const explanation =
    '(transitions: what a group offers for distinct values read; taken, of those that were enabled on the way)';
  return [...table(rows).map((row) => `  ${row}`), ...hanging('  ', explanation, columns)];
};

const findingTitle = ({ violation }: Finding): string => {
  const { property, foundAt, depth, walk } = violation as SimulatedViolation;
  const from = foundAt === depth ? '' : `, shrunk from ${foundAt}`;
  return `A run that breaks ${property}, found on walk ${grouped(walk)}${from}`;
};

const stops: Readonly<Record<SimulateResult['stop'], string>> = {
  violation: '',
  walks: '',
  seconds: '',
  interrupted: ' when interrupted',
  default: '; say with --walks or --seconds how much is enough',
};

const verdictLine = ({ result, findings }: Simulated, { green, red, yellow, bold }: Colors): string => {
  const { verdict, walks, stop, seed } = result;
  const inWalks = `${grouped(walks)} ${walks === 1 ? 'walk' : 'walks'} of seed ${seed}`;
  if (verdict === 'violated') {
    const broken = findings.map(({ violation }) => violation.property);
    const fails = broken.length === 1 ? 'does' : 'do';
    return `${red(bold('VIOLATED'))}: ${broken.join(', ')} ${fails} not hold (${inWalks}).`;
  }
  const text = `no violation found in ${inWalks}${stops[stop]}; nothing is verified.`;
  return `${verdict === 'unviolated' ? green(bold('NOT VIOLATED')) : yellow(bold('INCOMPLETE'))}: ${text}`;
};

export const renderSimulation = (simulation: Simulated, output: Output): string => {
  const { plan, result, findings } = simulation;
  const { columns } = output;
  const c = pc.createColors(output.color);
  const lines = [
    ...countLines(result, columns),
    ...invariantLines(result, columns, c),
    ...goalLines(result, columns, c),
    ...coverageLines(result, columns, c, 'times taken'),
    ...caveatLines(plan, columns, c),
    ...findings.flatMap((finding) => findingLines(finding, output, findingTitle(finding))),
    '',
    ...wrap(verdictLine(simulation, c), columns),
  ];
  return `${lines.join('\n')}\n`;
};

const violationJson = ({ violation, file }: Finding) => {
  const { property, claim, depth, offending, walk, foundAt } = violation as SimulatedViolation;
  return { property, claim, depth, walk, foundAt, trace: file, offending };
};

export const simulationJson = ({ plan, result, findings }: Simulated) => ({
  verdict: result.verdict,
  stop: result.stop,
  seed: result.seed,
  model: plan.model.name,
  preset: plan.preset?.name ?? null,
  config: plan.model.config,
  walks: result.walks,
  steps: result.steps,
  longest: result.longest,
  ended: result.ended,
  cutOff: result.cutOff,
  transitions: result.transitions,
  seconds: result.seconds,
  modelSeconds: result.modelSeconds,
  invariants: result.invariants.map(({ name, holds }) => ({ name, holds })),
  goals: result.goals.map(({ name, reached, depth, applicable }) => ({ name, reached, depth, applicable })),
  coverage: result.coverage,
  caveats: plan.model.caveats ?? [],
  ...(findings[0] && { violation: violationJson(findings[0]) }),
  ...(findings.length > 1 && { violations: findings.map(violationJson) }),
});
