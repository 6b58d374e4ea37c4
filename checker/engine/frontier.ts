/**
 * The states of a level, as packed vectors. A state takes its fingerprint and, for each slot, as many bits as ids of the
 * slot's kind have needed so far; when a kind outgrows them a new segment with a wider layout is begun, so that nothing
 * is ever repacked. A frontier is filled once and emptied once, in order, so that its segments can wait in a file.
 */
import type { ScratchFile } from './scratch.js';

/** Where the id of each slot lies in a record: the fingerprint's two words, then packed words. No id crosses a word. */
export interface Layout {
  readonly words: Int32Array;
  readonly shifts: Int32Array;
  readonly masks: Int32Array;
  /** By word: the slot after the last one in it. */
  readonly ends: Int32Array;
  /** Cells of a record. */
  readonly stride: number;
  /** Greatest number of ids that fit, by slot. */
  readonly capacities: Float64Array;
}

/** @param sizes number of ids that each slot may have. */
export const layoutFor = (sizes: ArrayLike<number>): Layout => {
  const count = sizes.length;
  const words = new Int32Array(count);
  const shifts = new Int32Array(count);
  const masks = new Int32Array(count);
  const capacities = new Float64Array(count);
  let word = 2;
  let used = 0;
  for (let slot = 0; slot < count; slot++) {
    const bits = Math.max(1, Math.ceil(Math.log2(sizes[slot]!)));
    if (used + bits > 32) {
      word++;
      used = 0;
    }
    words[slot] = word;
    shifts[slot] = used;
    masks[slot] = bits === 32 ? -1 : 2 ** bits - 1;
    capacities[slot] = 2 ** bits;
    used += bits;
  }
  const ends = new Int32Array(word + 1);
  for (let slot = 0; slot < count; slot++) ends[words[slot]!] = slot + 1;
  return { words, shifts, masks, ends, capacities, stride: word + 1 };
};

export const fits = (layout: Layout, sizes: ArrayLike<number>): boolean => {
  for (let slot = 0; slot < sizes.length; slot++) {
    if (sizes[slot]! > layout.capacities[slot]!) return false;
  }
  return true;
};

type Cells = Int32Array<SharedArrayBuffer>;

/** Whether records in these are the same: layouts that have come from another thread are copies. */
export const isSameLayout = (a: Layout, b: Layout): boolean =>
  a.stride === b.stride && a.capacities.every((capacity, slot) => capacity === b.capacities[slot]);

export interface Segment {
  readonly cells: Cells;
  readonly layout: Layout;
  count: number;
}

/** A segment that lies in a file. */
interface Filed {
  readonly offset: number;
  readonly layout: Layout;
  readonly count: number;
}

/** A segment as it is written to a checkpoint. */
export interface PackedSegment {
  /** By slot: how many ids fit. */
  readonly capacities: ArrayLike<number> & Iterable<number>;
  /** Its records, and nothing else. */
  readonly bytes: Uint8Array;
}

/** Up to a record of a frontier: the number of its segment, and its own in this. */
export interface Mark {
  readonly segment: number;
  readonly record: number;
}

/** Where records are to be read from. */
export interface Place {
  readonly segment: Segment;
  readonly from: number;
}

const bytesOf = ({ layout, count }: Filed | Segment, cells: Cells): Uint8Array =>
  new Uint8Array(cells.buffer, cells.byteOffset, 4 * layout.stride * count);

/** Unpacks a record into one id a slot. */
export const unpack = (layout: Layout, cells: Int32Array, record: number, state: Int32Array): void => {
  const { words, shifts, masks } = layout;
  for (let slot = 0; slot < state.length; slot++) {
    state[slot] = (cells[record + words[slot]!]! >>> shifts[slot]!) & masks[slot]!;
  }
};

export const pack = (layout: Layout, cells: Int32Array, record: number, state: Int32Array): void => {
  const { words, shifts } = layout;
  let word = 2;
  let packed = 0;
  for (let slot = 0; slot < state.length; slot++) {
    if (words[slot]! !== word) {
      cells[record + word] = packed;
      word = words[slot]!;
      packed = 0;
    }
    packed |= state[slot]! << shifts[slot]!;
  }
  cells[record + word] = packed;
};

/** Where new states go: one record after another, each to be filled in by whoever asked for it. */
export interface Output {
  readonly layout: Layout;
  /** The array in which the last record given out lies. */
  readonly cells: Int32Array;
  /** Address of the record of a new state, which was first reached from `parent` by this action. */
  record(parent: number, action: number): number;
}

/** Records that lie one after another. */
export interface Span {
  readonly cells: Cells;
  /** Address of the first. */
  readonly record: number;
  readonly count: number;
}

/** What the frontiers of a run have in common: segments that are used up, to be used again, and the present layout. */
export class SegmentPool {
  private readonly free: Cells[] = [];
  private layout: Layout | undefined;

  /** @param segmentCells cells of a segment; more where a record has more. */
  constructor(private readonly segmentCells: number) {}

  /** Cells for so many records of this layout, or for as many more as a segment holds. */
  take({ stride }: Layout, records = 1): Cells {
    const size = Math.max(records * stride, this.segmentCells);
    const cells = this.free.pop();
    if (cells !== undefined && cells.length >= size) return cells;
    return new Int32Array(new SharedArrayBuffer(4 * size));
  }

  giveBack(segment: Segment): void {
    this.free.push(segment.cells);
  }

  /** The layout with these capacities; the present one from now on, as those that are restored come in order. */
  layoutOf(capacities: ArrayLike<number>): Layout {
    const isSame = (one: number, slot: number): boolean => one === capacities[slot];
    if (!this.layout?.capacities.every(isSame)) this.layout = layoutFor(capacities);
    return this.layout!;
  }

  /** A layout in which ids below these sizes fit; as long as they fit, the same. */
  layoutFor(sizes: ArrayLike<number>): Layout {
    if (this.layout === undefined || !fits(this.layout, sizes)) this.layout = layoutFor(sizes);
    return this.layout;
  }
}

const isFiled = (segment: Segment | Filed): segment is Filed => 'offset' in segment;

export class Frontier {
  count = 0;
  /** Of those that are not in a file. */
  private held = 0;
  private readonly list: (Segment | Filed)[] = [];
  private file: ScratchFile | undefined;

  constructor(private readonly pool: SegmentPool) {}

  get segments(): number {
    return this.list.length;
  }

  /** Behind all records that are there by now. */
  get end(): Mark {
    return { segment: Math.max(0, this.list.length - 1), record: this.list.at(-1)?.count ?? 0 };
  }

  /** Segments in memory, from this mark on. */
  heldFrom({ segment }: Mark): number {
    return this.list.length - segment;
  }

  /** A segment, in memory. */
  segment(number: number): Segment {
    const segment = this.list[number]!;
    if (!isFiled(segment)) return segment;
    const { layout, count } = segment;
    const cells = this.pool.take(layout, count);
    this.file!.read(bytesOf(segment, cells), segment.offset);
    const read = { cells, layout, count };
    this.list[number] = read;
    this.held++;
    return read;
  }

  /** Makes sure that ids below these sizes fit where the next record will be. */
  prepare(sizes: ArrayLike<number>): void {
    const layout = this.pool.layoutFor(sizes);
    if (this.list.at(-1)?.layout !== layout) this.begin(layout);
  }

  /** The segment in which the last record lies. */
  get last(): Segment {
    return this.list[this.list.length - 1] as Segment;
  }

  /** Address, in the last segment, of a new record. */
  record(): number {
    let segment = this.last;
    const { stride } = segment.layout;
    if ((segment.count + 1) * stride > segment.cells.length) segment = this.begin(segment.layout);
    this.count++;
    return segment.count++ * stride;
  }

  /** Room for a number of new records in the present layout, to be filled in by others. */
  allot(total: number): readonly Span[] {
    const spans: Span[] = [];
    for (let left = total; left > 0 || spans.length === 0; ) {
      let segment = this.last;
      const { stride } = segment.layout;
      const room = Math.floor(segment.cells.length / stride) - segment.count;
      if (room === 0) segment = this.begin(segment.layout);
      const count = Math.min(left, room === 0 ? Math.floor(segment.cells.length / stride) : room);
      spans.push({ cells: segment.cells, record: segment.count * stride, count });
      segment.count += count;
      this.count += count;
      left -= count;
    }
    return spans;
  }

  private begin(layout: Layout): Segment {
    const segment = { cells: this.pool.take(layout), layout, count: 0 };
    this.list.push(segment);
    this.held++;
    return segment;
  }

  /** Calls back with each record behind a mark, in order, all of which are in memory. */
  forEachFrom(mark: Mark, callback: (cells: Cells, record: number, layout: Layout) => void): void {
    for (let number = mark.segment; number < this.list.length; number++) {
      const { cells, layout, count } = this.list[number] as Segment;
      for (let at = number === mark.segment ? mark.record : 0; at < count; at++)
        callback(cells, at * layout.stride, layout);
    }
  }

  /**
   * Of the records behind a mark, keeps those that the callback says, in order, one close behind the other.
   * All of them are in memory.
   */
  sift(mark: Mark, keeps: (cells: Cells, record: number, layout: Layout) => boolean): void {
    const from = this.list.slice(mark.segment) as Segment[];
    const counts = from.map(({ count }) => count);
    for (const [i, segment] of from.entries()) segment.count = i === 0 ? mark.record : 0;
    let into = 0;
    for (const [i, { cells, layout }] of from.entries()) {
      const { stride } = layout;
      if (from[into]!.layout !== layout) into = i;
      for (let at = i === 0 ? mark.record : 0; at < counts[i]!; at++) {
        if (!keeps(cells, at * stride, layout)) {
          this.count--;
          continue;
        }
        if ((from[into]!.count + 1) * stride > from[into]!.cells.length) into++;
        const target = from[into]!;
        const record = target.count++ * stride;
        for (let word = 0; word < stride; word++) target.cells[record + word] = cells[at * stride + word]!;
      }
    }
    this.list.length = mark.segment;
    for (const segment of from) {
      if (segment.count > 0) this.list.push(segment);
      else this.release(segment);
    }
  }

  /** Puts segments into a file until no more than so many are held; never the last one, which is being filled. */
  putAway(most: number, newFile: () => ScratchFile): void {
    for (let number = this.list.length - 2; number >= 0 && this.held > most; number--) {
      const segment = this.list[number]!;
      if (isFiled(segment)) continue;
      this.file ??= newFile();
      const { cells, layout, count } = segment;
      this.list[number] = { offset: this.file.append(bytesOf(segment, cells)), layout, count };
      this.release(segment);
    }
  }

  /** The records from a mark on. What is yielded is looked at before the next is asked for. */
  *packed(mark: Mark): Iterable<PackedSegment> {
    for (let number = mark.segment; number < this.list.length; number++) {
      const segment = this.list[number]!;
      const { layout, count } = segment;
      const skipped = number === mark.segment ? 4 * layout.stride * mark.record : 0;
      const bytes = new Uint8Array(4 * layout.stride * count - skipped);
      if (isFiled(segment)) this.file!.read(bytes, segment.offset + skipped);
      else bytes.set(bytesOf(segment, segment.cells).subarray(skipped));
      if (bytes.length > 0) yield { capacities: layout.capacities, bytes };
    }
  }

  /** Appends records that were packed by another process. */
  unpack(segments: Iterable<PackedSegment>): void {
    for (const { capacities, bytes } of segments) {
      const layout = this.pool.layoutOf(capacities);
      const cells = new Int32Array(new SharedArrayBuffer(bytes.length));
      new Uint8Array(cells.buffer).set(bytes);
      const count = cells.length / layout.stride;
      this.list.push({ cells, layout, count });
      this.held++;
      this.count += count;
    }
  }

  /** Gives back a segment, in memory, whose records nobody will look at again. */
  drop(number: number): void {
    this.release(this.list[number] as Segment);
    if (number === this.list.length - 1) this.file?.close();
  }

  private release(segment: Segment): void {
    this.pool.giveBack(segment);
    this.held--;
  }
}

/** Appends a state to a frontier that has been prepared for it. */
export const append = (frontier: Frontier, state: Int32Array, lo: number, hi: number): void => {
  const record = frontier.record();
  const { cells, layout } = frontier.last;
  cells[record] = lo;
  cells[record + 1] = hi;
  pack(layout, cells, record, state);
};
