/** `zab scenarios`: the named runs that can be played with `zab replay NAME`, each with one line of what it shows. */
import { Command } from 'commander';
import type { ModelDefinition } from '../checker/definition.js';
import { EMPTY_LISTING, listing, renderListing } from './list.js';
import type { Terminal } from './terminal.js';

export const scenariosCommand = (models: readonly ModelDefinition[], terminal: Terminal): Command =>
  new Command('scenarios')
    .description('names the scenarios; zab replay NAME plays one')
    .option('--json', 'print them as one JSON array')
    .action(({ json }: { readonly json?: true }) => {
      const { scenarios } = listing(models);
      const text = renderListing({ ...EMPTY_LISTING, scenarios }, terminal.out);
      terminal.out.write(json ? `${JSON.stringify(scenarios, null, 2)}\n` : text);
    });
