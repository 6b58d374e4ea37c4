/**
 * How each state was first reached: its parent's number and the number of the action taken there. States are numbered in
 * the order in which they were found, and parents are taken in that order too, so that the numbers of parents never go
 * down: a chunk that is full is packed into the steps from one to the next, little more than a byte a state.
 */
import type { Pile } from './pile.js';
import { packLinks, unpackLinks } from './pack-links.js';

const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;

/** Actions of one state are numbered in 16 bits. */
export const MAX_ACTIONS = 0xffff;

/** States are numbered in 32 bits. */
export const MAX_STATES = 2 ** 32;

export interface LinkChunk {
  readonly parents: Uint32Array<SharedArrayBuffer>;
  readonly actions: Uint16Array<SharedArrayBuffer>;
}

export interface Link {
  readonly parent: number;
  readonly action: number;
}

const newChunk = (): LinkChunk => ({
  parents: new Uint32Array(new SharedArrayBuffer(4 * CHUNK)),
  actions: new Uint16Array(new SharedArrayBuffer(2 * CHUNK)),
});

const set = ({ parents, actions }: LinkChunk, at: number, parent: number, action: number): void => {
  parents[at] = parent;
  actions[at] = action;
};

/** Room for some new links, to be set by whoever knows them; other threads can be sent it. */
export interface LinkRoom {
  readonly links: readonly LinkChunk[];
  /** Where in the first chunk the first of them lies. */
  readonly base: number;
}

/** Sets the link of the state that lies so far behind the beginning of the room's first chunk. */
export const setLink = (links: readonly LinkChunk[], at: number, parent: number, action: number): void =>
  set(links[at >>> CHUNK_BITS]!, at & (CHUNK - 1), parent, action);

export class Links {
  /** The initial state is number 0. */
  count = 0;
  /** Those that are not packed. */
  private open: LinkChunk[] = [];
  private readonly free: LinkChunk[] = [];
  /** The chunk that was unpacked last, by its number. */
  private readonly unpacked = newChunk();
  private unpackedNumber = -1;

  constructor(private readonly packed: Pile) {}

  private get firstOpen(): number {
    return this.packed.count * CHUNK;
  }

  add(parent: number, action: number): void {
    const at = this.count - this.firstOpen;
    if (at === this.open.length * CHUNK) this.reserve(this.count + 1);
    setLink(this.open, at, parent, action);
    this.count++;
  }

  /** Makes room for more states, to be set later. */
  allot(more: number): LinkRoom {
    const first = this.count - this.firstOpen;
    this.count += more;
    this.reserve(this.count);
    return { links: this.open.slice(first >>> CHUNK_BITS), base: first & (CHUNK - 1) };
  }

  private reserve(count: number): void {
    if (count > MAX_STATES) throw new RangeError(`more than ${MAX_STATES} states cannot be numbered`);
    while (this.firstOpen + this.open.length * CHUNK < count) this.open.push(this.free.pop() ?? newChunk());
  }

  /** Packs what is full. Until then a state can still be taken back. */
  pack(): void {
    while (this.count - this.firstOpen >= CHUNK) {
      const chunk = this.open.shift()!;
      this.packed.push(packLinks(chunk, CHUNK));
      this.free.push(chunk);
    }
  }

  /** Overwrites the link of a state that is not packed by that of a later one. */
  move(from: number, to: number): void {
    const { parent, action } = this.at(from);
    setLink(this.open, to - this.firstOpen, parent, action);
  }

  /** Takes back the states from this number on, of which none is packed. */
  truncate(count: number): void {
    this.count = count;
  }

  at(state: number): Link {
    const at = state & (CHUNK - 1);
    const { parents, actions } = this.chunkOf(Math.floor(state / CHUNK));
    return { parent: parents[at]!, action: actions[at]! };
  }

  private chunkOf(number: number): LinkChunk {
    if (number >= this.packed.count) return this.open[number - this.packed.count]!;
    if (number !== this.unpackedNumber) unpackLinks(this.packed.get(number), this.unpacked, CHUNK);
    this.unpackedNumber = number;
    return this.unpacked;
  }

  /** Numbers of the actions from the initial state to this one. */
  pathTo(state: number): readonly number[] {
    const path: number[] = [];
    for (let at = state; at !== 0; ) {
      const { parent, action } = this.at(at);
      path.push(action);
      at = parent;
    }
    return path.reverse();
  }
}
