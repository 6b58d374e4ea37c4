/**
 * Sessions. Nothing that is supported yet dies with one, so no server has to remember it: any server knows a session of
 * the ensemble by its password, which is a code over its id.
 */
import type { Buffer } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Session {
  readonly id: bigint;
  readonly password: Buffer;
}

/** Milliseconds; ZooKeeper: minSessionTimeout, maxSessionTimeout. */
const LEAST_TIMEOUT = 4_000;
const MOST_TIMEOUT = 40_000;

export const negotiate = (asked: number): number => Math.min(Math.max(asked, LEAST_TIMEOUT), MOST_TIMEOUT);

export class Sessions {
  #count: bigint;

  /** @param boot a number that this server has in no other life */
  constructor(
    readonly sid: number,
    boot: number,
    readonly secret: string,
  ) {
    // As ZooKeeper's: the server in the highest byte, the rest never seen before.
    this.#count = (BigInt(sid) << 56n) | ((BigInt(boot) << 16n) & 0xff_ffff_ffff_ffffn);
  }

  open(): Session {
    const id = ++this.#count;
    return { id, password: this.#passwordOf(id) };
  }

  /** @returns null if it is none of this ensemble's */
  reopen(id: bigint, password: Buffer): Session | null {
    const own = this.#passwordOf(id);
    return password.length === own.length && timingSafeEqual(own, password) ? { id, password: own } : null;
  }

  #passwordOf(id: bigint): Buffer {
    return createHmac('sha256', this.secret).update(`zab session ${id}`).digest().subarray(0, 16);
  }
}
