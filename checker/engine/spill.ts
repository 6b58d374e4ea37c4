/**
 * A search in more states than the memory holds. Of the fingerprints, those found last are in memory and the others in
 * sorted runs on disk; so a state that is new to the memory is *tentative* until the runs have been asked, many states at
 * a time: delayed duplicate detection, as in disk-based Murphi. Those that the runs know are taken back, before anything
 * refers to them. What remains is what a search in memory would have found, in the same order and by the same links.
 *
 * All of it happens between two blocks, where threads may expand the next, but neither insert nor settle.
 */
import { tmpdir } from 'node:os';
import type { Hash } from '../canonical.js';
import type { CheckOptions } from '../result.js';
import { type Frontier, type Layout, type Mark, SegmentPool } from './frontier.js';
import type { Journal } from './journal.js';
import { type Keys, Scratch, sortKeys } from './keys.js';
import { Links } from './links.js';
import type { Orbits } from './orbits.js';
import { Pile } from './pile.js';
import { Runs } from './runs.js';
import { ScratchFile } from './scratch.js';
import { type Shares, sharesOf, unlimited } from './shares.js';
import { PARTITIONS, visitedMemory } from './half.js';
import { Visited } from './visited.js';

const START: Mark = { segment: 0, record: 0 };

export class Spill {
  readonly visited: Visited;
  readonly links: Links;
  readonly pool: SegmentPool;
  /** Written to disk so far. */
  bytes = 0;
  /** Where all states are written down as soon as they are sure, if anywhere. */
  journal: Journal | undefined;
  private readonly shares: Shares;
  private readonly folder: string;
  private readonly files: ScratchFile[] = [];
  private readonly runs = new Runs(() => this.newFile('fingerprints'));
  /** Up to where the states of the next level are known to be new. */
  private mark = START;
  /** How many states these are, of all levels. */
  private sure = 0;
  private readonly scratch = new Scratch();
  /** Of the tentative states, those that are to be taken back. */
  private known: Visited | undefined;

  /** @param orbits where states are told apart by their orbits, not by their fingerprints. */
  constructor(
    { spill, maxMemory, workers = 1, shares, webAssembly }: CheckOptions,
    private readonly orbits: Orbits | undefined,
  ) {
    this.folder = spill ?? tmpdir();
    this.visited = new Visited(visitedMemory(workers === 1 ? 1 : workers + 1), webAssembly);
    // Before a search of an hour, not after it.
    if (spill !== undefined) this.newFile('trial').close();
    this.shares =
      shares ?? (maxMemory === undefined ? unlimited(this.visited) : sharesOf(maxMemory, workers));
    this.pool = new SegmentPool(this.shares.segmentCells);
    this.links = new Links(new Pile(this.shares.linkBytes, () => this.newFile('links')));
  }

  has(lo: number, hi: number): boolean {
    return this.visited.has(lo, hi) || this.runs.has(lo === 0 ? 1 : lo, hi);
  }

  /** To be called between two blocks: makes room for what the next one finds. */
  relieve(next: Frontier): void {
    const { fingerprints, segments } = this.shares;
    const isFull = this.visited.size >= fingerprints;
    if (isFull || this.runs.count === 0 || next.heldFrom(this.mark) > segments) this.resolve(next);
    if (isFull) this.flush();
  }

  /** Makes sure of all states of the next level. */
  resolve(next: Frontier): void {
    if (this.runs.count > 0 && this.links.count > this.sure) this.takeBack(next);
    if (this.journal !== undefined) this.writeDown(next, this.journal);
    this.mark = next.end;
    this.sure = this.links.count;
    this.links.pack();
    next.putAway(this.shares.segments, () => this.newFile('frontier'));
  }

  private writeDown(next: Frontier, journal: Journal): void {
    let state = this.sure;
    next.forEachFrom(this.mark, (cells, record, layout) => {
      const { lo, hi } = this.keyOf(layout, cells, record);
      const { parent, action } = this.links.at(state++);
      journal.add(lo, hi, parent, action);
    });
  }

  /** Takes over the states of a journal; then what of them is in the next level. */
  restore(journal: Journal, next: Frontier): void {
    for (const { count, lo, hi, parents, actions } of journal.read()) {
      this.visited.addAll(lo, hi, 0, count, new Uint8Array(count));
      for (let i = 0; i < count; i++) this.links.add(parents[i]!, actions[i]!);
      this.links.pack();
      if (this.visited.size >= this.shares.fingerprints) this.flush();
    }
    this.sure = this.links.count;
    this.mark = next.end;
    next.putAway(this.shares.segments, () => this.newFile('frontier'));
  }

  /** To be called when a level begins. */
  begin(): void {
    this.mark = START;
  }

  /** Puts the fingerprints in memory on disk; all states have to be sure. */
  private flush(): void {
    this.runs.add(this.sorted());
    this.visited.clear();
  }

  private *sorted(): Iterable<Keys> {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      yield this.visited.sorted(partition, this.scratch);
    }
  }

  private takeBack(next: Frontier): void {
    const known = (this.known ??= new Visited(visitedMemory(), false));
    known.clear();
    const keys = this.tentative(next);
    this.runs.find(keys, (index) => known.add(keys[2 * index]! | 0, keys[2 * index + 1]! | 0));
    if (known.size === 0) return;
    const { links } = this;
    let from = this.sure;
    let to = this.sure;
    next.sift(this.mark, (cells, record, layout) => {
      const { lo, hi } = this.keyOf(layout, cells, record);
      const isNew = !known.has(lo, hi);
      if (isNew && from !== to) links.move(from, to);
      if (isNew) to++;
      from++;
      return isNew;
    });
    links.truncate(to);
  }

  /** Fingerprints of the tentative states, sorted. */
  private tentative(next: Frontier): Keys {
    const keys = this.scratch.of(this.links.count - this.sure);
    let n = 0;
    next.forEachFrom(this.mark, (cells, record, layout) => {
      const { lo, hi } = this.keyOf(layout, cells, record);
      // As the visited set has it.
      keys[n++] = lo === 0 ? 1 : lo;
      keys[n++] = hi;
    });
    return sortKeys(keys);
  }

  private keyOf(layout: Layout, cells: Int32Array, record: number): Hash {
    return this.orbits?.keyOf(layout, cells, record) ?? { lo: cells[record]!, hi: cells[record + 1]! };
  }

  private newFile(name: string): ScratchFile {
    const file = new ScratchFile(this.folder, name, (bytes) => {
      this.bytes += bytes;
    });
    this.files.push(file);
    return file;
  }

  /** Nothing of it is needed any more. */
  close(): void {
    for (const file of this.files) file.close();
  }
}
