/**
 * How the frames of a link get across. A frame goes at once, as a datagram of its own, which also says up to where frames of
 * the other direction have arrived: while both ends talk, no acknowledgement travels alone. What is missing or is not
 * confirmed in time goes over the stream, which orders, repeats and paces; so does all that follows, until the peer has
 * everything. In the stream a frame stands behind all that its receiver may lack, so nothing has to be put in order here.
 */
import type { Buffer } from 'node:buffer';
import { atEndOfTurn } from '../turn.js';
import type { Frame } from './frames.js';

export interface DeliveryOptions {
  /** Bytes of a frame that goes as a datagram, at most. */
  readonly most: number;
  readonly now: () => number;
  /** Calls back once, at the next beat. */
  readonly atNextBeat: (task: () => void) => void;
  /** Sends a datagram, which may be lost; null: only what has arrived. */
  readonly transmit: (signs: Signs, frame: Frame | null) => void;
  /** @returns whether the stream takes more at once */
  readonly stream: (frame: Frame) => boolean;
  /** More is taken again. */
  readonly drained: () => void;
}

/** What a datagram says of the other direction. */
export interface Signs {
  /** Frames that have arrived, all before it included. */
  readonly received: number;
  /** The next one does not come, though later ones did. */
  readonly isMissing: boolean;
}

/** Bytes on their way as datagrams; a socket holds several times as much while its owner sleeps. */
const WINDOW = 2 ** 17;
/** What has arrived is confirmed when so much has, or at the next beat, unless something is sent anyway. */
const CONFIRM_BYTES = WINDOW / 4;
/** What is not confirmed by then goes over the stream. */
const LATE_MS = 125;
/** Whoever loses datagrams is not sent any for so long. */
const REST_MS = 250;

interface Sent extends Frame {
  readonly at: number;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  #sent = 0;
  #unconfirmed: Sent[] = [];
  #bytes = 0;
  #overStream = false;
  /** Something was lost: datagrams again from then on, once the peer has everything. */
  #restsUntil: number | null = null;
  /** What goes over the stream from then on waits until the peer has everything; never where there are no datagrams. */
  #breathAt = Number.POSITIVE_INFINITY;
  /** Since when nothing more is taken, for want of a confirmation. */
  #waitsSince: number | null = null;
  #received = 0;
  /** Bytes that have arrived and were not confirmed. */
  #owed = 0;
  /** The number that was last said to be missing. */
  #missing = -1;
  #isWatching = false;
  #isClosed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Bytes that the next frame had better not exceed; null: as many as a stream likes. */
  get most(): number | null {
    return this.#overStream ? null : this.#options.most;
  }

  close(): void {
    this.#isClosed = true;
    this.#unconfirmed = [];
    this.#waitsSince = null;
  }

  /**
   * @param isBulk there is much more to come, or none of it could be a datagram: let the stream pace it
   * @returns whether it takes more at once; if not, `drained` is called
   */
  send(bytes: Buffer, isBulk: boolean): boolean {
    const frame: Sent = { number: this.#sent++, bytes, at: this.#options.now() };
    const { most } = this.#options;
    // On the stream a frame is longer than it had to be.
    if (isBulk || (bytes.length > most && !this.#overStream)) {
      this.#turnToStream();
      if (most > 0) this.#breathAt = frame.at + REST_MS;
    }
    if (this.#overStream) return this.#stream(frame);
    this.#unconfirmed.push(frame);
    this.#bytes += bytes.length;
    this.#transmit(false, frame);
    this.#watch();
    if (this.#bytes >= WINDOW) this.#waitsSince = frame.at;
    return !this.isWaiting;
  }

  /** Whether it will say itself when it takes more. */
  get isWaiting(): boolean {
    return this.#waitsSince !== null;
  }

  /** @returns whether it is the next one; false for one that was here before, or came as a datagram ahead of another */
  arrived({ number, bytes }: Frame): boolean {
    this.#owe(bytes.length + 1);
    if (number > this.#received && this.#missing !== this.#received) {
      this.#missing = this.#received;
      this.#transmit(true, null);
    }
    if (number !== this.#received) return false;
    this.#received += 1;
    return true;
  }

  /** Perhaps an answer that goes out in this turn says so anyway. */
  #owe(bytes: number): void {
    const wasLittle = this.#owed < CONFIRM_BYTES;
    this.#owed += bytes;
    this.#watch();
    if (wasLittle && this.#owed >= CONFIRM_BYTES)
      atEndOfTurn(() => {
        if (this.#owed >= CONFIRM_BYTES) this.#transmit(false, null);
      });
  }

  /** The next frame from the stream: it cannot be ahead of anything. */
  isAhead({ number }: Frame): boolean {
    return number > this.#received;
  }

  /** @returns false for what no peer says */
  confirmed({ received, isMissing }: Signs): boolean {
    if (!Number.isSafeInteger(received) || received > this.#sent) return false;
    while (this.#unconfirmed.length > 0 && this.#unconfirmed[0]!.number < received)
      this.#bytes -= this.#unconfirmed.shift()!.bytes.length;
    if (isMissing && this.#unconfirmed[0]?.number === received) this.#lost();
    else if (received === this.#sent) this.#hasEverything();
    if (this.isWaiting && (this.#overStream ? received === this.#sent : this.#bytes < WINDOW)) this.#goOn();
    return true;
  }

  #goOn(): void {
    this.#waitsSince = null;
    this.#options.drained();
  }

  #hasEverything(): void {
    if (this.#restsUntil !== null && this.#options.now() < this.#restsUntil) return;
    this.#overStream = false;
    this.#restsUntil = null;
  }

  #transmit(isMissing: boolean, frame: Frame | null): void {
    this.#owed = 0;
    this.#options.transmit({ received: this.#received, isMissing }, frame);
  }

  // --- over the stream

  /** A frame, or the confirmation of one. */
  #lost(): void {
    this.#turnToStream();
    this.#restsUntil = this.#options.now() + REST_MS;
    this.#breathAt = this.#restsUntil;
    if (this.isWaiting) this.#goOn();
  }

  #turnToStream(): void {
    if (this.#overStream) return;
    this.#overStream = true;
    for (const frame of this.#unconfirmed) this.#options.stream(frame);
    this.#unconfirmed = [];
    this.#bytes = 0;
  }

  /** Now and then a breath: who never stops sending would never hear that the peer has everything. */
  #stream(frame: Sent): boolean {
    const takesMore = this.#options.stream(frame);
    if (frame.at >= this.#breathAt) {
      this.#waitsSince = frame.at;
      this.#watch();
    }
    return takesMore && !this.isWaiting;
  }

  // --- time

  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#options.atNextBeat(this.#beat);
  }

  #beat = (): void => {
    this.#isWatching = false;
    if (this.#isClosed) return;
    if (this.#owed > 0) this.#transmit(false, null);
    // Whoever slept has not listened: what the peer said meanwhile comes first.
    if (this.#isLate()) setImmediate(() => (this.#isLate() ? this.#lost() : this.#watchOn()));
    else this.#watchOn();
  };

  #watchOn(): void {
    if (this.#unconfirmed.length > 0 || this.isWaiting) this.#watch();
  }

  #isLate(): boolean {
    const since = this.#unconfirmed[0]?.at ?? this.#waitsSince;
    return since !== null && this.#options.now() - since >= LATE_MS;
  }
}
