/**
 * A run as a Mermaid sequence diagram, which GitHub and many editors draw. Mermaid knows no message that takes its time,
 * so each stands where it arrives; those lost or still in flight are told apart.
 */
import type { LaneView } from '../checker/drawing.js';
import type { Trace } from './format.js';
import type { Picture, PictureStep } from './picture.js';
import { renderValue } from './values.js';
import { type Arrow, byEnd, weave } from './weave.js';

/** Whatever could mean something to Mermaid, or to the page that it draws into, as an entity of its own kind. */
export const mermaidText = (text: string): string =>
  text.replace(/[^\p{L}\p{N} .,:()=_/+-]/gu, (character) => {
    const code = character.codePointAt(0)!;
    return code < 32 ? ' ' : `#${code};`;
  });

const actionText = ({ action: { name, ...fields } }: PictureStep): string =>
  [name, ...Object.entries(fields).map(([key, value]) => `${key}=${renderValue(value)}`)].join(' ');

const lane = (index: number): string => `L${index}`;
const lanes = (indices: readonly number[]): string =>
  [...new Set(indices.length > 1 ? [Math.min(...indices), Math.max(...indices)] : indices)]
    .map(lane)
    .join(',');

const note = (over: readonly number[], text: string): string =>
  `  Note over ${lanes(over)}: ${mermaidText(text)}`;

const viewText = ({ state, epoch, settled, log }: LaneView): string =>
  [
    state,
    ...(epoch === undefined ? [] : [`epoch ${epoch}${settled ? '' : ' (on the way)'}`]),
    ...(log?.length ? [log.map(({ label, committed }) => (committed ? label : `(${label})`)).join(' ')] : []),
  ].join(', ');

const arrowLine = ({ from, to, text, fate }: Arrow, head: string): readonly string[] => {
  if (from === undefined || to === undefined) return [];
  const shape = fate === 'received' ? '->>' : fate === 'lost' ? '-x' : '--)';
  return [`  ${lane(from)}${shape}${lane(to)}: ${mermaidText(`${head}${text}`)}`];
};

const stepLines = (
  picture: Picture,
  number: number,
  arrows: readonly Arrow[],
  told: Map<number, string>,
): readonly string[] => {
  const step = picture.steps[number - 1]!;
  const all = picture.lanes.map((_, i) => i);
  const received = arrows.filter(({ fate }) => fate === 'received');
  const lost = arrows.filter(({ fate }) => fate === 'lost');
  const title = `${number}. ${actionText(step)}`;
  return [
    ...(received.length === 0 ? [note(step.lanes.length > 0 ? step.lanes : all, title)] : []),
    ...received.flatMap((arrow) => {
      const line = arrowLine(arrow, `${number}. ${step.action.name}: `);
      return line.length > 0 ? line : [note(step.lanes.length > 0 ? step.lanes : all, title)];
    }),
    ...lost.flatMap((arrow) => arrowLine(arrow, 'lost: ')),
    ...Object.entries(step.views).flatMap(([index, view]) => viewLines(Number(index), view, told)),
  ];
};

/** Said only where it is another text than the last one about this lane. */
const viewLines = (index: number, view: LaneView, told: Map<number, string>): readonly string[] => {
  const text = viewText(view);
  if (told.get(index) === text) return [];
  told.set(index, text);
  return [note([index], text)];
};

/** @param violation said at the end, if the picture shows the whole run. */
export const renderMermaid = (picture: Picture, violation?: Trace['violation']): string => {
  const all = picture.lanes.map((_, i) => i);
  const ends = byEnd(weave(picture));
  const told = new Map<number, string>();
  const lines = [
    'sequenceDiagram',
    ...picture.lanes.map(({ name }, i) => `  participant ${lane(i)} as ${mermaidText(name)}`),
    ...picture.start.views.flatMap((view, i) => viewLines(i, view, told)),
    ...picture.steps.flatMap((_, i) => stepLines(picture, i + 1, ends.get(i + 1) ?? [], told)),
    ...(ends.get(undefined) ?? []).flatMap((arrow) => arrowLine(arrow, 'in flight: ')),
    ...(violation ? [note(all, `${violation.property} breaks. ${violation.claim}`)] : []),
  ];
  return `${lines.join('\n')}\n`;
};
