/** Above each lane a card with what its server is at the cursor: role, epoch, and its log with what is committed. */
import type { LaneView, LogEntry } from '../../checker/drawing.js';
import type { Picture } from '../picture.js';
import { hue } from './diagram.js';
import type { Layout } from './layout.js';

const meaning = ({ committed, durable }: LogEntry): string =>
  !durable ? 'not yet on disk' : committed ? 'committed' : 'accepted, not known to be committed';

const Entry = ({ entry, narrow }: { entry: LogEntry; narrow: boolean }) => {
  const { label, epoch, committed, durable } = entry;
  const kind = !durable ? 'volatile' : committed ? 'committed' : 'accepted';
  return (
    <li class={`entry ${kind} hue-${hue(epoch)}`} title={`${label} ${meaning(entry)}`}>
      {narrow ? label.replace(/^\d+:/, '') : label}
      {committed ? '✓' : ''}
    </li>
  );
};

const EACH = 40;
const EACH_NARROW = 22;
const ROWS = 2;

/** The newest entries; how many more there are, in front. */
export const LogStrip = ({ log, width }: { log: readonly LogEntry[]; width: number }) => {
  const narrow = width < 90;
  const most = Math.max(1, Math.floor((width - 8) / (narrow ? EACH_NARROW : EACH)) * ROWS);
  const shown = log.length > most ? log.slice(log.length - Math.max(1, most - 1)) : log;
  return (
    <ol class="log">
      {shown.length < log.length && <li class="more">+{log.length - shown.length}</li>}
      {shown.map((entry, i) => (
        <Entry key={`${i}-${entry.label}`} entry={entry} narrow={narrow} />
      ))}
      {log.length === 0 && <li class="none">empty</li>}
    </ol>
  );
};

const Card = ({
  name,
  short,
  view,
  width,
  acting,
}: {
  name: string;
  short: string;
  view: LaneView;
  width: number;
  acting: boolean;
}) => (
  <div
    class={`card ${width < 70 ? 'slim' : ''} ${acting ? 'acting' : ''} ${view.down ? 'down' : ''}`}
    style={{ width: `${width}px` }}
  >
    <div class="card-name" title={name}>
      {width < 80 ? short : name}
    </div>
    <div class="card-state" title={view.detail ?? view.state}>
      <span class={`pill ${view.down ? 'pill-down' : `pill-${view.state.toLowerCase().replace(/\W/g, '')}`}`}>
        {width < 120 ? view.short : view.state}
      </span>
      {view.epoch !== undefined && (
        <span class={`chip hue-${hue(view.epoch)} ${view.settled ? 'settled' : 'unsettled'}`}>
          {`e${view.epoch}${view.settled ? '' : '?'}`}
        </span>
      )}
    </div>
    {view.log && <LogStrip log={view.log} width={width} />}
  </div>
);

export const Cards = ({
  picture,
  layout,
  views,
  acting,
}: {
  picture: Picture;
  layout: Layout;
  views: readonly LaneView[];
  acting: readonly number[];
}) => (
  <div class="cards" style={{ width: `${layout.width}px` }}>
    <div style={{ width: `${layout.gutter}px`, flex: 'none' }} />
    {picture.lanes.map(({ name, short }, i) => (
      <Card
        key={name}
        name={name}
        short={short}
        view={views[i]!}
        width={layout.lane}
        acting={acting.includes(i)}
      />
    ))}
  </div>
);
