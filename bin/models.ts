/** Which model the arguments of `zab check` or `zab explore` mean. The flags that may follow depend on it, so it is found before they are parsed. */
import { Command, Option } from 'commander';
import type { ModelDefinition } from '../checker/definition.js';
import { InputError } from '../checker/errors.js';
import { addGeneralFlags } from './flags.js';
import { fieldsOf } from './fields.js';
import { suggestion } from './nearest.js';

export const DEFAULT_MODEL = 'zab';

/** @throws InputError that suggests the nearest names. */
export const findModel = (name: string, known: readonly ModelDefinition[]): ModelDefinition => {
  const found = known.find((model) => model.name === name);
  if (found !== undefined) return found;
  const names = known.map((model) => model.name);
  throw new InputError(`no model named '${name}'; ${suggestion(name, names)}`);
};

/** Understands the flags of all models, only to tell their values from the operand. */
const scanner = (known: readonly ModelDefinition[]): Command => {
  const command = new Command('check').allowUnknownOption().allowExcessArguments().helpOption('-h, --help');
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} });
  addGeneralFlags(command);
  command.option('--trace <file>').option('--port <n>');
  const seen = new Set<string>();
  for (const { flag, shape } of known.flatMap(({ schema }) => fieldsOf(schema))) {
    if (seen.has(flag)) continue;
    seen.add(flag);
    command.addOption(new Option(shape.kind === 'boolean' ? flag : `${flag} <value>`));
  }
  return command;
};

/** The first word that is no flag and no flag's value. */
const operandOf = (args: readonly string[], known: readonly ModelDefinition[]): string | undefined => {
  try {
    const { operands, unknown } = scanner(known).parseOptions([...args]);
    const words = [...operands, ...unknown];
    return operands[0] ?? words.find((word) => known.some(({ name }) => name === word));
  } catch {
    // A flag is wrong. The right parser will say so.
    return args.find((word) => known.some(({ name }) => name === word));
  }
};

/** @throws InputError if the model is unknown. */
export const modelIn = (args: readonly string[], known: readonly ModelDefinition[]): ModelDefinition =>
  findModel(operandOf(args, known) ?? DEFAULT_MODEL, known);
