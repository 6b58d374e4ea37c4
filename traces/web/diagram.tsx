/**
 * The space-time diagram: a lane a column, time downwards, a row a step. Epochs are bands of colour with a pattern and a
 * name of their own, so that they are told apart without colour; messages are arrows from where they were sent to where
 * they arrived, were lost, or still are.
 */
import { useMemo } from 'preact/hooks';
import type { LaneView } from '../../checker/drawing.js';
import type { Picture, PictureStep } from '../picture.js';
import { renderName, renderValue } from '../values.js';
import type { Arrow } from '../weave.js';
import { laneX, type Layout, noteOf, ROW, rowY, type Stretch, stepAt, stretches } from './layout.js';

const PALETTE = 6;
/** Epochs come round again after so many. */
export const hue = (epoch: number): number => ((epoch % PALETTE) + PALETTE) % PALETTE;

/** About as many characters of the small type as fit. */
const clip = (text: string, width: number, each = 6.1): string => {
  const most = Math.max(1, Math.floor(width / each));
  return text.length <= most ? text : `${text.slice(0, Math.max(1, most - 1))}…`;
};

const Patterns = () => (
  <defs>
    <pattern id="stripes" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <line x1="0" y1="0" x2="0" y2="7" class="pattern" />
    </pattern>
    <pattern id="dots" width="8" height="8" patternUnits="userSpaceOnUse">
      <circle cx="2" cy="2" r="1.1" class="pattern-dot" />
    </pattern>
    <marker
      id="head"
      viewBox="0 0 8 8"
      refX="7"
      refY="4"
      markerUnits="userSpaceOnUse"
      markerWidth="8"
      markerHeight="8"
      orient="auto-start-reverse"
    >
      <path d="M0,0.6 L8,4 L0,7.4 z" class="head" />
    </marker>
  </defs>
);

/** The first, third, … epochs plain, the second striped, the next dotted: a pattern for whoever sees no colours. */
const patternOf = (epoch: number): string | undefined =>
  [undefined, 'url(#stripes)', 'url(#dots)'][(epoch + 2) % 3];

const Band = ({
  layout,
  stretch: { lane, from, to, view },
  last,
}: {
  layout: Layout;
  stretch: Stretch;
  last: number;
}) => {
  if (view.epoch === undefined) return null;
  const width = Math.min(layout.lane - 6, 150);
  const x = laneX(layout, lane) - width / 2;
  const y = rowY(from) - ROW / 2 + 2;
  const height = rowY(to) - (to === last ? 0 : ROW) - y + ROW / 2 - 2;
  if (height <= 0) return null;
  const pattern = patternOf(view.epoch);
  const shape = { x, y, width, height, rx: 5 };
  return (
    <g class={`band hue-${hue(view.epoch)} ${view.settled ? 'settled' : 'unsettled'}`}>
      <rect {...shape} class="band-fill" />
      {pattern && view.settled && <rect {...shape} fill={pattern} />}
      <rect {...shape} class="band-edge" />
      {view.settled && (
        <text x={x + 4} y={y + 11} class="band-name">
          {layout.lane < 90 ? `e${view.epoch}` : `epoch ${view.epoch}`}
        </text>
      )}
    </g>
  );
};

const LaneLine = ({ layout, stretch: { lane, from, to, view } }: { layout: Layout; stretch: Stretch }) => {
  const x = laneX(layout, lane);
  const leading = view.state === 'LEADING';
  return (
    <line
      x1={x}
      x2={x}
      y1={rowY(from)}
      y2={rowY(to)}
      class={`lane ${view.down ? 'lane-down' : leading ? 'lane-leading' : 'lane-up'}`}
    />
  );
};

interface Ends {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Short of the dots at both ends. */
const shortened = ({ x1, y1, x2, y2 }: Ends, by: number): Ends => {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [((x2 - x1) / length) * by, ((y2 - y1) / length) * by];
  return { x1: x1 + dx, y1: y1 + dy, x2: x2 - dx, y2: y2 - dy };
};

/** How far a message that does not arrive gets. */
const PART = 0.62;
/** A message in flight is not drawn through everything that comes after: its beginning tells where it goes. */
const FLIGHT_ROWS = 2.4;

const endsOf = (layout: Layout, arrow: Arrow, last: number): Ends | null => {
  const { from, to, sent, end, fate } = arrow;
  if (to === undefined && from === undefined) return null;
  const x1 = laneX(layout, from ?? to!) - (from === undefined ? 26 : 0);
  const target = to === undefined ? x1 + 26 : laneX(layout, to);
  const y1 = rowY(sent);
  if (fate === 'received') return shortened({ x1, y1, x2: target, y2: rowY(end!) }, 6);
  const x2 = x1 + (target - x1) * PART;
  if (fate === 'lost') return shortened({ x1, y1, x2, y2: rowY(end!) - 7 }, 6);
  const rows = Math.min(FLIGHT_ROWS, last - sent + 1.1);
  return shortened({ x1, y1, x2, y2: y1 + rows * ROW }, 6);
};

const Cross = ({ x, y }: { x: number; y: number }) => (
  <path d={`M${x - 4},${y - 4} l8,8 M${x + 4},${y - 4} l-8,8`} class="cross" />
);

interface MessageProps {
  readonly layout: Layout;
  readonly arrow: Arrow;
  readonly last: number;
  readonly live?: boolean;
  /** What stands at its end, if it does not arrive. */
  readonly label?: string;
}

const titleOf = ({ text, sent, fate, end }: Arrow): string =>
  `${text}: sent at ${sent}, ${fate === 'flight' ? 'still in flight' : `${fate} at ${end}`}`;

/** Of a lost one below its arrow, where the line is not; of one in flight before it, where nothing is yet. */
const labelPlace = ({ fate }: Arrow, { x1, x2, y2 }: Ends) => {
  const back = fate === 'lost';
  const right = x2 > x1 !== back;
  return {
    x: x2 + (right ? 8 : -8),
    y: y2 + (back ? 13 : 4),
    'text-anchor': right ? 'start' : 'end',
  } as const;
};

const Message = ({ layout, arrow, last, live, label = '' }: MessageProps) => {
  const ends = endsOf(layout, arrow, last);
  if (ends === null) return null;
  const { fate } = arrow;
  const { x2, y2 } = ends;
  return (
    <g class={`message ${fate} ${live ? 'live' : ''}`}>
      <title>{titleOf(arrow)}</title>
      <line {...ends} {...(fate === 'received' && { 'marker-end': 'url(#head)' })} />
      {fate === 'lost' && <Cross x={x2} y={y2} />}
      {fate === 'flight' && <circle cx={x2} cy={y2} r={3.5} class="flying" />}
      {label !== '' && layout.lane >= 130 && (
        <text {...labelPlace(arrow, ends)} class="message-text">
          {clip(label, Math.max(60, layout.lane - 30), 5.8)}
        </text>
      )}
    </g>
  );
};

/** Messages that are lost together, or leave together and do not arrive, share one label, which the first of them has. */
const labelsOf = (arrows: readonly Arrow[]): readonly string[] => {
  const place = ({ fate, to, from, end, sent }: Arrow): string =>
    fate === 'lost' ? `lost ${from} ${to} ${end}` : `flight ${from} ${to} ${sent}`;
  const texts = new Map<string, string[]>();
  for (const arrow of arrows) {
    if (arrow.fate === 'received') continue;
    const already = texts.get(place(arrow));
    if (already) already.push(arrow.text);
    else texts.set(place(arrow), [arrow.text]);
  }
  return arrows.map((arrow) => {
    if (arrow.fate === 'received') return '';
    const label = texts.get(place(arrow))?.join(', ') ?? '';
    texts.delete(place(arrow));
    return label;
  });
};

/** What an event tells beside its dot: to the side that the message does not come from. */
const EventText = ({
  layout,
  lane,
  y,
  note,
  received,
  fromRight,
}: {
  layout: Layout;
  lane: number;
  y: number;
  note: string;
  received: string;
  fromRight: boolean;
}) => {
  const x = laneX(layout, lane);
  const half = layout.lane / 2 - 12;
  const noteLeft = received !== '' && !fromRight ? false : received !== '';
  return (
    <>
      {note !== '' && (
        <text x={x + (noteLeft ? -10 : 10)} y={y + 4} text-anchor={noteLeft ? 'end' : 'start'} class="note">
          {clip(note, half + 14)}
        </text>
      )}
      {received !== '' && layout.lane >= 100 && (
        <text
          x={x + (fromRight ? 10 : -10)}
          y={y + 12}
          text-anchor={fromRight ? 'start' : 'end'}
          class="message-text"
        >
          {clip(received, layout.lane - 24, 5.8)}
        </text>
      )}
    </>
  );
};

const Dot = ({
  x,
  y,
  before,
  after,
  acting,
}: {
  x: number;
  y: number;
  before: LaneView;
  after: LaneView;
  acting: boolean;
}) => {
  if (after.down && !before.down)
    return (
      <g class="crash">
        <circle cx={x} cy={y} r={8} />
        <path d={`M${x - 4},${y - 4} l8,8 M${x + 4},${y - 4} l-8,8`} />
      </g>
    );
  if (before.down && !after.down)
    return (
      <g class="restart">
        <circle cx={x} cy={y} r={8} />
        <path d={`M${x - 3.5},${y + 3} L${x},${y - 4.5} L${x + 3.5},${y + 3} z`} />
      </g>
    );
  return <circle cx={x} cy={y} r={acting ? 4.6 : 3.4} class={acting ? 'dot acting' : 'dot'} />;
};

const Row = ({
  layout,
  number,
  step,
  before,
  after,
  arrived,
}: {
  layout: Layout;
  number: number;
  step: PictureStep;
  before: readonly LaneView[];
  after: readonly LaneView[];
  arrived: readonly Arrow[];
}) => {
  const y = rowY(number);
  const touched = [...new Set([...step.lanes, ...Object.keys(step.views).map(Number)])];
  return (
    <g class="row">
      <RowWords layout={layout} number={number} step={step} />
      {touched.map((lane) => {
        const message = arrived.find(({ to, fate }) => to === lane && fate === 'received');
        return (
          <g key={lane}>
            <Dot
              x={laneX(layout, lane)}
              y={y}
              before={before[lane]!}
              after={after[lane]!}
              acting={step.lanes.includes(lane)}
            />
            <EventText
              layout={layout}
              lane={lane}
              y={y}
              note={noteOf(before[lane]!, after[lane]!, layout.lane)}
              received={message?.text ?? ''}
              fromRight={(message?.from ?? -1) > lane}
            />
          </g>
        );
      })}
    </g>
  );
};

const RowWords = ({ layout, number, step }: { layout: Layout; number: number; step: PictureStep }) => {
  const y = rowY(number) + 4;
  const { name, ...fields } = step.action;
  const room = layout.gutter - 52;
  const title = clip(renderName(name), room, 6.9);
  const rest = Object.entries(fields).map(([key, value]) => `${renderName(key)}=${renderValue(value)}`);
  const left = room - title.length * 6.9 - 8;
  return (
    <>
      <text x={28} y={y} text-anchor="end" class="number">
        {number}
      </text>
      {layout.words && (
        <text x={38} y={y} class="action">
          <tspan class="action-name">{title}</tspan>
          {left > 24 && <tspan class="action-fields">{` ${clip(rest.join(' '), left, 6)}`}</tspan>}
        </text>
      )}
    </>
  );
};

interface DrawnProps {
  readonly picture: Picture;
  readonly layout: Layout;
  readonly views: readonly (readonly LaneView[])[];
  readonly arrows: readonly Arrow[];
  readonly ends: ReadonlyMap<number | undefined, readonly Arrow[]>;
}

/** All that does not depend on the cursor. */
const Drawn = ({ picture, layout, views, arrows, ends }: DrawnProps) => {
  const found = stretches(picture);
  const labels = labelsOf(arrows);
  const last = picture.steps.length;
  return (
    <>
      {found.map((stretch) => (
        <Band key={`${stretch.lane}-${stretch.from}`} layout={layout} stretch={stretch} last={last} />
      ))}
      {found.map((stretch) => (
        <LaneLine key={`${stretch.lane}-${stretch.from}`} layout={layout} stretch={stretch} />
      ))}
      {arrows.map((arrow, i) => (
        <Message key={i} layout={layout} arrow={arrow} last={last} label={labels[i]!} />
      ))}
      <text x={28} y={rowY(0) + 4} text-anchor="end" class="number">
        0
      </text>
      {layout.words && (
        <text x={38} y={rowY(0) + 4} class="action">
          <tspan class="action-fields">initial state</tspan>
        </text>
      )}
      {picture.lanes.map((lane, i) => (
        <circle key={lane.name} cx={laneX(layout, i)} cy={rowY(0)} r={3.4} class="dot" />
      ))}
      {picture.steps.map((step, i) => (
        <Row
          key={i}
          layout={layout}
          number={i + 1}
          step={step}
          before={views[i]!}
          after={views[i + 1]!}
          arrived={ends.get(i + 1) ?? []}
        />
      ))}
    </>
  );
};

/** What is on its way at the cursor stands out. */
const InFlight = ({
  layout,
  arrows,
  cursor,
  last,
}: {
  layout: Layout;
  arrows: readonly Arrow[];
  cursor: number;
  last: number;
}) => (
  <g>
    {arrows
      .filter(({ sent, end }) => sent <= cursor && (end === undefined || end > cursor))
      .map((arrow, i) => (
        <Message key={i} layout={layout} arrow={arrow} last={last} live />
      ))}
  </g>
);

export interface DiagramProps extends DrawnProps {
  readonly cursor: number;
  readonly broken: string | undefined;
  readonly select: (step: number) => void;
}

export const Diagram = ({ cursor, broken, select, ...drawn }: DiagramProps) => {
  const { layout, picture, views, arrows, ends } = drawn;
  const last = picture.steps.length;
  const y = rowY(cursor);
  // The very same element again is left alone.
  const still = useMemo(() => <Drawn {...drawn} />, [picture, layout, views, arrows, ends]);
  const choose = (event: MouseEvent): void => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    select(Math.max(0, Math.min(last, stepAt(event.clientY - box.top))));
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the whole page listens to keys
    <svg
      class="diagram"
      width={layout.width}
      height={layout.height}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      onClick={choose}
      role="img"
      aria-label={`Space-time diagram of ${last} steps`}
    >
      <Patterns />
      <rect x={0} y={y - ROW / 2 + 1} width={layout.width} height={ROW - 2} class="cursor" />
      {still}
      <rect x={0} y={y - ROW / 2 + 1} width={4} height={ROW - 2} class="cursor-edge" />
      {cursor < last && (
        <rect
          x={0}
          y={y + ROW / 2}
          width={layout.width}
          height={layout.height - y - ROW / 2}
          class="future"
        />
      )}
      <InFlight layout={layout} arrows={arrows} cursor={cursor} last={last} />
      {broken !== undefined && (
        <g class="broken">
          <line x1={6} x2={layout.width - 6} y1={rowY(last) + ROW / 2 + 3} y2={rowY(last) + ROW / 2 + 3} />
          <text x={layout.words ? 38 : 10} y={rowY(last) + ROW / 2 + 20}>
            {`✗ ${broken} breaks here`}
          </text>
        </g>
      )}
    </svg>
  );
};
