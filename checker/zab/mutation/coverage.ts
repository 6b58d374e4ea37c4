/**
 * Which code a run came by, as V8 tells it. A mutant where no trial comes by is not worth a search: it cannot matter.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface Script {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

export class Coverage {
  readonly #ranges = new Map<string, readonly Range[]>();

  /** Reads what a process with NODE_V8_COVERAGE left in a folder, about the files below the root. */
  constructor(folder: string, root: string) {
    const base = `${pathToFileURL(root).href}/`;
    for (const name of readdirSync(folder)) {
      const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
        result: readonly Script[];
      };
      for (const { url, functions } of result)
        if (url.startsWith(base))
          this.#ranges.set(
            url.slice(base.length),
            functions.flatMap(({ ranges }) => ranges),
          );
    }
  }

  /** The innermost range around a position decides. */
  ran(file: string, position: number): boolean {
    const around = (this.#ranges.get(file) ?? []).filter(
      ({ startOffset, endOffset }) => startOffset <= position && position < endOffset,
    );
    const size = ({ startOffset, endOffset }: Range) => endOffset - startOffset;
    const [innermost] = around.sort((a, b) => size(a) - size(b));
    return (innermost?.count ?? 0) > 0;
  }
}
