/** One step of a run as a screenful, for walking through it key by key: every lane, the action, what it changed. */
import pc from 'picocolors';
import type { LaneView } from '../checker/drawing.js';
import { changeLines, messageEvents } from './changes.js';
import type { Trace } from './format.js';
import { LEGEND, cellText } from './lanes.js';
import type { Picture } from './picture.js';
import { clip, endLines } from './transcript.js';
import { printable, renderAction, renderName } from './values.js';
import { weave } from './weave.js';

export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly color: boolean;
}

export interface Moment {
  readonly state: Picture['initial'];
  readonly before: Picture['initial'];
  readonly views: readonly LaneView[];
}

/** What holds after so many steps. */
export const momentOf = (picture: Picture, step: number): Moment => {
  let state = picture.initial;
  let before = state;
  let views = picture.start.views;
  for (const { changed, views: changes } of picture.steps.slice(0, step)) {
    before = state;
    state = { ...state, ...changed };
    views = views.map((view, lane) => changes[lane] ?? view);
  }
  return { state, before, views };
};

const barOf = (step: number, of: number, columns: number): string => {
  const filled = of === 0 ? columns : Math.round((step / of) * columns);
  return '━'.repeat(filled) + '─'.repeat(Math.max(0, columns - filled));
};

const laneLines = (picture: Picture, step: number, views: readonly LaneView[], { width, color }: Screen) => {
  const c = pc.createColors(color);
  const acting = picture.steps[step - 1]?.lanes ?? [];
  const names = Math.min(24, Math.max(...picture.lanes.map(({ name }) => name.length)));
  return picture.lanes.map(({ name }, lane) => {
    const view = views[lane]!;
    const mark = acting.includes(lane) ? '▶' : ' ';
    const head = `${mark} ${clip(printable(name), names).padEnd(names)}  `;
    const cell = cellText(view, Math.min(44, width - head.length));
    const detail = view.detail === undefined ? '' : `  ${printable(view.detail)}`;
    const rest = clip(detail, Math.max(1, width - head.length - 44));
    const line = `${head}${cell.padEnd(44)}`;
    return (acting.includes(lane) ? c.bold(line) : line) + c.dim(width - head.length > 50 ? rest : '');
  });
};

/** What is under way, in words. */
const flightLines = (picture: Picture, step: number, { color }: Screen): readonly string[] => {
  const here = weave({ ...picture, steps: picture.steps.slice(0, step) });
  const flying = here.filter(({ fate }) => fate === 'flight');
  const name = (lane: number | undefined): string => (lane === undefined ? '?' : picture.lanes[lane]!.short);
  if (flying.length === 0) return [];
  const texts = flying.map(({ from, to, text }) => `${name(from)}→${name(to)} ${printable(text)}`);
  return [pc.createColors(color).dim(`  on the way: ${texts.join(', ')}`)];
};

export const KEYS = 'j/k or arrows: step forth and back   g/G: first, last   q: quit';

const HEAD_AND_FOOT = 6;

/** As many lines as the screen has; what does not fit is counted. */
export const renderScreen = (trace: Trace, picture: Picture, step: number, screen: Screen): string => {
  const { width, height, color } = screen;
  const c = pc.createColors(color);
  const { before, views } = momentOf(picture, step);
  const of = picture.steps.length;
  const title = `${renderName(trace.header.model)} · step ${step} of ${of}`;
  const taken = picture.steps[step - 1];
  const action = taken ? renderAction(taken.action) : 'initial state';
  const changes = taken ? changeLines(picture, step, before, messageEvents(picture)[step]!) : [];
  const body = [
    ...laneLines(picture, step, views, screen),
    '',
    c.bold(`${step}  ${action}`),
    ...changes.map((change) => `  ${change}`),
    ...flightLines(picture, step, screen),
    ...(step === of && of === trace.steps.length ? endLines(trace, { width, color }, '  ') : []),
  ];
  const room = Math.max(4, height - HEAD_AND_FOOT);
  const shown =
    body.length > room ? [...body.slice(0, room - 1), c.dim(`… ${body.length - room + 1} more lines`)] : body;
  const logs = picture.start.views.some(({ log }) => log !== undefined);
  return [
    `${c.bold(title)}  ${c.dim(barOf(step, of, Math.max(4, Math.min(40, width - title.length - 4))))}`,
    '',
    ...shown.map((line) => cut(line, width)),
    ...new Array(Math.max(0, room - shown.length)).fill(''),
    c.dim(logs ? clip(LEGEND, width) : ''),
    c.dim(clip(KEYS, width)),
  ].join('\r\n');
};

/** Cut by columns; a line that is coloured fits already, or is cut with its colours left out. */
const cut = (line: string, width: number): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  const plain = line.replace(/\x1b\[\d+m/g, '');
  return plain.length <= width ? line : clip(plain, width);
};
