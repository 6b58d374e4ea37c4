/** `zab adapter`: our own server behind the adapter protocol, as `zab conform --adapter` wants it; or the protocol's schema. */
import { Command, InvalidArgumentError } from 'commander';
import { InputError } from '../checker/errors.js';
import { defects } from '../spec/defects.js';
import { rulesOf, variants } from '../spec/variants.js';
import { Reference } from '../traces/conform/reference.js';
import { adapterJsonSchema } from '../traces/conform/schema.js';
import { serveLines } from '../traces/conform/serve.js';
import { suggestion } from './nearest.js';
import type { Terminal } from './terminal.js';

interface Flags {
  readonly variant: string;
  readonly defect: readonly string[];
  readonly server?: true;
  readonly schema?: true;
}

/** A name among those that there are, or a message with the nearest. */
export const nameAmong =
  (known: readonly { readonly name: string }[], what: string) =>
  (text: string): string => {
    const names = known.map(({ name }) => name);
    if (names.includes(text)) return text;
    throw new InvalidArgumentError(`There is no ${what} of that name: ${suggestion(text, names)}`);
  };

const defectName = nameAmong(defects, 'defect');

export const adapterCommand = (terminal: Terminal): Command =>
  new Command('adapter')
    .summary('run our own server behind the adapter protocol')
    .description(
      'Runs one server of the specification behind the adapter protocol, on standard input and output: zab conform --adapter "zab adapter". docs/conformance.md explains the protocol.',
    )
    .option('--variant <name>', 'the protocol, or a variant of it', nameAmong(variants, 'variant'), 'zab')
    .option(
      '--defect <names>',
      'defects to plant, to see them caught',
      (text: string, before: readonly string[]) => [...before, ...text.split(',').map(defectName)],
      [],
    )
    .option('--server', 'not the reducer alone, but the server of zab serve around it')
    .option('--schema', 'print the JSON Schema of the protocol, and end')
    .action(async ({ variant, defect, server, schema }: Flags) => {
      if (schema) {
        terminal.out.write(`${JSON.stringify(adapterJsonSchema(), null, 2)}\n`);
        return;
      }
      if (server) {
        if (variant !== 'zab' || defect.length > 0)
          throw new InputError('--server is the protocol as it should be: no --variant, no --defect');
        const { ServerAdapter } = await import('./server-adapter.js');
        return serveLines(new ServerAdapter(), process.stdin, terminal.out.write);
      }
      const name = ['zab', ...(variant === 'zab' ? [] : [variant]), ...defect].join(' + ');
      return serveLines(new Reference(name, rulesOf(variant, defect)), process.stdin, terminal.out.write);
    });
