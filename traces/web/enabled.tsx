/** What can happen in a state, a button each: the protocol's own doing first, then what the environment may do. */
import type { Here } from '../explore/protocol.js';
import type { Picture } from '../picture.js';
import { renderName, renderValue } from '../values.js';

type Enabled = Here['enabled'][number];

const TITLES: Readonly<Record<Enabled['urgency'], string>> = {
  progress: 'The protocol',
  idle: 'Because all is silent',
  environment: 'The environment: inputs and faults',
};

interface Numbered {
  readonly one: Enabled;
  readonly number: number;
}

const ActionButton = ({
  one,
  number,
  picture,
  taken,
  take,
}: Numbered & { picture: Picture; taken: boolean; take: (number: number) => void }) => {
  const { name, ...fields } = one.action;
  const lane = picture.lanes[one.lane]?.short;
  return (
    <li>
      <button type="button" class={`take ${taken ? 'taken' : ''}`} onClick={() => take(number)}>
        <span class="take-number">{number}</span>
        <span>
          {lane !== undefined && <span class="take-lane">{renderName(lane)}</span>} <b>{renderName(name)}</b>{' '}
          <span class="muted">
            {Object.entries(fields)
              .map(([key, value]) => `${renderName(key)}=${renderValue(value)}`)
              .join(' ')}
          </span>
          {!one.changes && <span class="muted"> (changes nothing)</span>}
        </span>
      </button>
    </li>
  );
};

export const EnabledActions = ({
  here,
  picture,
  next,
  take,
}: {
  here: Here;
  picture: Picture;
  /** The number of the action that the way takes from here. */
  next: number | undefined;
  take: (number: number) => void;
}) => {
  const numbered = here.enabled.map((one, number): Numbered => ({ one, number }));
  const groups = (['progress', 'idle', 'environment'] as const)
    .map((urgency) => ({ urgency, actions: numbered.filter(({ one }) => one.urgency === urgency) }))
    .filter(({ actions }) => actions.length > 0);
  return (
    <section aria-label="What can happen">
      <h2>What can happen</h2>
      {groups.length === 0 && <p class="muted">Nothing: the run ends here.</p>}
      {groups.map(({ urgency, actions }) => (
        <div key={urgency}>
          <h3 class="muted">{TITLES[urgency]}</h3>
          <ul class="takes">
            {actions.map(({ one, number }) => (
              <ActionButton
                key={number}
                one={one}
                number={number}
                picture={picture}
                taken={number === next}
                take={take}
              />
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
};
