/**
 * The states of a level, as packed vectors. A state takes its fingerprint and, for each slot, as many bits as ids of the
 * slot's kind have needed so far; when a kind outgrows them a new segment with a wider layout is begun, so that nothing
 * is ever repacked.
 */

/** Cells of a segment (four megabytes; memory that is not written to is not resident). */
const SEGMENT_CELLS = 1 << 20;

/** Where the id of each slot lies in a record: the fingerprint's two words, then packed words. No id crosses a word. */
export interface Layout {
  readonly words: Int32Array;
  readonly shifts: Int32Array;
  readonly masks: Int32Array;
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
  return { words, shifts, masks, capacities, stride: word + 1 };
};

export const fits = (layout: Layout, sizes: ArrayLike<number>): boolean => {
  for (let slot = 0; slot < sizes.length; slot++) {
    if (sizes[slot]! > layout.capacities[slot]!) return false;
  }
  return true;
};

export interface Segment {
  readonly cells: Int32Array<SharedArrayBuffer>;
  readonly layout: Layout;
  count: number;
}

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
  readonly cells: Int32Array<SharedArrayBuffer>;
  /** Address of the first. */
  readonly record: number;
  readonly count: number;
}

/** What the frontiers of a run have in common: segments that are used up, to be used again, and the present layout. */
export class SegmentPool {
  private readonly free: Int32Array<SharedArrayBuffer>[] = [];
  private layout: Layout | undefined;

  take(): Int32Array<SharedArrayBuffer> {
    return this.free.pop() ?? new Int32Array(new SharedArrayBuffer(SEGMENT_CELLS * 4));
  }

  giveBack(segment: Segment): void {
    this.free.push(segment.cells);
  }

  /** A layout in which ids below these sizes fit; as long as they fit, the same. */
  layoutFor(sizes: ArrayLike<number>): Layout {
    if (this.layout === undefined || !fits(this.layout, sizes)) this.layout = layoutFor(sizes);
    return this.layout;
  }
}

export class Frontier {
  readonly segments: Segment[] = [];
  count = 0;

  constructor(private readonly pool: SegmentPool) {}

  /** Makes sure that ids below these sizes fit where the next record will be. */
  prepare(sizes: ArrayLike<number>): void {
    const layout = this.pool.layoutFor(sizes);
    if (this.segments.at(-1)?.layout !== layout) this.begin(layout);
  }

  /** The segment in which the last record lies. */
  get last(): Segment {
    return this.segments[this.segments.length - 1]!;
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
    const segment = { cells: this.pool.take(), layout, count: 0 };
    this.segments.push(segment);
    return segment;
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
