/** `zab vectors`: writes the suite of test vectors into a folder, and says how sharp it is. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { InputError } from '../checker/errors.js';
import { suiteFiles, TIERS } from '../traces/conform/vectors/format.js';
import { killsOf } from '../traces/conform/vectors/kills.js';
import { makeSuite } from '../traces/conform/vectors/suite.js';
import { refusal } from '../traces/file.js';
import { grouped } from './numbers.js';
import type { Terminal } from './terminal.js';
import { renderKills } from './vectors-report.js';

interface Flags {
  readonly out: string;
  readonly kills?: true;
}

const HELP = `
smoke      a vector for each step of the specification, by what a server does and what arrives
standard   the same in finer classes, and pairs of events around a fault
never      for each planted defect the run that shows it, up to where it parts from the specification

An id is a hash of what the server is given: the same id, the same vector. The same specification gives the same bytes.
To play them: zab conform --adapter CMD --vectors DIR`;

const writeFiles = (folder: string, files: ReadonlyMap<string, string>): void => {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
  } catch (error) {
    throw new InputError(`${folder}: ${refusal(error)}`);
  }
};

export const vectorsCommand = (terminal: Terminal): Command =>
  new Command('vectors')
    .summary('write test vectors for implementations')
    .description(
      'Generates test vectors from the beginnings of state graphs of the specification, in tiers, and writes them into a folder. Takes about a minute.',
    )
    .requiredOption('--out <dir>', 'the folder to write')
    .option('--kills', 'also say which planted defects each tier notices')
    .addHelpText('after', HELP)
    .action(async ({ out: folder, kills }: Flags) => {
      const { out } = terminal;
      const suite = makeSuite();
      writeFiles(folder, suiteFiles(suite));
      out.write(`Specification ${suite.specification}\n`);
      for (const tier of TIERS) {
        const vectors = suite.tiers[tier];
        const inputs = vectors.reduce((sum, one) => sum + one.inputs.length, 0);
        out.write(`  ${tier.padEnd(9)} ${grouped(vectors.length)} vectors, ${grouped(inputs)} inputs\n`);
      }
      if (kills) out.write(`\n${renderKills(await killsOf(suite), out)}`);
      out.write(`\nWritten to ${folder}; to play them: zab conform --adapter … --vectors ${folder}\n`);
    });
