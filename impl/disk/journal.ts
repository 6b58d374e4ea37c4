/**
 * The journal: a file of a fixed size in front of the store, so that making a write durable costs one write and one
 * flush of a file that never grows. Frames follow each other round and round; what the store has taken over may be
 * overwritten. A frame is written only when the one before it is on the disk. So a damaged one can only be the last,
 * cut short by a crash, unless a whole one follows it: then what was promised is lost, and the server does not guess.
 */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  write,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { meansFull } from './queue.js';
import { CorruptStore } from './records.js';

/** Where a frame begins: its number, and its place, counted on over all rounds through the file. */
export interface Mark {
  readonly seq: number;
  readonly at: number;
}

/** Frames that follow each other: their bodies, oldest first, and where the next one begins. */
export interface Frames {
  readonly bodies: readonly Buffer[];
  readonly next: Mark;
}

/** The body of the last frame on the way, and where the next one begins. */
export interface Passed {
  readonly last: Buffer;
  readonly next: Mark;
}

/** What the store knows of the journal: which file it is, and the first frame that the store lacks. */
export interface JournalState extends Mark {
  /** Of this file and no other, and known to no client: what a client writes cannot pass for a frame. */
  readonly id: string;
  readonly size: number;
}

/** No frame shares a page with one that was promised before it. */
export const PAGE = 4096;
const MAGIC = 0x7a61626a;
const ID = 8;
/** Magic number, checksum of all that follows, id of the file, number of the frame, length of the body. */
const HEADER = 4 + 4 + ID + 8 + 4;

interface Frame {
  readonly seq: number;
  readonly body: Buffer;
}

const WASM_PAGE = 2 ** 16;

const padded = (length: number): number => Math.ceil(length / PAGE) * PAGE;

const frameAt = (file: Buffer, id: Buffer, offset: number): Frame | null => {
  if (offset + HEADER > file.length || file.readUInt32BE(offset) !== MAGIC) return null;
  const end = offset + HEADER + file.readUInt32BE(offset + HEADER - 4);
  if (end > file.length || !id.equals(file.subarray(offset + 8, offset + 8 + ID))) return null;
  if (file.readUInt32BE(offset + 4) !== crc32(file.subarray(offset + 8, end))) return null;
  return { seq: file.readDoubleBE(offset + 8 + ID), body: file.subarray(offset + HEADER, end) };
};

const fsyncNow = (path: string): void => {
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
};

/**
 * Makes an empty one. It is filled, not only made long: a flush of it then has nothing but the data to write.
 * @throws what the system says where there is no room
 */
export const createJournal = (path: string, size: number): JournalState => {
  writeFileSync(`${path}.new`, Buffer.alloc(size));
  fsyncNow(`${path}.new`);
  renameSync(`${path}.new`, path);
  fsyncNow(dirname(path));
  return { id: randomBytes(ID).toString('hex'), size, seq: 1, at: 0 };
};

/**
 * Whether a write can be made to return once it is on the disk, and past the page cache, where the file system lets it: it takes
 * two thirds of the time of a write and a flush. Elsewhere it may return earlier (macOS), and a flush follows.
 */
const WRITES_THROUGH = process.platform === 'linux';

/** @param page what stands at `at` in the file, and is written there once more: a file system may open it so and then refuse to write */
const openThrough = (path: string, page: Buffer, at: number): number => {
  if (!WRITES_THROUGH) return openSync(path, 'r+');
  const flags = constants.O_RDWR | constants.O_DSYNC;
  let fd: number;
  try {
    fd = openSync(path, flags | constants.O_DIRECT);
  } catch {
    return openSync(path, flags);
  }
  try {
    writeSync(fd, page, 0, page.length, at);
  } catch (error) {
    // That there is no room now says nothing of how it is written.
    if (meansFull(error, {})) return fd;
    closeSync(fd);
    return openSync(path, flags);
  }
  return fd;
};

const { Memory } = (
  globalThis as unknown as {
    readonly WebAssembly: { readonly Memory: new (pages: { initial: number }) => { buffer: ArrayBuffer } };
  }
).WebAssembly;

/** So many bytes from the beginning of a page of memory on, as a write past the page cache asks for. */
const pages = (length: number): Buffer =>
  Buffer.from(new Memory({ initial: Math.ceil(length / WASM_PAGE) }).buffer, 0, length);

/** @throws CorruptStore */
const readJournal = (path: string, size: number): Buffer => {
  if (!existsSync(path))
    throw new CorruptStore(`${path} is missing: it may hold what the store does not have yet`);
  const fd = openSync(path, 'r');
  try {
    const { size: found } = fstatSync(fd);
    if (found !== size) throw new CorruptStore(`${path}: it has ${found} bytes, and should have ${size}`);
    const file = pages(size);
    for (let at = 0; at < size; ) at += readSync(fd, file, at, size - at, at);
    return file;
  } finally {
    closeSync(fd);
  }
};

/** A write that came out short found no more room. */
const short = (): Error =>
  Object.assign(new Error('ENOSPC: the journal is written in part'), { code: 'ENOSPC' });

export class Journal {
  #fd: number | null = null;
  readonly #id: Buffer;
  readonly #size: number;
  /** The file, in memory: a frame is put together where it will stand, and stays there until the store has it. */
  readonly #file: Buffer;
  /** The frame that was put together last. */
  #composed = { at: 0, length: 0 };
  #seq: number;
  #at: number;

  /**
   * The frames that the store lacks, oldest first. Of what a killed process wrote the system may know more than the
   * disk: they count once the store has taken them over.
   */
  readonly found: readonly Buffer[];

  /** @throws CorruptStore */
  constructor(
    readonly path: string,
    { id, size, seq, at }: JournalState,
  ) {
    [this.#id, this.#size, this.#seq, this.#at] = [Buffer.from(id, 'hex'), size, seq, at];
    this.#file = readJournal(path, size);
    this.found = this.#follow(this.#file);
    this.#refuseLaterThan(this.#file, path);
  }

  /** For writing, once the store has what it lacked: the page that is tried is nobody's then. */
  open(): this {
    const next = this.#at % this.#size;
    this.#fd = openThrough(this.path, this.#file.subarray(next, next + PAGE), next);
    return this;
  }

  /** Where the next frame begins. */
  get mark(): Mark {
    return { seq: this.#seq, at: this.#at };
  }

  #follow(file: Buffer): readonly Buffer[] {
    const bodies: Buffer[] = [];
    for (;;) {
      let frame = frameAt(file, this.#id, this.#at % this.#size);
      if (frame?.seq !== this.#seq) {
        // Perhaps it had no room up to the end of the file.
        frame = frameAt(file, this.#id, 0);
        if (frame?.seq !== this.#seq) return bodies;
        this.#at += this.#untilEnd();
      }
      bodies.push(frame.body);
      this.#advance(HEADER + frame.body.length);
    }
  }

  #refuseLaterThan(file: Buffer, path: string): void {
    for (let offset = 0; offset < this.#size; offset += PAGE) {
      const seq = frameAt(file, this.#id, offset)?.seq ?? 0;
      if (seq >= this.#seq)
        throw new CorruptStore(`${path}: frame ${this.#seq} is damaged, and frame ${seq} behind it is not`);
    }
  }

  /** Only where the next frame may stand, where nothing else looks like it (see `compose`); anywhere else there is `frameAt`. */
  #isFrame(offset: number, seq: number): boolean {
    const file = this.#file;
    return (
      file.readUInt32BE(offset) === MAGIC &&
      file.readDoubleBE(offset + 8 + ID) === seq &&
      file.compare(this.#id, 0, ID, offset + 8, offset + 8 + ID) === 0
    );
  }

  #untilEnd(): number {
    return (this.#size - (this.#at % this.#size)) % this.#size;
  }

  #advance(length: number): void {
    this.#seq += 1;
    this.#at += padded(length);
  }

  /** Of a body to which others may be added: a longer one has a frame to itself. */
  get longest(): number {
    return this.#size / 4 - HEADER;
  }

  /** Bytes that are taken when `first` is the first frame that the store lacks. */
  used(first: Mark): number {
    return this.#at - first.at;
  }

  /** Goes to the beginning of the file where a frame does not fit in front of its end. */
  #place(length: number): number {
    return length > this.#untilEnd() ? this.#at + this.#untilEnd() : this.#at;
  }

  /** Where the store lacks nothing the whole file is room. */
  hasRoom(bodyLength: number, first: Mark): boolean {
    const length = padded(HEADER + bodyLength);
    if (first.seq === this.#seq) return length <= this.#size;
    return this.#place(length) + length - first.at <= this.#size;
  }

  /** Those from `first` on that are on the disk; as many as it takes to reach so many bytes, and so many frames at most. */
  framesFrom(first: Mark, mostFrames = Number.POSITIVE_INFINITY, bytes = Number.POSITIVE_INFINITY): Frames {
    const bodies: Buffer[] = [];
    let { seq, at } = first;
    for (let length = 0; seq < this.#seq && bodies.length < mostFrames && length < bytes; seq++) {
      at = this.#placeOf(seq, at);
      const body = this.#bodyAt(at);
      bodies.push(body);
      at += padded(HEADER + body.length);
      length += body.length;
    }
    return { bodies, next: { seq, at } };
  }

  /** From `first` on, which is on the disk, over as many frames as it takes to get so many bytes further, or as there are. */
  pass(first: Mark, bytes: number): Passed {
    let { seq, at } = first;
    let last = at;
    for (; seq < this.#seq && at - first.at < bytes; seq++) {
      last = this.#placeOf(seq, at);
      at = last + padded(HEADER + this.#lengthAt(last));
    }
    return { last: this.#bodyAt(last), next: { seq, at } };
  }

  /** Where the frame of this number is, which is to be here unless it had no room up to the end of the file. */
  #placeOf(seq: number, at: number): number {
    const begin = at % this.#size;
    if (this.#isFrame(begin, seq)) return at;
    if (!this.#isFrame(0, seq)) throw new Error(`frame ${seq} of the journal is nowhere`);
    return at + this.#size - begin;
  }

  #lengthAt(at: number): number {
    return this.#file.readUInt32BE((at % this.#size) + HEADER - 4);
  }

  #bodyAt(at: number): Buffer {
    const body = (at % this.#size) + HEADER;
    return this.#file.subarray(body, body + this.#lengthAt(at));
  }

  /** Puts the next frame together; there has to be room. It takes whole pages, and what stands behind its end means nothing. */
  compose(parts: readonly Uint8Array[], bodyLength: number): void {
    const length = padded(HEADER + bodyLength);
    const at = this.#place(length);
    const file = this.#file;
    const begin = at % this.#size;
    // Where it would have stood there may be one of its number, which a crash cut short: whoever looks for it shall not find that.
    if (at !== this.#at) file.writeUInt32BE(0, this.#at % this.#size);
    file.writeUInt32BE(MAGIC, begin);
    file.set(this.#id, begin + 8);
    file.writeDoubleBE(this.#seq, begin + 8 + ID);
    file.writeUInt32BE(bodyLength, begin + HEADER - 4);
    let end = begin + HEADER;
    for (const part of parts) {
      file.set(part, end);
      end += part.length;
    }
    file.writeUInt32BE(crc32(file.subarray(begin + 8, end)), begin + 4);
    this.#composed = { at, length };
  }

  /** Writes the frame, which is on the disk then. If it throws, it may be called again. */
  write(): void {
    const { at, length } = this.#composed;
    const from = at % this.#size;
    if (writeSync(this.#fd!, this.#file, from, length, from) < length) throw short();
    if (!WRITES_THROUGH) fdatasyncSync(this.#fd!);
    this.#written();
  }

  /** The same by a thread. Nothing else may be put together before it is done. */
  writeByThread(done: (error: Error | null) => void): void {
    const { at, length } = this.#composed;
    const from = at % this.#size;
    const ended = (error: Error | null): void => {
      if (error === null) this.#written();
      done(error);
    };
    write(this.#fd!, this.#file, from, length, from, (error, written) => {
      if (error !== null || WRITES_THROUGH) ended(error ?? (written < length ? short() : null));
      else fdatasync(this.#fd!, ended);
    });
  }

  #written(): void {
    const { at, length } = this.#composed;
    this.#at = at;
    this.#advance(length);
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
  }
}
