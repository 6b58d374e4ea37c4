/**
 * Datagrams of a link: which stream of the receiver they belong to, a number that grows, and, sealed, what has arrived of
 * the other direction and a frame. One that is older than the newest is dropped, so none counts twice.
 */
import type { Buffer } from 'node:buffer';
import { Writer } from './bytes.js';
import type { Signs } from './delivery.js';
import type { Frame } from './frames.js';
import { type SealingKey, seal, unseal } from './keys.js';
import type { DropReason } from './sessions.js';
import { TAG } from './sodium.js';

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
    const writer = new Writer(HEADER + SIGNS + NUMBER + (frame?.bytes.length ?? 0) + TAG)
      .u32(this.remote)
      .f64(number)
      .f64(received)
      .u8(isMissing ? 1 : 0);
    if (frame !== null) writer.f64(frame.number).raw(frame.bytes);
    const datagram = writer.gap(TAG).bytes();
    seal(this.key, number, datagram, HEADER);
    return datagram;
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
    const plain = unseal(this.key, number, datagram, HEADER);
    if (plain === null) return 'forged';
    if (number <= this.#newest) return 'replayed';
    this.#newest = number;
    const { length } = plain;
    if (length !== SIGNS && length < SIGNS + NUMBER) return 'malformed';
    return {
      received: plain.readDoubleBE(0),
      isMissing: plain[SIGNS - 1] === 1,
      frame:
        length === SIGNS
          ? null
          : { number: plain.readDoubleBE(SIGNS), bytes: plain.subarray(SIGNS + NUMBER) },
    };
  }
}
