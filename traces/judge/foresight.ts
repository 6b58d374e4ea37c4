/**
 * What a log goes on to show, known to a judge beforehand: on each connection the outputs in their order, and the writes
 * that a server is known to have proposed. An output that the log contradicts later is refused when it is produced, and
 * a write can be guessed before its first trace comes by.
 */
import type { Message, Notification } from '../../spec/messages.js';
import type { Sid, Zxid } from '../../spec/zxid.js';
import type { By } from './candidate.js';
import type { FieldDifference } from './match.js';

export interface ForeseenOutput {
  /** Which line it is, for whoever keeps lines. */
  readonly source: unknown;
  readonly output: { readonly type: 'close' } | { readonly type: 'send'; readonly message: Partial<Message> };
}

export interface Foresight {
  /** By channel (see linkChannel), oldest first; a leader's PINGs aside where ticks are hidden. */
  readonly outputs: ReadonlyMap<string, readonly ForeseenOutput[]>;
  /** Payloads of writes that this server numbers itself, as far as they are known. */
  readonly writes: ReadonlyMap<Zxid, number | string>;
  /** Whether a line says what the server takes to be committed. */
  readonly seesCommitted: boolean;
  /** Whether it shows all that it asks for: no line says that nothing is left to be seen. */
  readonly isWhole: boolean;
  /** Whether a notification may yet be seen in this life of the server, at a line or behind it; may be true for no reason. */
  readonly tells: (at: unknown, where: 'from' | 'behind', to: Sid, notification: Notification) => boolean;
  /**
   * How many outputs on links it shows of this life, from a line on; null if there is more to be explained than those,
   * and more may yet be given than messages on the links that there are.
   */
  readonly left: (from: unknown) => number | null;
}

export const NO_FORESIGHT: Foresight = {
  outputs: new Map(),
  writes: new Map(),
  seesCommitted: true,
  isWhole: false,
  tells: () => true,
  left: () => null,
};

/** Where a step would have said something else than the log goes on to show. */
export interface Contradiction {
  readonly peer: Sid;
  readonly source: unknown;
  readonly found: ForeseenOutput['output'];
  readonly fields: readonly FieldDifference[];
}

/** A step that was not taken for that reason. */
export interface Contradicted {
  readonly contradiction: Contradiction;
  readonly by: By;
}

/** Fewer wrong fields are nearer. */
export const nearer = (best: Contradicted | null, one: Contradicted): Contradicted =>
  best === null || one.contradiction.fields.length < best.contradiction.fields.length ? one : best;
