/**
 * Memory that is used again and again. The store reads what it is given only when it commits; buffers made anew for that live
 * just long enough to be taken for old ones, and once there are enough of them the collector goes through the whole heap.
 */
import { Buffer } from 'node:buffer';

const LEAST = 2 ** 16;

export class Arena {
  #memory: Buffer = Buffer.alloc(0);
  #used = 0;

  /** Nothing that was put together before is needed any more. @param bytes of all that will be put together now */
  reset(bytes: number): void {
    this.#used = 0;
    if (bytes > this.#memory.length)
      this.#memory = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(Math.max(bytes, LEAST))));
  }

  /** @throws RangeError where there is more than was announced */
  join = (parts: readonly Uint8Array[], length: number): Buffer => {
    const begin = this.#used;
    for (const part of parts) {
      this.#memory.set(part, this.#used);
      this.#used += part.length;
    }
    return this.#memory.subarray(begin, begin + length);
  };
}
