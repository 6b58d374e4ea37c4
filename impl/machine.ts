/**
 * The state machine that an ensemble replicates: anything that changes by committed writes alone, in their order.
 * Writes and results are opaque strings to the server; a write is bytes, one a character.
 */

/** Takes in an image piece by piece; the machine is the old one until `finish`. */
export interface Restoration {
  readonly piece: (piece: Uint8Array) => void;
  /** @throws if the pieces are no complete image */
  readonly finish: () => void;
}

/** What a write returns, opaque to the server, or what puts it together. */
export type Result = string | (() => string);

export interface StateMachine {
  /**
   * Deterministic: the same writes in the same order leave the same state, and return the same. A function where putting
   * that together takes work: it is called before anything else is applied, at the server where someone waits for it, and
   * at no other.
   */
  readonly apply: (write: string, zxid: number) => Result;
  /** The state as it is now, to be read later; what is applied meanwhile does not show. */
  readonly image: () => Iterable<Uint8Array>;
  readonly restore: () => Restoration;
}
