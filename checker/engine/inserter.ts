/** Adds many fingerprints at a time to one half of the visited set, in WebAssembly. */
import { DESK_CELLS, FULL, type Half } from './half.js';
import { instantiate, type WasmFunction } from './wasm.js';

/** Fingerprints that it is handed at a time. */
const BATCH = 1 << 12;

/** What is loaded ahead: as in `kernel/fingerprints.ts`. */
const AHEAD = 1 << 8;

export class Inserter {
  private readonly los: Int32Array;
  private readonly his: Int32Array;
  private readonly winners: Int32Array;
  private readonly add: WasmFunction;

  /**
   * @param desk cell at which there are `DESK_CELLS` for this thread alone.
   * @param own a bit for each partition that it adds to.
   */
  constructor(
    { memory, cells, base, stretch, mostBuckets, buckets, counts }: Half,
    desk: number,
    own: bigint,
  ) {
    const full = (): never => {
      throw new Error(FULL);
    };
    const { globals, functions } = instantiate('fingerprints', memory, { full });
    const [los, his, winners] = [desk, desk + BATCH, desk + 2 * BATCH];
    const indexes = desk + 3 * BATCH;
    const [places, run] = [indexes + AHEAD, desk + DESK_CELLS / 2];
    for (const [name, cell] of Object.entries({ base, stretch, los, his, winners, indexes, places, run }))
      globals[name]!.value = 4 * cell;
    globals.mostBuckets!.value = mostBuckets;
    globals.buckets!.value = buckets.byteOffset;
    globals.counts!.value = counts.byteOffset;
    globals.own!.value = own;
    this.los = cells.subarray(los, los + BATCH);
    this.his = cells.subarray(his, his + BATCH);
    this.winners = cells.subarray(winners, winners + BATCH);
    this.add = functions.addAll!;
  }

  /** As `Visited.addAll`, of this half. */
  addAll(los: Int32Array, his: Int32Array, from: number, to: number, won: Uint8Array): number {
    const { winners } = this;
    let added = 0;
    for (let start = from; start < to; start += BATCH) {
      const end = Math.min(to, start + BATCH);
      this.los.set(los.subarray(start, end));
      this.his.set(his.subarray(start, end));
      const count = this.add(end - start);
      for (let k = 0; k < count; k++) won[start + winners[k]!] = 1;
      added += count;
    }
    return added;
  }
}
