/** The named traces that come with the package: traces/corpus/NAME.trace.ndjson. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InputError } from '../checker/errors.js';

const EXTENSION = '.trace.ndjson';

/** It lies beside the source; what is compiled stands one level deeper, in dist. */
const directory = (): string | undefined =>
  ['./corpus/', '../../traces/corpus/']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));

export const corpusNames = (): readonly string[] => {
  const path = directory();
  if (path === undefined) return [];
  return readdirSync(path)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();
};

/** A file by its path, or a trace of the corpus by its name. @throws InputError if it is neither. */
export const traceFileNamed = (name: string): string => {
  if (existsSync(name)) return name;
  const names = corpusNames();
  if (names.includes(name)) return `${directory()}${name}${EXTENSION}`;
  if (/[/\\.]/.test(name)) return name;
  const known = names.length > 0 ? `; named traces: ${names.join(', ')}` : '';
  throw new InputError(`${name}: no such file${known}`);
};
