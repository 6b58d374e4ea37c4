/**
 * The clients' writes that are under way at this server. Each gets an id that no other write ever has, in front of its
 * payload, so that whoever asked can be told when it is committed.
 */
import type { Request, Txn } from '../spec/history.js';
import type { Effect } from '../spec/step.js';
import type { Sid, Zxid } from '../spec/zxid.js';
import type { Result } from './machine.js';
import { MOST_PAYLOAD } from './udp/codec.js';

export type Outcome =
  | { readonly kind: 'done'; readonly zxid: Zxid; readonly result: string }
  /** It did not happen and never will. */
  | { readonly kind: 'refused' }
  /** It may have happened, or may yet. */
  | { readonly kind: 'unknown' };

const ID_LENGTH = 24;

/** Bytes of the longest write. */
export const MOST_WRITE = MOST_PAYLOAD - ID_LENGTH;

/**
 * A peer takes what is longer for a forgery and ends the link; of a wider character the log keeps one byte, so that
 * replicas would apply different writes.
 * @throws RangeError
 */
export const checkWrite = (body: string): void => {
  if (body.length > MOST_WRITE)
    throw new RangeError(`a write of ${body.length} bytes; ${MOST_WRITE} is the most`);
  const wide = /[^\0-\xff]/u.exec(body)?.[0];
  if (wide !== undefined)
    throw new RangeError(
      `a write is bytes, one a character, and '${wide}' is none: encode the text first, as by Buffer.from(text).toString('latin1')`,
    );
};

/** The write without its id. */
export const bodyOf = ({ payload }: Request): string => String(payload).slice(ID_LENGTH);

const idOf = ({ payload }: Request): string => String(payload).slice(0, ID_LENGTH);

/** Whether a write that this step delivers came in at another server than this one, so that nobody there waits for its COMMIT. */
export const isAnsweredElsewhere = (sid: Sid, zxid: Zxid, effects: readonly Effect[]): boolean =>
  effects.some(
    (effect) => effect.type === 'deliver' && effect.txn.zxid === zxid && effect.txn.origin !== sid,
  );

const digits = (n: number, length: number): string => n.toString(36).padStart(length, '0');

export class Requests {
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();
  readonly #sid: Sid;
  /** Of every id of this life. */
  readonly #prefix: string;
  #count = 0;

  /** @param boot a number that this server has in no other life */
  constructor(sid: Sid, boot: number) {
    this.#sid = sid;
    this.#prefix = `${digits(sid, 4)}${digits(boot, 10)}`;
  }

  get size(): number {
    return this.#waiting.size;
  }

  open(body: string, done: (outcome: Outcome) => void): Request {
    const id = this.#prefix + digits(this.#count++, 10);
    this.#waiting.set(id, done);
    return { payload: id + body, origin: this.#sid };
  }

  /** Of a write of an earlier life, or of one that was given up, nobody wants to know. */
  answer(txn: Txn, result: Result | null): void {
    const id = idOf(txn);
    const done = this.#waiting.get(id);
    if (done === undefined) return;
    // If it throws, whoever waits is still to be told when this server stops.
    const told = typeof result === 'function' ? result() : result;
    this.#waiting.delete(id);
    done(told === null ? { kind: 'unknown' } : { kind: 'done', zxid: txn.zxid, result: told });
  }

  /** This server cannot say any more what becomes of them. */
  giveUp(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const done of waiting) done({ kind: 'unknown' });
  }
}
