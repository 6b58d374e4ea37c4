/**
 * What goes over a link: frames, each with the number that it has in its direction. A frame holds parts: messages, or
 * what belongs to a snapshot. On the stream frames are sealed here; anything that does not fit ends the link.
 */
import { Buffer } from 'node:buffer';
import { Reader, Writer } from './bytes.js';
import { type SealingKey, seal, sealingKey, unseal } from './keys.js';
import { TAG } from './sodium.js';

export const PART = { message: 0, imageBegins: 1, imagePiece: 2, snapEntry: 3 } as const;
export type PartKind = (typeof PART)[keyof typeof PART];

export interface Part {
  readonly kind: number;
  readonly bytes: Buffer;
}

const LENGTH = 4;
const NUMBER = 8;
const HEADER = LENGTH + NUMBER;
/** Kind and length of a part. */
const PART_HEADER = 1 + 4;
/** A part is a message of some bytes, or a write of a MiB; a frame holds more than one only below `FULL`. */
const LARGEST = 4 * 2 ** 20;
/** Bytes of parts that are put into one frame. */
export const FULL = 2 ** 16;

export const sizeOf = ({ bytes }: Part): number => PART_HEADER + bytes.length;

export const encodeParts = (parts: readonly Part[]): Buffer => {
  const writer = new Writer(parts.reduce((sum, part) => sum + sizeOf(part), 0));
  for (const { kind, bytes } of parts) writer.u8(kind).u32(bytes.length).raw(bytes);
  return writer.bytes();
};

/** @returns null for what no peer wrote */
export const decodeParts = (bytes: Buffer): readonly Part[] | null =>
  Reader.all(bytes, (reader) => {
    const parts: Part[] = [];
    while (!reader.isAtEnd) {
      const kind = reader.u8();
      parts.push({ kind, bytes: reader.raw(reader.u32()) });
    }
    return parts;
  });

/** The parts of a frame as bytes, and how many frames went before it in its direction. */
export interface Frame {
  readonly number: number;
  readonly bytes: Buffer;
}

/** As it stands in the stream. A number is sealed once at most. */
export const sealFrame = (key: SealingKey, { number, bytes }: Frame): Buffer => {
  const length = NUMBER + bytes.length + TAG;
  const frame = new Writer(LENGTH + length).u32(length).f64(number).raw(bytes).gap(TAG).bytes();
  seal(key, number, frame, HEADER, 0);
  return frame;
};

export class FrameReader {
  #pending: Buffer[] = [];
  #length = 0;

  constructor(readonly key: SealingKey) {}

  /** @returns the frames that are complete; null if this cannot have come from the peer */
  push(chunk: Buffer): readonly Frame[] | null {
    this.#pending.push(chunk);
    this.#length += chunk.length;
    const frames: Frame[] = [];
    for (;;) {
      const size = this.#nextSize();
      if (size !== null && (size > LARGEST || size < NUMBER + TAG)) return null;
      if (size === null || this.#length < LENGTH + size) return frames;
      const frame = this.#open(this.#shift(LENGTH + size));
      if (frame === null) return null;
      frames.push(frame);
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

  #open(sealed: Buffer): Frame | null {
    const number = sealed.readDoubleBE(LENGTH);
    if (!Number.isSafeInteger(number) || number < 0) return null;
    const bytes = unseal(this.key, number, sealed, HEADER, 0);
    return bytes && { number, bytes };
  }
}

/** Of one direction of a link. */
interface Keys {
  readonly stream: SealingKey;
  readonly datagrams: SealingKey;
}

/**
 * @param id the learner's choice for its knocking
 * @param leaderStream the leader's choice: a knock that is late may open a second link of that id, whose numbers begin anew
 */
export const linkKeys = (
  secret: Buffer,
  id: Buffer,
  leaderStream: number,
): { readonly toLeader: Keys; readonly toLearner: Keys } => {
  const salt = new Writer().raw(id).u32(leaderStream).bytes();
  const keys = (to: string): Keys => ({
    stream: sealingKey(secret, salt, `zab link to the ${to}`),
    datagrams: sealingKey(secret, salt, `zab link to the ${to} by datagrams`),
  });
  return { toLeader: keys('leader'), toLearner: keys('learner') };
};
