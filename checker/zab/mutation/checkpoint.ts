/**
 * What has been judged already, in a file that grows by a line a mutant, so that a run that was stopped goes on where it
 * was. A judgement holds for the very code and trials that it was made of; others in the file are passed over.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Judgement } from './judge.js';
import type { Mutant } from './mutants.js';

interface Line {
  readonly code: string;
  readonly name: string;
  readonly judgement: Judgement;
}

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : path.endsWith('.js') ? [path] : [];
    })
    .sort();

/** A digest of all that a judgement depends on: the program in these folders, and the trials. */
export const digestOf = (folders: readonly string[], trials: unknown): string => {
  const hash = createHash('sha256').update(JSON.stringify(trials));
  for (const path of folders.flatMap(filesBelow)) hash.update(readFileSync(path));
  return hash.digest('hex');
};

export class Checkpoint {
  readonly #known = new Map<string, Judgement>();

  /** @throws SyntaxError if the file holds something else; a last line that was cut short is passed over */
  constructor(
    private readonly path: string,
    private readonly code: string,
  ) {
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    for (const line of lines) {
      const { code: of, name, judgement } = JSON.parse(line) as Line;
      if (of === code) this.#known.set(name, judgement);
    }
  }

  get size(): number {
    return this.#known.size;
  }

  of({ name }: Mutant): Judgement | undefined {
    return this.#known.get(name);
  }

  add({ name }: Mutant, judgement: Judgement): void {
    this.#known.set(name, judgement);
    appendFileSync(this.path, `${JSON.stringify({ code: this.code, name, judgement } satisfies Line)}\n`);
  }
}
