/**
 * Jute, the encoding of ZooKeeper's protocols: big-endian numbers, and text and bytes behind their length. It imports
 * nothing, and whoever reads what ZooKeeper writes may import it.
 */
import { Buffer } from 'node:buffer';

export class JuteError extends Error {
  override readonly name = 'JuteError';
}

/** The length of what is not there at all. */
const NULL = -1;

export class JuteReader {
  #at = 0;

  constructor(readonly buffer: Buffer) {}

  get isAtEnd(): boolean {
    return this.#at === this.buffer.length;
  }

  /** In bytes, from here to the end. */
  get left(): number {
    return this.buffer.length - this.#at;
  }

  #take(size: number): number {
    const at = this.#at;
    if (size < 0 || at + size > this.buffer.length) throw new JuteError('a field lies beyond the packet');
    this.#at = at + size;
    return at;
  }

  bool(): boolean {
    return this.buffer[this.#take(1)] !== 0;
  }

  int(): number {
    return this.buffer.readInt32BE(this.#take(4));
  }

  long(): bigint {
    return this.buffer.readBigInt64BE(this.#take(8));
  }

  /** A long that is a time, a zxid or the like. */
  number(): number {
    const at = this.#take(8);
    return this.buffer.readInt32BE(at) * 2 ** 32 + this.buffer.readUInt32BE(at + 4);
  }

  /** Not a copy. */
  bytes(): Buffer | null {
    const length = this.int();
    if (length === NULL) return null;
    return this.raw(length);
  }

  /** That many bytes, without a length in front. Not a copy. */
  raw(length: number): Buffer {
    const at = this.#take(length);
    return this.buffer.subarray(at, at + length);
  }

  text(): string {
    const bytes = this.bytes();
    if (bytes === null) throw new JuteError('a text is missing');
    return bytes.toString('utf8');
  }

  vector<T>(read: () => T): readonly T[] {
    const count = this.int();
    // Every element takes a byte at least: a count beyond that was not meant.
    if (count > this.buffer.length - this.#at) throw new JuteError('a vector is longer than the packet');
    return Array.from({ length: Math.max(0, count) }, read);
  }
}

export class JuteWriter {
  #bytes: Buffer;
  #length = 0;

  /** @param room bytes that it takes before it has to be copied */
  constructor(room = 128) {
    this.#bytes = Buffer.allocUnsafe(room);
  }

  /** In bytes, so far. */
  get length(): number {
    return this.#length;
  }

  #room(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#bytes.length) {
      const longer = Buffer.allocUnsafe(2 * this.#length);
      this.#bytes.copy(longer, 0, 0, at);
      this.#bytes = longer;
    }
    return at;
  }

  bool(value: boolean): this {
    const at = this.#room(1);
    this.#bytes[at] = value ? 1 : 0;
    return this;
  }

  int(n: number): this {
    const at = this.#room(4);
    this.#bytes.writeInt32BE(n, at);
    return this;
  }

  long(n: bigint): this {
    const at = this.#room(8);
    this.#bytes.writeBigInt64BE(n, at);
    return this;
  }

  /** A safe integer that is not negative, as a long. */
  number(n: number): this {
    const at = this.#room(8);
    this.#bytes.writeUInt32BE(Math.floor(n / 2 ** 32), at);
    this.#bytes.writeUInt32BE(n % 2 ** 32, at + 4);
    return this;
  }

  bytes(bytes: Uint8Array | null): this {
    if (bytes === null) return this.int(NULL);
    return this.int(bytes.length).raw(bytes);
  }

  text(text: string): this {
    const length = Buffer.byteLength(text);
    this.int(length);
    const at = this.#room(length);
    this.#bytes.write(text, at, 'utf8');
    return this;
  }

  raw(bytes: Uint8Array): this {
    const at = this.#room(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  done(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}
