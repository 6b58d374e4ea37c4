/**
 * Pieces from which ZooKeeper's messages are put together. One description serves both directions, so that what is
 * read is written back byte for byte; `exactly` holds a message to that, and refuses bytes with a second spelling.
 */
import { JuteError, JuteReader, JuteWriter } from '../../impl/zookeeper/jute.js';

export interface Codec<T> {
  readonly read: (from: JuteReader) => T;
  readonly write: (to: JuteWriter, value: T) => void;
}

export type ValueOf<C> = C extends Codec<infer T> ? T : never;

/** Bytes that are no message of ZooKeeper's, and why. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
}

export const int: Codec<number> = { read: (r) => r.int(), write: (w, n) => w.int(n) };
export const long: Codec<bigint> = { read: (r) => r.long(), write: (w, n) => w.long(n) };
export const bool: Codec<boolean> = { read: (r) => r.bool(), write: (w, b) => w.bool(b) };
export const text: Codec<string> = { read: (r) => r.text(), write: (w, s) => w.text(s) };
export const bytes: Codec<Buffer | null> = { read: (r) => r.bytes(), write: (w, b) => w.bytes(b) };

/** Whatever is left, as it is. */
export const rest: Codec<Buffer> = { read: (r) => r.raw(r.left), write: (w, b) => w.raw(b) };

export const nothing: Codec<null> = { read: () => null, write: () => {} };

/** Either all that is described, or not a single byte. */
export const optional = <T>(codec: Codec<T>): Codec<T | null> => ({
  read: (r) => (r.isAtEnd ? null : codec.read(r)),
  write: (w, value) => {
    if (value !== null) codec.write(w, value);
  },
});

/** A count, then so many; a count of -1 is a list that is not there. */
export const list = <T>(codec: Codec<T>): Codec<readonly T[] | null> => ({
  read: (r) => {
    const count = r.int();
    if (count === -1) return null;
    // Every element takes a byte at least: a count beyond that was not meant.
    if (count < 0 || count > r.left) throw new JuteError(`a list of ${count} does not fit into the message`);
    return Array.from({ length: count }, () => codec.read(r));
  },
  write: (w, values) => {
    w.int(values === null ? -1 : values.length);
    for (const value of values ?? []) codec.write(w, value);
  },
});

/** As many as there are up to the end of the message. */
export const all = <T>(codec: Codec<T>): Codec<readonly T[]> => ({
  read: (r) => {
    const values: T[] = [];
    while (!r.isAtEnd) values.push(codec.read(r));
    return values;
  },
  write: (w, values) => {
    for (const value of values) codec.write(w, value);
  },
});

type Fields = Readonly<Record<string, Codec<any>>>;
type Struct<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** Fields one behind the other, in the order of their names here. */
export const struct = <F extends Fields>(fields: F): Codec<Struct<F>> => ({
  read: (r) =>
    Object.fromEntries(Object.entries(fields).map(([name, codec]) => [name, codec.read(r)])) as Struct<F>,
  write: (w, value) => {
    for (const [name, codec] of Object.entries(fields)) codec.write(w, value[name as keyof F]);
  },
});

/**
 * The whole of these bytes.
 * @throws CodecError if they are cut short, too many, or not what the value read from them is written as
 */
export const decode = <T>(codec: Codec<T>, from: Uint8Array): T => {
  const buffer = Buffer.from(from.buffer, from.byteOffset, from.byteLength);
  const reader = new JuteReader(buffer);
  let value: T;
  try {
    value = codec.read(reader);
  } catch (error) {
    if (error instanceof JuteError) throw new CodecError(error.message);
    throw error;
  }
  if (!reader.isAtEnd) throw new CodecError(`${reader.left} bytes too many`);
  if (!encode(codec, value).equals(buffer)) throw new CodecError('not spelled as ZooKeeper would spell it');
  return value;
};

export const encode = <T>(codec: Codec<T>, value: T): Buffer => {
  const writer = new JuteWriter();
  codec.write(writer, value);
  return writer.done();
};
