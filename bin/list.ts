/** `zab list`: every model, preset, variant, defect and scenario, each with one line of explanation. */
import { Command } from 'commander';
import pc from 'picocolors';
import type { ModelDefinition } from '../checker/definition.js';
import type { Output, Terminal } from './terminal.js';
import { hanging, pad } from './text.js';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly model?: string;
  /** The invariant that a defect is planted for. */
  readonly invariant?: string;
  /** Whether a preset is part of the suite. */
  readonly suite?: boolean;
}

export interface Listing {
  readonly models: readonly Entry[];
  readonly presets: readonly Entry[];
  readonly variants: readonly Entry[];
  readonly defects: readonly Entry[];
  readonly scenarios: readonly Entry[];
}

export const listing = (models: readonly ModelDefinition[]): Listing => {
  const all = (entries: (model: ModelDefinition) => readonly Omit<Entry, 'model'>[]): readonly Entry[] =>
    models.flatMap((model) => entries(model).map((entry) => ({ ...entry, model: model.name })));
  return {
    models: models.map(({ name, summary }) => ({ name, summary })),
    presets: all(({ presets }) => presets.map(({ name, summary, suite }) => ({ name, summary, suite }))),
    variants: all(({ variants }) => variants.map(({ name, summary }) => ({ name, summary }))),
    defects: all(({ defects }) =>
      defects.map(({ name, summary, invariant }) => ({ name, summary, invariant })),
    ),
    scenarios: all(({ scenarios }) => scenarios.map(({ name, summary }) => ({ name, summary }))),
  };
};

export const EMPTY_LISTING: Listing = { models: [], presets: [], variants: [], defects: [], scenarios: [] };

const remark = ({ invariant, suite }: Entry): string => {
  if (invariant !== undefined) return ` (breaks ${invariant})`;
  return suite ? ' (in the suite)' : '';
};

const WIDEST = 32;

const sectionLines = (
  kind: string,
  entries: readonly Entry[],
  { columns, color }: Output,
): readonly string[] => {
  const { bold, dim, cyan } = pc.createColors(color);
  if (entries.length === 0) return [];
  const width = Math.min(WIDEST, Math.max(...entries.map(({ name }) => name.length)));
  let model: string | undefined;
  const lines = entries.flatMap((entry) => {
    const heading = entry.model !== model && entry.model !== undefined ? [dim(`  ${entry.model}`)] : [];
    model = entry.model;
    const head = `    ${cyan(pad(entry.name, width))}  `;
    return [...heading, ...hanging(head, entry.summary + remark(entry), columns)];
  });
  return [bold(kind), ...lines, ''];
};

export const renderListing = (list: Listing, output: Output): string =>
  [
    ...sectionLines('Models', list.models, output),
    ...sectionLines('Presets', list.presets, output),
    ...sectionLines('Variants', list.variants, output),
    ...sectionLines('Defects', list.defects, output),
    ...sectionLines('Scenarios', list.scenarios, output),
  ]
    .join('\n')
    .concat('\n')
    .replace(/\n+$/, '\n');

export const listCommand = (models: readonly ModelDefinition[], terminal: Terminal): Command =>
  new Command('list')

    .description('names every model, preset, variant, defect and scenario')
    .option('--json', 'print them as one JSON object')
    .action(({ json }: { readonly json?: true }) => {
      const list = listing(models);
      terminal.out.write(json ? `${JSON.stringify(list, null, 2)}\n` : renderListing(list, terminal.out));
    });
