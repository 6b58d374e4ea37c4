/**
 * Datagrams of a link: which stream of the receiver they belong to, a number that grows, and, sealed, what has arrived of
 * the other direction and a frame. One that is older than the newest is dropped, so none counts twice.
 */
import type { Buffer } from 'node:buffer';
import { Reader, Writer } from './bytes.js';
import type { Signs } from './delivery.js';
import type { Frame } from './frames.js';
import { type SealingKey, seal, unseal } from './keys.js';
import type { DropReason } from './sessions.js';

const HEADER = 4 + 8;
const SIGNS = 8 + 1;
const NUMBER = 8;

export class DatagramWriter {
  #sent = 0;

  constructor(
    readonly key: SealingKey,
    /** The stream's id at the other end. */
    readonly remote: number,
  ) {}

  datagram({ received, isMissing }: Signs, frame: Frame | null): Buffer {
    const number = ++this.#sent;
    const header = new Writer(HEADER).u32(this.remote).f64(number).bytes();
    const writer = new Writer(SIGNS + NUMBER + (frame?.bytes.length ?? 0))
      .f64(received)
      .u8(isMissing ? 1 : 0);
    if (frame !== null) writer.f64(frame.number).raw(frame.bytes);
    return seal(this.key, number, header, writer.bytes());
  }
}

export interface Datagram extends Signs {
  readonly frame: Frame | null;
}

export class DatagramReader {
  #newest = 0;

  constructor(readonly key: SealingKey) {}

  /** Never throws, whatever arrives. */
  read(datagram: Buffer): Datagram | DropReason {
    if (datagram.length < HEADER) return 'malformed';
    const number = datagram.readDoubleBE(4);
    if (!Number.isSafeInteger(number) || number < 0) return 'malformed';
    const plain = unseal(this.key, number, datagram.subarray(0, HEADER), datagram.subarray(HEADER));
    if (plain === null) return 'forged';
    if (number <= this.#newest) return 'replayed';
    this.#newest = number;
    const read = Reader.all(plain, (reader) => ({
      received: reader.f64(),
      isMissing: reader.u8() === 1,
      frame: reader.isAtEnd ? null : { number: reader.f64(), bytes: reader.rest() },
    }));
    return read ?? 'malformed';
  }
}
