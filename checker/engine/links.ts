/** How each state was first reached: the number of its parent and of the action taken there. Six bytes a state. */

const CHUNK_BITS = 18;
const CHUNK = 1 << CHUNK_BITS;

/** Actions of one state are numbered in 16 bits. */
export const MAX_ACTIONS = 0xffff;

export interface LinkChunk {
  readonly parents: Uint32Array<SharedArrayBuffer>;
  readonly actions: Uint16Array<SharedArrayBuffer>;
}

const newChunk = (): LinkChunk => ({
  parents: new Uint32Array(new SharedArrayBuffer(4 * CHUNK)),
  actions: new Uint16Array(new SharedArrayBuffer(2 * CHUNK)),
});

export class Links {
  /** States are numbered in the order in which they were found, the initial one 0. */
  count = 0;
  readonly chunks: LinkChunk[];

  constructor(chunks: readonly LinkChunk[] = []) {
    this.chunks = [...chunks];
  }

  add(parent: number, action: number): void {
    if (this.chunks.length * CHUNK === this.count) this.chunks.push(newChunk());
    this.set(this.count++, parent, action);
  }

  /**
   * Makes room for more states, to be set later.
   * @returns the chunks that they lie in, and where in these the first of them lies.
   */
  allot(more: number): { readonly links: readonly LinkChunk[]; readonly base: number } {
    const first = this.count;
    this.count += more;
    while (this.chunks.length * CHUNK < this.count) this.chunks.push(newChunk());
    return { links: this.chunks.slice(first >>> CHUNK_BITS), base: first & (CHUNK - 1) };
  }

  set(state: number, parent: number, action: number): void {
    const chunk = this.chunks[state >>> CHUNK_BITS]!;
    chunk.parents[state & (CHUNK - 1)] = parent;
    chunk.actions[state & (CHUNK - 1)] = action;
  }

  /** Numbers of the actions from the initial state to this one. */
  pathTo(state: number): readonly number[] {
    const path: number[] = [];
    for (let at = state; at !== 0; ) {
      const chunk = this.chunks[at >>> CHUNK_BITS]!;
      path.push(chunk.actions[at & (CHUNK - 1)]!);
      at = chunk.parents[at & (CHUNK - 1)]!;
    }
    return path.reverse();
  }
}
