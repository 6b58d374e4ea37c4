/**
 * A run as a picture has it: lanes, and for each step the lanes at which it is an event, what they show afterwards, and
 * what happens to messages. Plain data, so that a page can carry it; the arrows are woven from it (see weave.ts).
 */
import type { Channel, Components, Drawing, LaneView } from '../checker/drawing.js';
import type { Action } from '../checker/model.js';
import { same } from './difference.js';
import type { Trace } from './format.js';
import { type Move, movesOf } from './moves.js';

export interface ChannelMove {
  /** Index in `channels`. */
  readonly channel: number;
  readonly moves: readonly Move[];
}

export interface PictureStep {
  readonly action: Action;
  /** Slots by name, each with its new component. */
  readonly changed: Components;
  /** Indices of the lanes at which it is an event, the acting one first. */
  readonly lanes: readonly number[];
  /** What lanes show that show something else than before, by index. */
  readonly views: Readonly<Record<number, LaneView>>;
  readonly moves: readonly ChannelMove[];
}

export interface Picture {
  readonly lanes: readonly { readonly name: string; readonly short: string }[];
  /** Ends as indices of lanes; absent where the lanes that act are the ends. */
  readonly channels: readonly { readonly slot: string; readonly from?: number; readonly to?: number }[];
  readonly initial: Components;
  readonly start: { readonly views: readonly LaneView[]; readonly moves: readonly ChannelMove[] };
  readonly steps: readonly PictureStep[];
}

const laneIndex = (drawing: Drawing, name: string): number =>
  drawing.lanes.findIndex((lane) => lane.name === name);

const endOf = (drawing: Drawing, end: string | undefined): number | undefined => {
  const index = end === undefined ? -1 : laneIndex(drawing, end);
  return index < 0 ? undefined : index;
};

const channelIn = (drawing: Drawing, { slot, from, to }: Channel): Picture['channels'][number] => {
  const ends = { from: endOf(drawing, from), to: endOf(drawing, to) };
  return {
    slot,
    ...(ends.from !== undefined && { from: ends.from }),
    ...(ends.to !== undefined && { to: ends.to }),
  };
};

const viewsOf = (drawing: Drawing, state: Components): readonly LaneView[] =>
  drawing.lanes.map(({ name }) => drawing.view(name, state));

/** One step, given the state before it. */
export const pictureStep = (
  drawing: Drawing,
  before: Components,
  action: Action,
  changed: Components,
): PictureStep => {
  const after = { ...before, ...changed };
  const old = viewsOf(drawing, before);
  const views = viewsOf(drawing, after).flatMap((view, i) =>
    same(view, old[i]) ? [] : [[i, view] as const],
  );
  const moves = drawing.channels.flatMap((channel, index): readonly ChannelMove[] => {
    const delivers = drawing.delivers(action, channel);
    if (!Object.hasOwn(changed, channel.slot) && delivers !== 'copies') return [];
    const [from, to] = [before, after].map((state) => drawing.messages(state[channel.slot]));
    const found = movesOf(from!, to!, delivers, drawing.describe);
    return found.length === 0 ? [] : [{ channel: index, moves: found }];
  });
  const lanes = drawing.lanesOf(action, before, after).map((name) => laneIndex(drawing, name));
  return {
    action,
    changed,
    lanes: lanes.filter((lane) => lane >= 0),
    views: Object.fromEntries(views),
    moves,
  };
};

/** The beginning of a picture, before any step. */
export const pictureStart = (drawing: Drawing, initial: Components): Picture => ({
  lanes: drawing.lanes.map(({ name, short }) => ({ name, short })),
  channels: drawing.channels.map((channel) => channelIn(drawing, channel)),
  initial,
  start: {
    views: viewsOf(drawing, initial),
    moves: drawing.channels.flatMap(({ slot }, channel) => {
      const moves = movesOf([], drawing.messages(initial[slot]), undefined, drawing.describe);
      return moves.length === 0 ? [] : [{ channel, moves }];
    }),
  },
  steps: [],
});

/** The first so many steps of a trace; all of them must be steps of the model that the drawing is for. */
export const pictureOf = (drawing: Drawing, { header, steps }: Trace, until = steps.length): Picture => {
  let state: Components = header.initial;
  const drawn = steps.slice(0, until).map(({ action, changed }) => {
    const step = pictureStep(drawing, state, action, changed);
    state = { ...state, ...changed };
    return step;
  });
  return { ...pictureStart(drawing, header.initial), steps: drawn };
};
