/**
 * What a step did, in lines for a reader: the messages that it received, sent and lost by name, and the difference of
 * everything else. What a channel holds is left out there, since the messages say it.
 */
import { type Difference, difference } from './difference.js';
import type { Picture } from './picture.js';
import { printable, renderDifference, renderName } from './values.js';
import { type Arrow, byEnd, weave } from './weave.js';

export interface MessageEvent {
  readonly event: 'received' | 'sent' | 'lost';
  readonly text: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

const ended = ({ fate, text, from, to }: Arrow): MessageEvent => ({
  event: fate === 'lost' ? 'lost' : 'received',
  text,
  from,
  to,
});

/** By step: first what came in, then what went out. Step 0 is the initial state. */
export const messageEvents = (picture: Picture): readonly (readonly MessageEvent[])[] => {
  const arrows = weave(picture);
  const ends = byEnd(arrows);
  const sent = new Map<number, Set<Arrow>>();
  for (const arrow of arrows) {
    // What is delivered twice was sent once.
    if (!arrow.copy) sent.set(arrow.sent, (sent.get(arrow.sent) ?? new Set()).add(arrow));
  }
  return Array.from({ length: picture.steps.length + 1 }, (_, step) => [
    ...(ends.get(step) ?? []).map(ended),
    ...[...(sent.get(step) ?? [])].map(
      ({ text, from, to }): MessageEvent => ({ event: 'sent', text, from, to }),
    ),
  ]);
};

export const messageLine = (picture: Picture, { event, text, from, to }: MessageEvent): string => {
  const name = (lane: number | undefined): string =>
    lane === undefined ? '?' : printable(picture.lanes[lane]?.short ?? '?');
  const what = printable(text);
  if (event === 'received') return `← ${name(from)}  ${what}`;
  if (event === 'sent') return `→ ${name(to)}  ${what}`;
  return `✗ ${name(from)}→${name(to)}  ${what} is lost`;
};

/** Something whole that is gone would fill the page with what no longer matters. */
const lineOf = (change: Difference): string => {
  const gone = change.to === null && typeof change.from === 'object' && change.from !== null;
  return gone ? `${renderName(change.path)} - all of it` : renderDifference(change);
};

/** The differences of a step, without what the channels hold. */
export const stateDifferences = (
  picture: Picture,
  step: number,
  before: Picture['initial'],
): readonly Difference[] => {
  const changed = picture.steps[step - 1]?.changed ?? {};
  const channels = new Set(picture.channels.map(({ slot }) => slot));
  return Object.keys(changed).flatMap((slot) => {
    const found = difference(before[slot], changed[slot], slot);
    return channels.has(slot) ? found.filter(({ path }) => !path.slice(slot.length).includes('[')) : found;
  });
};

export const changeLines = (
  picture: Picture,
  step: number,
  before: Picture['initial'],
  events: readonly MessageEvent[],
): readonly string[] => {
  const lines = [
    ...events.map((event) => messageLine(picture, event)),
    ...stateDifferences(picture, step, before).map(lineOf),
  ];
  return lines.length === 0 ? ['(nothing changes)'] : lines;
};
