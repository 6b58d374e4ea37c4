/** From the flags of `zab check` to the searches that they ask for. Whatever is wrong with them is said here, before any runs. */
import { availableParallelism } from 'node:os';
import type { ModelDefinition, Preset } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import type { Model } from '../checker/model.js';
import type { CheckOptions } from '../checker/result.js';
import { symmetryOf } from '../checker/symmetry.js';
import { same } from '../traces/difference.js';
import { type Config, completeConfig, defaultPreset, readAsked } from './config.js';
import type { GeneralFlags } from './flags.js';
import { suggestion } from './nearest.js';
import { type Plan, requireWritable } from './search.js';
import { specificationHash } from './specification.js';

/** The preset whose configuration this is, whichever way it came about; its pinned counts apply. */
const presetLike = (
  { presets, schema }: ModelDefinition,
  base: Preset | undefined,
  config: Config,
): Preset | undefined =>
  [...(base ? [base] : []), ...presets].find((preset) => same(schema.safeParse(preset.config).data, config));

/** The bounds under which the variant and the planted defects that were asked for show themselves, where they say. */
const boundsOf = ({ variants, defects }: ModelDefinition, asked: Config): Config | undefined => {
  const names = [asked.variant, asked.defect, asked.defects].flat();
  const bounds = [...variants, ...defects]
    .filter(({ name }) => names.includes(name))
    .flatMap(({ config }) => config ?? []);
  return bounds.length === 0 ? undefined : Object.assign({}, ...bounds);
};

/** What a configuration is built upon, and the preset that this is, if it is one. */
interface Base {
  readonly preset: Preset | undefined;
  readonly config: Config;
}

const baseOf = (preset: Preset | undefined): Base => ({ preset, config: preset?.config ?? {} });

const basesOf = (definition: ModelDefinition, flags: GeneralFlags, asked: Config): readonly Base[] => {
  const { name: model, presets } = definition;
  if (flags.suite) {
    const suite = presets.filter((preset) => preset.suite);
    if (suite.length === 0) throw new InputError(`--suite: the model ${model} has no suite`);
    return suite.map(baseOf);
  }
  if (flags.preset === undefined) {
    const config = boundsOf(definition, asked);
    return [config === undefined ? baseOf(defaultPreset(definition)) : { preset: undefined, config }];
  }
  const preset = presets.find(({ name }) => name === flags.preset);
  if (preset !== undefined) return [baseOf(preset)];
  const names = presets.map(({ name }) => name);
  throw new InputError(
    `--preset '${flags.preset}': no such preset of ${model}; ${suggestion(flags.preset, names)}`,
  );
};

/** The same model with some of its properties. */
const withProperties = (model: Model, names: readonly string[]): Model => {
  const known = [...model.invariants, ...model.goals].map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const problems = unknown.map(
      (name) => `--property '${name}': no such property of ${model.name}; ${suggestion(name, known)}`,
    );
    throw new InputError(problems.join('\n'));
  }
  if (names.length === 0) throw new InputError('--property: names no property');
  const named = ({ name }: { readonly name: string }): boolean => names.includes(name);
  return { ...model, invariants: model.invariants.filter(named), goals: model.goals.filter(named) };
};

const limitsOf = ({
  maxStates,
  maxDepth,
  maxSeconds,
  maxMemory,
  spill,
  checkpoint,
  resume,
  checkpointSeconds,
  keepGoing,
  recovery,
  audit,
  workers,
  exact,
  symmetry,
}: GeneralFlags): CheckOptions => ({
  ...(maxStates !== undefined && { maxStates }),
  ...(maxDepth !== undefined && { maxDepth }),
  ...(maxSeconds !== undefined && { maxSeconds }),
  ...(maxMemory !== undefined && { maxMemory }),
  ...(spill !== undefined && { spill }),
  ...(checkpoint !== undefined && { checkpoint }),
  ...(resume !== undefined && { resume }),
  ...(checkpointSeconds !== undefined && { checkpointSeconds }),
  ...((checkpoint ?? resume) !== undefined && { specification: specificationHash() }),
  ...(keepGoing !== undefined && { keepGoing }),
  ...(recovery !== undefined && { recovery }),
  ...(audit !== undefined && { audit }),
  ...(exact === undefined && { workers: workers ?? availableParallelism() }),
  ...(exact !== undefined && { exact }),
  ...(symmetry !== undefined && { symmetry }),
});

/** `out.trace.ndjson` becomes `out-Property.trace.ndjson`. */
const withSuffix = (file: string, suffix: string): string => {
  const [, stem, extension] = /^(.*?)((?:\.trace)?\.[^./\\]+)?$/s.exec(file)!;
  return `${stem}-${suffix}${extension ?? ''}`;
};

/** The same at each run of the same search, so that a script finds it and the next run replaces it. */
const traceNames =
  (model: Model, preset: Preset | undefined, flags: GeneralFlags) =>
  (property: string, index: number): string => {
    if (flags.traceOut === undefined) {
      const parts = [model.name, ...(flags.suite && preset ? [preset.name] : []), property];
      return `${parts.join('-').replace(/[^\w.-]+/g, '_')}.trace.ndjson`;
    }
    return index === 0 ? flags.traceOut : withSuffix(flags.traceOut, property);
  };

/** @throws InputError naming every flag or field that is wrong. */
export const plansOf = (
  definition: ModelDefinition,
  flags: GeneralFlags,
  modelFlags: Readonly<Record<string, string | boolean>>,
): readonly Plan[] => {
  if (flags.traceOut !== undefined) requireWritable('--trace-out', flags.traceOut);
  if (flags.html !== undefined) requireWritable('--html', flags.html);
  const asked = readAsked(definition, { file: flags.config, flags: modelFlags });
  return basesOf(definition, flags, asked).map((base) => {
    const config = completeConfig(definition, base.config, asked);
    const whole = definition.build(config);
    if (flags.recovery && whole.recovery === undefined)
      throw new InputError(`--recovery: the model ${whole.name} does not say what recovery is`);
    if (flags.symmetry) symmetryOf(whole);
    const properties = flags.property ?? base.preset?.properties;
    const model = properties === undefined ? whole : withProperties(whole, properties);
    return {
      definition,
      preset: presetLike(definition, base.preset, config),
      base: base.preset,
      config,
      model,
      partial: properties !== undefined,
      limits: limitsOf(flags),
      quiet: flags.quiet === true,
      traceFile: traceNames(model, base.preset, flags),
    };
  });
};
