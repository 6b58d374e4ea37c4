/** The flags of `zab check` and `zab simulate`: those that every search has, and those that a model's schema asks for. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ModelDefinition } from '../checker/definition.js';
import { DEFAULT_DEPTH, DEFAULT_WALKS } from '../checker/simulate.js';
import { defaultPreset } from './config.js';
import { allowed, choices, type Field, fieldsOf } from './fields.js';
import { parseBytes, parseCount, parseSeconds } from './numbers.js';

/** What commander collects of the general flags. */
export interface GeneralFlags {
  readonly preset?: string;
  readonly suite?: true;
  readonly config?: string;
  readonly property?: readonly string[];
  readonly keepGoing?: true;
  readonly recovery?: true;
  readonly audit?: number;
  readonly workers?: number;
  readonly exact?: true;
  readonly symmetry?: true;
  readonly maxStates?: number;
  readonly maxDepth?: number;
  readonly maxSeconds?: number;
  readonly maxMemory?: number;
  readonly spill?: string;
  readonly checkpoint?: string;
  readonly resume?: string;
  readonly checkpointSeconds?: number;
  readonly json?: true;
  readonly quiet?: true;
  readonly traceOut?: string;
  readonly html?: string;
}

/** What commander collects of the flags of `zab simulate` besides these. */
export interface SimulationFlags
  extends Omit<
    GeneralFlags,
    | 'suite'
    | 'recovery'
    | 'audit'
    | 'workers'
    | 'exact'
    | 'symmetry'
    | 'spill'
    | 'checkpoint'
    | 'resume'
    | 'checkpointSeconds'
    | 'html'
  > {
  readonly walks?: number;
  readonly seconds?: number;
  readonly depth?: number;
  readonly seed?: number;
}

/** A number without a unit is a slip: the process alone takes more. */
const parseMemory = (text: string): number | undefined => {
  const size = parseBytes(text);
  return size !== undefined && size >= 2 ** 20 ? size : undefined;
};

/** A positive quantity, or a message of what it may be. */
const quantity = (parse: (text: string) => number | undefined, what: string) => (text: string) => {
  const value = parse(text);
  if (value === undefined || value <= 0) throw new InvalidArgumentError(`It must be ${what}.`);
  return value;
};

const parseSeed = (text: string): number => {
  const seed = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed;
  throw new InvalidArgumentError('It must be a whole number, at least 0.');
};

const names = (text: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...text.split(',').flatMap((name) => name.trim() || []),
];

const WHAT = 'What to check:';
const BOUNDS = 'Where to stop (a search that was stopped verifies nothing):';
const ENGINE = 'How to search (the result is the same):';
const OUTPUT = 'Output:';
const WALKS = 'The walks (the first of --walks and --seconds that is met ends them):';

const whatOptions = (): readonly Option[] => [
  new Option('--preset <name>', 'start from a named configuration; flags and --config go over it'),
  new Option('--suite', 'run every preset of the suite, one after another').conflicts('preset'),
  new Option('--config <file>', 'JSON file with fields of the configuration, in camelCase'),
  new Option('--property <names>', 'check these invariants and goals only').argParser(names),
  new Option('--keep-going', 'go on past a violation, to report every property that can break'),
  new Option('--recovery', 'ask as well whether every state recovers once nothing new goes wrong'),
  new Option(
    '--audit <n>',
    "call the model's functions again at the end for every n-th remembered call (1: for all), and compare",
  ).argParser(quantity(parseCount, 'a number, 1 for all')),
];

const boundOptions = (): readonly Option[] => [
  new Option('--max-states <n>', 'distinct states, like 5000000 or 5M').argParser(
    quantity(parseCount, 'a number of states, like 5000000 or 5M'),
  ),
  new Option('--max-depth <n>', 'actions from the initial state').argParser(
    quantity(parseCount, 'a number of actions, at least 1'),
  ),
  new Option('--max-seconds <n>', 'time').argParser(
    quantity(parseSeconds, 'a number of seconds, more than 0'),
  ),
];

const memoryFlag = (help: string): Option =>
  new Option('--max-memory <size>', help).argParser(quantity(parseMemory, 'a size, like 4G or 512M'));

const engineOptions = (): readonly Option[] => [
  memoryFlag('resident memory, like 4G or 512M: what exceeds it goes to disk, and the search goes on'),
  new Option(
    '--spill <folder>',
    'where that goes, on a disk with room for it (default: the folder for temporary files)',
  ).conflicts('exact'),
  new Option(
    '--checkpoint <folder>',
    'write down there how far the search has come, from time to time and when it is stopped',
  ).conflicts(['suite', 'exact', 'resume']),
  new Option(
    '--resume <folder>',
    'go on from the checkpoint in it, with the same model and flags, and write further ones',
  ).conflicts(['suite', 'exact']),
  new Option('--checkpoint-seconds <n>', 'time from one checkpoint to the next (default: 30)').argParser(
    quantity(parseSeconds, 'a number of seconds, more than 0'),
  ),
  new Option(
    '--workers <n>',
    'threads that search; one of them runs the model as well (default: the cores)',
  ).argParser(quantity(parseCount, 'a number of threads, at least 1')),
  new Option(
    '--symmetry',
    'visit one of all states that differ only in the numbers of interchangeable servers; counts are of such orbits',
  ),
  new Option('--exact', 'keep whole states instead of fingerprints: no collision can hide one').conflicts([
    'workers',
    'symmetry',
  ]),
];

const outputOptions = (): readonly Option[] => [
  new Option('--json', 'print the report as JSON (of a suite, an array)'),
  new Option('--quiet', 'no progress on stderr'),
  new Option(
    '--trace-out <file>',
    'where to save a counterexample (default: MODEL-PROPERTY.trace.ndjson here)',
  ).conflicts('suite'),
  new Option('--html <file>', 'write the report as a page, one file that loads nothing'),
];

const placeholder = ({ shape }: Field): string => {
  if (shape.kind === 'list') return '<names>';
  const kinds = shape.kind === 'either' ? shape.of.map(({ kind }) => kind) : [shape.kind];
  if (kinds.includes('number')) return '<n>';
  return '<name>';
};

const shownDefault = (value: unknown): string =>
  Array.isArray(value) ? value.join(',') || 'none' : String(value ?? 'none');

/** Few choices are shown; of many, `zab list` tells more than a paragraph of names would. */
const MOST_CHOICES = 8;

const fieldHelp = ({ shape, summary }: Field, initial: unknown): string => {
  const few = choices(shape).length <= MOST_CHOICES;
  const values = few ? allowed(shape) : 'names: see zab list';
  const limits = shape.kind === 'boolean' || shape.kind === 'text' ? '' : `${values}; `;
  return `${summary} (${limits}default ${shownDefault(initial)})`;
};

const fieldOptions = (field: Field, initial: unknown): readonly Option[] => {
  if (field.shape.kind !== 'boolean') {
    const option = new Option(`${field.flag} ${placeholder(field)}`, fieldHelp(field, initial));
    // A list may be given in several flags.
    if (field.shape.kind === 'list')
      option.argParser((text, before?: string) => (before ? `${before},${text}` : text));
    return [option];
  }
  const off = `--no-${field.flag.slice(2)}`;
  // Only the one that changes something is worth a line of help.
  return [
    new Option(field.flag, fieldHelp(field, initial)).hideHelp(initial === true),
    new Option(off, fieldHelp(field, initial)).hideHelp(initial !== true),
  ];
};

const add = (command: Command, group: string, options: readonly Option[]): void => {
  for (const option of options) command.addOption(option.helpGroup(group));
};

/** The defaults that the help shows are those of `zab check` without a flag, default preset included. */
export const addModelFlags = (command: Command, definition: ModelDefinition): void => {
  const group = `The model ${definition.name} (${definition.summary}):`;
  const start = definition.schema.safeParse(defaultPreset(definition)?.config ?? {}).data ?? {};
  const options = fieldsOf(definition.schema).flatMap((field) => fieldOptions(field, start[field.name]));
  add(command, group, options);
};

const simulationOptions = (): readonly Option[] => [
  new Option(
    '--walks <n>',
    `walks to take, like 10000 or 10k (default: ${DEFAULT_WALKS}, or as --seconds allow)`,
  ).argParser(quantity(parseCount, 'a number of walks, like 10000 or 10k')),
  new Option('--seconds <n>', 'time to walk for').argParser(
    quantity(parseSeconds, 'a number of seconds, more than 0'),
  ),
  new Option('--depth <n>', `most actions of a walk (default: ${DEFAULT_DEPTH})`).argParser(
    quantity(parseCount, 'a number of actions, at least 1'),
  ),
  new Option(
    '--seed <n>',
    'what the walks are drawn from; the same seed, the same walks (default: any)',
  ).argParser(parseSeed),
];

/** A simulation is of one model, verifies nothing, and has no page of its own. */
const NOT_OF_SIMULATION = ['--suite', '--recovery', '--audit', '--html'];
const ofSimulation = ({ long }: Option): boolean => !NOT_OF_SIMULATION.includes(long!);

export const addSimulationFlags = (command: Command): void => {
  add(command, WHAT, whatOptions().filter(ofSimulation));
  add(command, WALKS, simulationOptions());
  add(command, OUTPUT, outputOptions().filter(ofSimulation));
  command.addHelpOption(new Option('-h, --help', 'print this').helpGroup(OUTPUT));
};

export const addGeneralFlags = (command: Command): void => {
  add(command, WHAT, whatOptions());
  add(command, BOUNDS, boundOptions());
  add(command, ENGINE, engineOptions());
  add(command, OUTPUT, outputOptions());
  command.addHelpOption(new Option('-h, --help', 'print this').helpGroup(OUTPUT));
};
