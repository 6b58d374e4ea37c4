/**
 * The network as slots: an election channel and a link for every ordered pair of servers. Election channels lose;
 * links are ordered and break as a whole. Every operation is a list, because one step may send several messages.
 */
import type { Message, Notification } from '../../spec/messages.js';
import type { Kind, View } from '../model.js';
import { same } from '../canonical.js';

/** Closed: the receiver is down or cut off, and what is sent vanishes. */
export interface ElectionChannel {
  readonly open: boolean;
  readonly queue: readonly Notification[];
}

export type ElectionOperation = { readonly send: Notification } | 'receive' | 'open' | 'close';

/**
 * ZooKeeper's send queue holds one message a peer: a newer one overwrites the newest of a full queue, and sending what
 * is the newest already changes nothing, so that sending again is idempotent.
 */
const sendNotification = (
  channel: ElectionChannel,
  notification: Notification,
  capacity: number,
): ElectionChannel => {
  const { open, queue } = channel;
  if (!open || (queue.length > 0 && same(queue.at(-1), notification))) return channel;
  return { open, queue: [...(queue.length < capacity ? queue : queue.slice(0, -1)), notification] };
};

/** @param capacity in messages; Infinity for a queue without a bound */
export const electionChannel = (capacity: number): Kind<ElectionChannel, readonly ElectionOperation[]> => ({
  name: 'election channel',
  apply: (channel, operations) =>
    operations.reduce<ElectionChannel>((now, operation) => {
      if (operation === 'receive') return { open: now.open, queue: now.queue.slice(1) };
      if (operation === 'open') return { open: true, queue: [] };
      if (operation === 'close') return { open: false, queue: [] };
      return sendNotification(now, operation.send, capacity);
    }, channel),
});

/**
 * One direction of a link. `open`: the sender's end is. `closing`: the sender has closed it or died, what it sent may
 * still arrive, and the receiver is yet to be told. `dead`: a partition swallows all, and nobody is told.
 */
export interface Link {
  readonly status: 'none' | 'open' | 'closing' | 'dead';
  readonly queue: readonly Message[];
}

export type LinkOperation =
  | { readonly send: Message }
  | 'receive'
  | 'open'
  /** The sender closes its end, or dies. */
  | 'close'
  /** The receiver closes its end, dies, or has been told. */
  | 'drop'
  | 'cut'
  | 'partition'
  /** The connection that a partition swallowed turns out to be gone. */
  | 'heal';

const NONE: Link = { status: 'none', queue: [] };
const GONE: Link = { status: 'closing', queue: [] };

const applyToLink = (link: Link, operation: LinkOperation): Link => {
  const { status, queue } = link;
  if (operation === 'receive') return { status, queue: queue.slice(1) };
  if (operation === 'open') return { status: 'open', queue: [] };
  if (operation === 'close') return status === 'open' ? { status: 'closing', queue } : link;
  if (operation === 'drop') return NONE;
  if (operation === 'cut') return status === 'none' ? link : GONE;
  if (operation === 'partition') return status === 'none' ? link : { status: 'dead', queue: [] };
  if (operation === 'heal') return status === 'dead' ? GONE : link;
  return status === 'open' ? { status, queue: [...queue, operation.send] } : link;
};

export const link: Kind<Link, readonly LinkOperation[]> = {
  name: 'link',
  apply: (now, operations) => operations.reduce(applyToLink, now),
};

export const hasMessage: View<{ readonly queue: readonly unknown[] }, boolean> = {
  name: 'has a message',
  of: ({ queue }) => queue.length > 0,
};

export const isDrained: View<ElectionChannel, boolean> = {
  name: 'open and empty',
  of: ({ open, queue }) => open && queue.length === 0,
};

export const headMessage: View<Link, Message | null> = { name: 'head', of: ({ queue }) => queue[0] ?? null };
export const headNotification: View<ElectionChannel, Notification | null> = {
  name: 'head',
  of: ({ queue }) => queue[0] ?? null,
};
export const isClosing: View<Link, boolean> = { name: 'closing', of: ({ status }) => status === 'closing' };
export const isOpen: View<Link, boolean> = { name: 'open', of: ({ status }) => status === 'open' };
