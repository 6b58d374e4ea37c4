/** Writes down what happens between real servers, in its order, in the form of a capture (see capture-lines.ts). */
export class Recorder {
  readonly #lines: string[] = [];
  readonly #began = Date.now();

  add(ev: string, fields: Readonly<Record<string, unknown>>): void {
    const wall = Date.now();
    this.#lines.push(JSON.stringify({ t: wall - this.#began, wall, ev, ...fields }));
  }

  /** The whole of it so far. */
  text(): string {
    return this.#lines.map((line) => `${line}\n`).join('');
  }
}
