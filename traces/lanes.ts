/**
 * A trace in the terminal with a column for each lane: what its server is, in which epoch, and its log as a short strip
 * in which what is committed, what is not yet, and what is not even on disk are told apart without colours.
 */
import pc from 'picocolors';
import type { LaneView, LogEntry } from '../checker/drawing.js';
import { changeLines, type MessageEvent, messageEvents } from './changes.js';
import type { Trace } from './format.js';
import type { Picture, PictureStep } from './picture.js';
import { clip, endLines, type TranscriptOptions } from './transcript.js';
import { printable, renderAction } from './values.js';

type Colors = ReturnType<typeof pc.createColors>;

export const LEGEND =
  '● committed   ○ accepted, not known to be committed   ◌ not yet on disk   e2? on the way into epoch 2';

const markOf = ({ committed, durable }: LogEntry): string => (!durable ? '◌' : committed ? '●' : '○');

/** The newest entries that fit; what was left out shows as an ellipsis. */
export const logStrip = (log: readonly LogEntry[], columns: number): string => {
  const cells = log.map((entry) => `${printable(entry.label)}${markOf(entry)}`);
  for (let from = 0; from < cells.length; from++) {
    const text = `${from > 0 ? '… ' : ''}${cells.slice(from).join(' ')}`;
    if (text.length <= columns) return text;
  }
  return cells.length > 0 && columns > 0 ? '…' : '';
};

/** State, epoch, log: as much of it as fits, the state shortened first. */
export const cellText = ({ state, short, epoch, settled, log = [] }: LaneView, columns: number): string => {
  const epochText = epoch === undefined ? '' : ` e${epoch}${settled ? '' : '?'}`;
  const strip = logStrip(log, columns);
  const long = `${printable(state)}${epochText}`;
  const head = long.length + 1 + strip.length <= columns ? long : `${printable(short)}${epochText}`;
  const room = columns - head.length - 1;
  return clip(log.length === 0 ? head : `${head} ${logStrip(log, room)}`.trimEnd(), columns);
};

const colorOf = ({ state, down }: LaneView, c: Colors): ((text: string) => string) => {
  if (down) return c.red;
  if (state === 'LEADING') return (text) => c.bold(c.cyan(text));
  return state === 'LOOKING' ? c.yellow : (text) => text;
};

interface Layout {
  readonly margin: number;
  readonly cell: number;
  /** Whether the actions stand beside the lanes, or above them. */
  readonly beside: boolean;
}

const BEST_CELL = 20;
const LEAST_CELL = 14;

export const layoutOf = (lanes: number, steps: number, width: number): Layout => {
  const margin = String(steps).length + 3;
  const half = Math.floor((width * 0.6 - margin) / lanes);
  const beside = half >= LEAST_CELL;
  const room = beside ? half : Math.floor((width - margin) / lanes);
  return { margin, cell: Math.max(6, Math.min(BEST_CELL, room)), beside };
};

/** One lane in one line: what it now shows, or only that time goes on. */
const cellOf = (view: LaneView, isEvent: boolean, { cell }: Layout, c: Colors): string => {
  if (!isEvent) return c.dim(view.down ? '┊' : '│') + ' '.repeat(cell - 1);
  const text = cellText(view, cell - 3);
  return `${c.dim('├')} ${colorOf(view, c)(text)}${' '.repeat(cell - 2 - text.length)}`;
};

const quiet = (views: readonly LaneView[], layout: Layout, c: Colors): string =>
  views.map((view) => cellOf(view, false, layout, c)).join('');

/** Lanes to the left, words to the right; or, where there is no room for both, the lanes below the first word. */
const block = (
  number: string,
  cells: string,
  between: string,
  words: readonly string[],
  { margin, beside }: Layout,
  c: Colors,
): readonly string[] => {
  const left = `${c.dim(number.padStart(margin - 2))}  `;
  const blank = ' '.repeat(margin);
  const [first = '', ...rest] = words;
  if (beside) return [`${left}${cells}${first}`, ...rest.map((line) => `${blank}${between}${line}`)];
  return [`${left}${first}`, `${blank}${cells}`.trimEnd(), ...rest.map((line) => `${blank}${line}`)];
};

const room = (lanes: number, width: number, { margin, cell, beside }: Layout): number =>
  Math.max(24, width - margin - (beside ? lanes * cell : 0));

/** Long changes go on in further lines; all of a change is shown. */
const folded = (text: string, columns: number): readonly string[] => {
  const lines: string[] = [];
  for (let rest = text; ; ) {
    if (rest.length <= columns) return [...lines, rest];
    const space = rest.lastIndexOf(' ', columns);
    const end = space > columns / 2 ? space : columns;
    lines.push(rest.slice(0, end));
    rest = `  ${rest.slice(end).trimStart()}`;
  }
};

const stepBlock = (
  picture: Picture,
  step: PictureStep,
  number: number,
  before: Picture['initial'],
  events: readonly MessageEvent[],
  views: readonly LaneView[],
  options: TranscriptOptions,
  layout: Layout,
): readonly string[] => {
  const c = pc.createColors(options.color);
  const columns = room(picture.lanes.length, options.width, layout);
  const isEvent = (lane: number): boolean => step.lanes.includes(lane) || lane in step.views;
  const cells = views.map((view, lane) => cellOf(view, isEvent(lane), layout, c)).join('');
  const changes = changeLines(picture, number, before, events);
  const words = [
    ...folded(renderAction(step.action), columns).map(c.bold),
    ...changes.flatMap((change) => folded(`  ${change}`, columns)).map(c.dim),
  ];
  return block(String(number), cells, quiet(views, layout, c), words, layout, c);
};

/** The transcript of the steps that the picture has; if it has all of the trace, with what breaks at the end. */
export const renderLanes = (trace: Trace, picture: Picture, options: TranscriptOptions): string => {
  const c = pc.createColors(options.color);
  const layout = layoutOf(picture.lanes.length, trace.steps.length, options.width);
  const blank = ' '.repeat(layout.margin);
  let views: readonly LaneView[] = picture.start.views;
  const names = picture.lanes.map(({ name }) => clip(name, layout.cell - 1).padEnd(layout.cell)).join('');
  const first = views.map((view) => cellOf(view, true, layout, c)).join('');
  const lines = [
    `${blank}${c.bold(names)}`.trimEnd(),
    ...block('0', first, '', [c.bold('initial state')], layout, c),
  ];
  const events = messageEvents(picture);
  let state = picture.initial;
  for (const [i, step] of picture.steps.entries()) {
    views = views.map((view, lane) => step.views[lane] ?? view);
    lines.push(...stepBlock(picture, step, i + 1, state, events[i + 1]!, views, options, layout));
    state = { ...state, ...step.changed };
  }
  if (picture.start.views.some(({ log }) => log !== undefined))
    lines.push(
      '',
      ...folded(LEGEND, options.width - layout.margin).map((line) => blank + c.dim(line.trimStart())),
    );
  if (picture.steps.length === trace.steps.length) lines.push(...endLines(trace, options, blank));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
};
