/**
 * What a server needs of a network: notifications that may be lost, and links between a learner and its leader, which
 * deliver in order or break. What is lost, forged or replayed on the way never shows here.
 */
import type { Message, Notification, SNAP } from '../spec/messages.js';
import type { Sid, Zxid } from '../spec/zxid.js';

/** The state machine as it was behind `zxid`, in pieces; the learner gets them before the SNAP that they go with. */
export interface Image {
  readonly zxid: Zxid;
  readonly pieces: Iterable<Uint8Array>;
}

export interface Link {
  readonly peer: Sid;
  /**
   * Goes out behind all that was sent before; vanishes once the link is gone.
   * @param canWait nobody over there waits for it: for some milliseconds it may wait for company
   */
  readonly send: (message: Message, canWait?: boolean) => void;
  /** The pieces, then the message; what is sent meanwhile waits behind them, other links do not. */
  readonly sendSnap: (message: SNAP, image: Image) => void;
  /** When the peer last gave a sign of life, by the server's clock. */
  readonly heardAt: () => number;
  /** Gone at once at this end; the peer is told, if it can be. Nothing is called back any more. */
  readonly close: () => void;
}

/** What happens on a link. */
export interface LinkEvents {
  readonly received: (message: Message) => void;
  /** An image begins; one that was under way is void. */
  readonly imageBegins: (zxid: Zxid) => void;
  readonly imagePiece: (piece: Uint8Array) => void;
  /** It broke, or the peer closed it. */
  readonly closed: () => void;
}

export interface NetworkEvents {
  readonly notified: (from: Sid, notification: Notification) => void;
  /** A learner has connected. */
  readonly accepted: (link: Link) => LinkEvents;
  /** Whether a learner that knocks is let in; only a leader does. */
  readonly accepts: () => boolean;
}

export interface Network {
  readonly start: (events: NetworkEvents) => void;
  readonly notify: (to: Sid, notification: Notification) => void;
  /**
   * Knocks until the peer lets it in.
   * @returns a function that gives up; without effect once connected
   */
  readonly connect: (to: Sid, connected: (link: Link) => LinkEvents) => () => void;
  readonly stop: () => void;
}
