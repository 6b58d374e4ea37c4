/**
 * What goes over a link: frames, each sealed, each with the number that it has in its direction. A frame holds parts:
 * messages, or what belongs to a snapshot. Anything that does not fit ends the link.
 */
import { Reader, Writer } from './bytes.js';
import { derive, seal, TAG, unseal } from './keys.js';

export const PART = { message: 0, imageBegins: 1, imagePiece: 2, snapEntry: 3 } as const;
export type PartKind = (typeof PART)[keyof typeof PART];

export interface Part {
  readonly kind: number;
  readonly bytes: Buffer;
}

const LENGTH = 4;
/** Kind and length of a part. */
const PART_HEADER = 1 + 4;
/** A part is a message of some bytes, or a write of a MiB; a frame holds more than one only below `FULL`. */
const LARGEST = 4 * 2 ** 20;
/** Bytes of parts that are put into one frame. */
export const FULL = 2 ** 16;

const NOTHING = new Uint8Array(0);

export class FrameWriter {
  #count = 0;

  constructor(readonly key: Buffer) {}

  frame(parts: readonly Part[]): Buffer {
    const length = parts.reduce((sum, { bytes }) => sum + PART_HEADER + bytes.length, 0);
    const writer = new Writer(length);
    for (const { kind, bytes } of parts) writer.u8(kind).u32(bytes.length).raw(bytes);
    const before = new Writer(LENGTH).u32(length + TAG).bytes();
    return seal(this.key, this.#count++, NOTHING, writer.bytes(), before);
  }
}

export class FrameReader {
  #count = 0;
  #pending: Buffer[] = [];
  #length = 0;

  constructor(readonly key: Buffer) {}

  /** @returns the parts that are complete; null if this cannot have come from the peer */
  push(chunk: Buffer): readonly Part[] | null {
    this.#pending.push(chunk);
    this.#length += chunk.length;
    const parts: Part[] = [];
    for (;;) {
      const size = this.#nextSize();
      if (size !== null && (size > LARGEST || size < TAG)) return null;
      if (size === null || this.#length < LENGTH + size) return parts;
      const opened = this.#open(this.#shift(LENGTH + size).subarray(LENGTH));
      if (opened === null) return null;
      parts.push(...opened);
    }
  }

  #nextSize(): number | null {
    if (this.#length < LENGTH) return null;
    if (this.#pending[0]!.length < LENGTH) this.#pending = [Buffer.concat(this.#pending)];
    return this.#pending[0]!.readUInt32BE(0);
  }

  #shift(size: number): Buffer {
    const all = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = size < all.length ? [all.subarray(size)] : [];
    this.#length -= size;
    return all.subarray(0, size);
  }

  #open(sealed: Buffer): readonly Part[] | null {
    const plain = unseal(this.key, this.#count++, NOTHING, sealed);
    return (
      plain &&
      Reader.all(plain, (reader) => {
        const parts: Part[] = [];
        while (!reader.isAtEnd) {
          const kind = reader.u8();
          parts.push({ kind, bytes: reader.raw(reader.u32()) });
        }
        return parts;
      })
    );
  }
}

/** One key for each direction of a link. */
export const linkKeys = (
  secret: Buffer,
  id: Buffer,
): { readonly toLeader: Buffer; readonly toLearner: Buffer } => ({
  toLeader: derive(secret, id, 'zab link to the leader'),
  toLearner: derive(secret, id, 'zab link to the learner'),
});
