/**
 * The state machine of one server, and up to where it has applied the log. What the reducer delivers again (after a
 * restart, or behind a leader's image) is skipped here.
 */
import type { Txn } from '../spec/history.js';
import { NO_ZXID, type Zxid } from '../spec/zxid.js';
import type { Restoration, Result, StateMachine } from './machine.js';
import type { Image } from './network.js';
import { bodyOf } from './requests.js';

export class Replica {
  #applied: Zxid = NO_ZXID;
  #restoration: { readonly zxid: Zxid; readonly into: Restoration } | null = null;

  constructor(readonly machine: StateMachine) {}

  get applied(): Zxid {
    return this.#applied;
  }

  /** @throws if the image is not complete */
  load(image: Image | null): void {
    if (image === null) return;
    const restoration = this.machine.restore();
    for (const piece of image.pieces) restoration.piece(piece);
    restoration.finish();
    this.#applied = image.zxid;
  }

  /** @returns what the machine returned; null if it had applied this before, and nobody knows any more */
  deliver(txn: Txn): Result | null {
    if (txn.zxid <= this.#applied) return null;
    this.#applied = txn.zxid;
    return this.machine.apply(bodyOf(txn), txn.zxid);
  }

  image(): Image {
    return { zxid: this.#applied, pieces: this.machine.image() };
  }

  /** A leader's image begins. One that is behind what is applied here is only of use to the disk. */
  imageBegins(zxid: Zxid): void {
    this.#restoration = zxid > this.#applied ? { zxid, into: this.machine.restore() } : null;
  }

  imagePiece(piece: Uint8Array): void {
    this.#restoration?.into.piece(piece);
  }

  /** The snapshot that the image belongs to is here. @throws if the image is not complete */
  adoptImage(): void {
    if (this.#restoration === null) return;
    this.#restoration.into.finish();
    this.#applied = this.#restoration.zxid;
    this.#restoration = null;
  }
}
