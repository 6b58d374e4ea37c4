/**
 * Shared arrays that are reservations of address space: memory that is never written to is never resident, so that they
 * can be made as large as they may ever have to be, and never need to be copied to grow.
 */

/**
 * As much as the system grants of what is asked for: half of it, a quarter, …, and at last `least`, refused or not.
 * @param most cells of four bytes; a power of two times `least`.
 * @param offset in bytes, of the first cell from the beginning of the allocation.
 */
export const reserve = (most: number, least: number, offset = 0): Int32Array<SharedArrayBuffer> => {
  for (let cells = most; cells > least; cells /= 2) {
    try {
      return new Int32Array(new SharedArrayBuffer(4 * cells + offset), offset, cells);
    } catch {
      // Refused; half of it may do.
    }
  }
  return new Int32Array(new SharedArrayBuffer(4 * least + offset), offset, least);
};

/** A reservation as other threads can be sent it: the view itself would arrive with its length modulo four gigabytes. */
export interface Sent {
  readonly buffer: SharedArrayBuffer;
  readonly offset: number;
  readonly length: number;
}

export const send = ({ buffer, byteOffset, length }: Int32Array<SharedArrayBuffer>): Sent => ({
  buffer,
  offset: byteOffset,
  length,
});

export const receive = ({ buffer, offset, length }: Sent): Int32Array<SharedArrayBuffer> =>
  new Int32Array(buffer, offset, length);
