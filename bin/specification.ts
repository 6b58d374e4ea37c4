/** What the code of the models is, in one word, so that a checkpoint is not gone on from with other code. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The rooms and files, beside this one's own, that decide which states a model has; compiled or not. */
const PARTS = ['../spec', '../checker/zab', '../checker/models', '../checker/kinds'];

const isCode = (name: string): boolean => /\.[jt]s$/.test(name) && !/\.(test|slow|d)\.ts$/.test(name);

const filesOf = (part: string): readonly string[] => {
  const path = fileURLToPath(new URL(part, import.meta.url));
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (!isFolder)
    return [`${path}.js`, `${path}.ts`].filter((file) => statSync(file, { throwIfNoEntry: false }));
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names
    .filter(isCode)
    .sort()
    .map((name) => `${path}/${name}`);
};

/** A hash of all of it. */
export const specificationHash = (): string => {
  const hash = createHash('sha256');
  for (const file of PARTS.flatMap(filesOf)) hash.update(readFileSync(file));
  return hash.digest('hex');
};
