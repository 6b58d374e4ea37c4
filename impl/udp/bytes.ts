/** Numbers and text to bytes and back; reading beyond the end, or leaving something unread, makes the whole unread. */
import { Buffer } from 'node:buffer';
import type { Zxid } from '../../spec/zxid.js';

/** Longest text: the longest packet of a client (ZooKeeper: jute.maxbuffer), and room for what is put in front of it. */
export const MOST_BYTES = 2 ** 20 + 2 ** 10;

/** Every number is written as wide as this at most. */
const WIDEST = 8;

export class Writer {
  #bytes: Buffer;
  #length = 0;

  /** @param room bytes that it takes before it has to be copied */
  constructor(room = 64) {
    this.#bytes = Buffer.allocUnsafe(room);
  }

  #room(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const longer = Buffer.allocUnsafe(2 * this.#length + WIDEST);
      this.#bytes.copy(longer, 0, 0, at);
      this.#bytes = longer;
    }
    return at;
  }

  u8(n: number): this {
    const at = this.#room(1);
    this.#bytes[at] = n;
    return this;
  }

  u32(n: number): this {
    const at = this.#room(4);
    this.#bytes.writeUInt32BE(n, at);
    return this;
  }

  i32(n: number): this {
    const at = this.#room(4);
    this.#bytes.writeInt32BE(n, at);
    return this;
  }

  f64(n: number): this {
    const at = this.#room(8);
    this.#bytes.writeDoubleBE(n, at);
    return this;
  }

  zxid(zxid: Zxid): this {
    return this.u32(Math.floor(zxid / 2 ** 32)).u32(zxid % 2 ** 32);
  }

  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** For what comes to stand there later. */
  gap(size: number): this {
    this.#room(size);
    return this;
  }

  /** One byte a character. */
  text(text: string): this {
    this.u32(text.length);
    const at = this.#room(text.length);
    this.#bytes.write(text, at, 'latin1');
    return this;
  }

  bytes(): Buffer {
    return this.#length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#length);
  }
}

class OutOfBytes extends Error {}

export class Reader {
  #at = 0;
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @returns what was read; null unless that took all the bytes and no more */
  static all<T>(bytes: Buffer, read: (reader: Reader) => T | null): T | null {
    const reader = new Reader(bytes);
    try {
      const value = read(reader);
      return reader.#at === reader.#bytes.length ? value : null;
    } catch (error) {
      if (error instanceof OutOfBytes) return null;
      throw error;
    }
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  #take(size: number): number {
    const at = this.#at;
    if (at + size > this.#bytes.length) throw new OutOfBytes();
    this.#at = at + size;
    return at;
  }

  u8(): number {
    return this.#bytes[this.#take(1)]!;
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  i32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  f64(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  zxid(): Zxid {
    const [epoch, counter] = [this.u32(), this.u32()];
    if (epoch >= 2 ** 21) throw new OutOfBytes();
    return epoch * 2 ** 32 + counter;
  }

  raw(size: number): Buffer {
    const at = this.#take(size);
    return this.#bytes.subarray(at, at + size);
  }

  /** All that is left. */
  rest(): Buffer {
    return this.raw(this.#bytes.length - this.#at);
  }

  text(): string {
    const length = this.u32();
    if (length > MOST_BYTES) throw new OutOfBytes();
    const at = this.#take(length);
    return this.#bytes.toString('latin1', at, at + length);
  }
}
