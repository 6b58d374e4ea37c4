/**
 * Where everything of a diagram stands: pure numbers, from the picture and the width that there is. Time runs downwards,
 * a row a step; lanes stand side by side, so that three of them fit a phone and seven a laptop.
 */
import type { LaneView } from '../../checker/drawing.js';
import type { Picture } from '../picture.js';

export const ROW = 28;
const TOP = 20;
/** Below the last row: messages still in flight, and what broke. */
const TAIL = 46;

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Where the words of a row may stand, left of the lanes. */
  readonly gutter: number;
  /** Whether there is room for them, or only for numbers. */
  readonly words: boolean;
  readonly lane: number;
}

const LEAST_LANE = 44;
const BEST_LANE = 210;

const gutterOf = (width: number, lanes: number): number => {
  if (width < 620 || width - 230 < lanes * 64) return 34;
  return Math.max(230, Math.min(380, width - lanes * 150));
};

export const layoutOf = (width: number, lanes: number, steps: number): Layout => {
  const gutter = gutterOf(width, lanes);
  const lane = Math.max(
    LEAST_LANE,
    Math.min(BEST_LANE, Math.floor((width - gutter - 8) / Math.max(1, lanes))),
  );
  return {
    gutter,
    words: gutter > 100,
    lane,
    width: Math.max(width - 2, gutter + lane * lanes),
    height: TOP + steps * ROW + TAIL,
  };
};

export const rowY = (step: number): number => TOP + step * ROW;
export const laneX = ({ gutter, lane }: Layout, index: number): number => gutter + lane * index + lane / 2;
export const stepAt = (y: number): number => Math.round((y - TOP) / ROW);

/** A stretch of time in which a lane shows the same epoch, in the same role. */
export interface Stretch {
  readonly lane: number;
  readonly from: number;
  /** The step at which it ends, or the last one. */
  readonly to: number;
  readonly view: LaneView;
}

const alike = (a: LaneView, b: LaneView): boolean =>
  a.epoch === b.epoch && a.settled === b.settled && a.down === b.down && a.state === b.state;

export const stretches = (picture: Picture): readonly Stretch[] => {
  const last = picture.steps.length;
  return picture.lanes.flatMap((_, lane) => {
    const found: Stretch[] = [];
    let from = 0;
    let view = picture.start.views[lane]!;
    for (const [i, { views }] of picture.steps.entries()) {
      const next = views[lane];
      if (next === undefined) continue;
      if (!alike(view, next)) {
        found.push({ lane, from, to: i + 1, view });
        from = i + 1;
      }
      view = next;
    }
    found.push({ lane, from, to: last, view });
    return found;
  });
};

/** What the lanes show after each step; views[0] is the start. */
export const viewsByStep = (picture: Picture): readonly (readonly LaneView[])[] => {
  const all: (readonly LaneView[])[] = [picture.start.views];
  for (const { views } of picture.steps) {
    const before = all[all.length - 1]!;
    all.push(before.map((view, lane) => views[lane] ?? view));
  }
  return all;
};

/** In a few signs what a step did to a lane: its new state, what its log gained, lost, and committed. */
export const noteOf = (before: LaneView, after: LaneView, room: number): string => {
  const old = before.log ?? [];
  const now = after.log ?? [];
  const had = new Map(old.map((entry) => [entry.label, entry]));
  const has = new Set(now.map(({ label }) => label));
  const state = before.state === after.state ? [] : [room < 130 ? after.short : after.state];
  const gained = now
    .filter(({ label }) => !had.has(label))
    .map(({ label, committed }) => `+${label}${committed ? '✓' : ''}`);
  const committed = now.filter((entry) => entry.committed && had.get(entry.label)?.committed === false);
  const lost = old.filter(({ label }) => !has.has(label)).map(({ label }) => `−${label}`);
  return [...state, ...gained, ...committed.map(({ label }) => `✓${label}`), ...lost].join(' ');
};
