/** The step at the cursor in words: the action, its messages, what it changed, and at the end what broke. */
import type { LaneView } from '../../checker/drawing.js';
import { type MessageEvent, stateDifferences } from '../changes.js';
import type { Difference } from '../difference.js';
import type { RunData } from '../page/data.js';
import type { Picture } from '../picture.js';
import { renderName, renderValue } from '../values.js';

const Value = ({ value }: { value: unknown }) => <code>{renderValue(value)}</code>;

export const Change = ({ change }: { change: Difference }) => {
  const { path } = change;
  const dot = path.search(/[.[]/);
  const [slot, rest] = dot < 0 ? [path, ''] : [path.slice(0, dot), path.slice(dot)];
  return (
    <li class="change">
      <span class="path">
        <b>{renderName(slot)}</b>
        {renderName(rest)}
      </span>{' '}
      {'from' in change && (
        <del>
          <Value value={change.from} />
        </del>
      )}
      {'from' in change && 'to' in change && ' → '}
      {'to' in change && (
        <ins>
          <Value value={change.to} />
        </ins>
      )}
    </li>
  );
};

const icons = { received: '←', sent: '→', lost: '✗' } as const;

const MessageLine = ({ picture, event }: { picture: Picture; event: MessageEvent }) => {
  const { event: kind, text, from, to } = event;
  const name = (lane: number | undefined): string =>
    lane === undefined ? '' : (picture.lanes[lane]?.name ?? '');
  const words = {
    received: `received from ${name(from) || 'outside'}`,
    sent: `sent to ${name(to) || 'whom it may concern'}`,
    lost: `lost, from ${name(from)} to ${name(to)}`,
  }[kind];
  return (
    <li class={`event ${kind}`}>
      <span class="icon">{icons[kind]}</span> <b>{renderName(text)}</b> <span class="muted">{words}</span>
    </li>
  );
};

export const WholeState = ({ state, open = false }: { state: Picture['initial']; open?: boolean }) => (
  <details open={open}>
    <summary>The whole state</summary>
    <dl class="state">
      {Object.entries(state).map(([slot, value]) => (
        <div key={slot}>
          <dt>{renderName(slot)}</dt>
          <dd>
            <Value value={value} />
          </dd>
        </div>
      ))}
    </dl>
  </details>
);

const Offending = ({ value }: { value: unknown }) => {
  if (typeof value !== 'object' || value === null) return <Value value={value} />;
  return (
    <dl class="state">
      {Object.entries(value).map(([key, item]) => (
        <div key={key}>
          <dt>{renderName(key)}</dt>
          <dd>
            <Value value={item} />
          </dd>
        </div>
      ))}
    </dl>
  );
};

export const Broken = ({ violation }: { violation: NonNullable<RunData['violation']> }) => (
  <section class="violation" aria-label="What breaks">
    <h3>✗ {renderName(violation.property)} breaks</h3>
    <p>{renderName(violation.claim)}</p>
    <Offending value={violation.offending} />
  </section>
);

interface StepProps {
  readonly picture: Picture;
  readonly step: number;
  readonly before: Picture['initial'];
  readonly events: readonly MessageEvent[];
  readonly views: readonly LaneView[];
}

const Fields = ({ fields }: { fields: Readonly<Record<string, unknown>> }) => (
  <p class="fields">
    {Object.entries(fields).map(([key, value]) => (
      <span key={key} class="field">
        <span class="muted">{renderName(key)}</span> <Value value={value} />
      </span>
    ))}
  </p>
);

export const StepPanel = ({ picture, step, before, events, views }: StepProps) => {
  const taken = picture.steps[step - 1];
  if (taken === undefined)
    return (
      <section aria-label="Step">
        <h2>
          <span class="muted">0</span> Initial state
        </h2>
      </section>
    );
  const { name, ...fields } = taken.action;
  const changes = stateDifferences(picture, step, before);
  const acting = taken.lanes.map((lane) => ({ lane, view: views[lane]! })).filter(({ view }) => view.detail);
  return (
    <section aria-label="Step">
      <h2>
        <span class="muted">{step}</span> {renderName(name)}
      </h2>
      <Fields fields={fields} />
      <ul class="events">
        {events.map((event, i) => (
          <MessageLine key={i} picture={picture} event={event} />
        ))}
      </ul>
      {changes.length === 0 && events.length === 0 && <p class="muted">Nothing changes.</p>}
      <ul class="changes">
        {changes.map((change) => (
          <Change key={change.path} change={change} />
        ))}
      </ul>
      {acting.map(({ lane, view }) => (
        <p key={lane} class="muted">
          {picture.lanes[lane]!.name}: {view.state}, {view.detail}
        </p>
      ))}
    </section>
  );
};
