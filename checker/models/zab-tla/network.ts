/** What the specification's actions do to channels, as writes. */
import { apply, type Write } from '../../model.js';
import type { Ensemble } from './ensemble.js';
import type { Sid } from './txns.js';
import type { Message } from './variables.js';

/** Reply: takes the head of the channel from `to`, and answers. */
export const reply = (e: Ensemble, from: Sid, to: Sid, message: Message): readonly Write[] => [
  discard(e, to, from),
  apply(e.channel(from, to), { append: message }),
];

export const discard = (e: Ensemble, from: Sid, to: Sid): Write =>
  apply(e.channel(from, to), { discard: true });

/** DiscardAndBroadcast…: takes the head of the channel from `cause`, and sends to all of `targets` but the sender. */
export const discardAndBroadcast = (
  e: Ensemble,
  from: Sid,
  cause: Sid,
  targets: readonly Sid[],
  message: Message,
): readonly Write[] => [discard(e, cause, from), ...broadcast(e, from, targets, message)];

export const broadcast = (
  e: Ensemble,
  from: Sid,
  targets: readonly Sid[],
  message: Message,
): readonly Write[] =>
  targets.filter((to) => to !== from).map((to) => apply(e.channel(from, to), { append: message }));

/** Clean: both directions between two servers. */
export const clean = (e: Ensemble, a: Sid, b: Sid): readonly Write[] => [
  apply(e.channel(a, b), { clear: true }),
  apply(e.channel(b, a), { clear: true }),
];

/** CleanInputBuffer: whatever is on its way to one of these servers. */
export const cleanInputBuffer = (e: Ensemble, to: readonly Sid[]): readonly Write[] =>
  e.servers.flatMap((from) =>
    to.filter((sid) => sid !== from).map((sid) => apply(e.channel(from, sid), { clear: true })),
  );
