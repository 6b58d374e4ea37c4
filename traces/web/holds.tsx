/** Which invariants hold here and which goals are reached, with a way to search on for each. */
import type { Here } from '../explore/protocol.js';
import { renderValue } from '../values.js';

interface Props {
  readonly here: Here;
  readonly seeking: string | null;
  readonly seek: (target: string) => void;
  readonly stop: () => void;
  readonly jump: (step: number) => void;
}

const Goal = ({
  goal,
  seek,
  jump,
  busy,
}: { goal: Here['goals'][number]; busy: boolean } & Pick<Props, 'seek' | 'jump'>) => {
  const { name, claim, applicable, needs, here, reached } = goal;
  const mark = here ? '✔' : reached !== null ? '✓' : applicable ? '○' : '–';
  return (
    <li class={`holding ${here || reached !== null ? 'good' : 'muted'}`} title={claim}>
      <span class="mark">{mark}</span>
      <span class="holding-name">
        {name}{' '}
        <span class="muted">
          {here ? 'here' : reached !== null ? '' : applicable ? '' : `needs ${needs}`}
        </span>
      </span>
      {!here && reached !== null && (
        <button type="button" class="small" onClick={() => jump(reached)}>
          at {reached}
        </button>
      )}
      {!here && reached === null && applicable && (
        <button type="button" class="small" disabled={busy} onClick={() => seek(name)}>
          search
        </button>
      )}
    </li>
  );
};

export const Holding = ({ here, seeking, seek, stop, jump }: Props) => {
  const broken = here.invariants.filter((invariant) => invariant.broken);
  const busy = seeking !== null;
  const open = here.goals.some(({ applicable, reached }) => applicable && reached === null);
  return (
    <section aria-label="What holds here">
      <h2>What holds here</h2>
      <p>
        <button type="button" disabled={busy} onClick={() => seek('violation')}>
          Run on to the next violation
        </button>{' '}
        <button type="button" disabled={busy || !open} onClick={() => seek('goal')}>
          … to the next goal
        </button>
      </p>
      {busy && (
        <p>
          Searching from here on…{' '}
          <button type="button" class="small" onClick={stop}>
            stop
          </button>
        </p>
      )}
      {broken.map(({ name, claim, offending }) => (
        <div key={name} class="violation">
          <h3>✗ {name} is broken</h3>
          <p>{claim}</p>
          <code>{renderValue(offending)}</code>
        </div>
      ))}
      <details>
        <summary>
          {here.invariants.length - broken.length} of {here.invariants.length}{' '}
          {here.invariants.length === 1 ? 'invariant holds' : 'invariants hold'}
        </summary>
        <ul>
          {here.invariants.map(({ name, claim, broken: isBroken }) => (
            <li key={name} class={`holding ${isBroken ? 'bad' : 'good'}`} title={claim}>
              <span class="mark">{isBroken ? '✘' : '✔'}</span>
              <span class="holding-name">{name}</span>
            </li>
          ))}
        </ul>
      </details>
      <ul aria-label="Goals">
        {here.goals.map((goal) => (
          <Goal key={goal.name} goal={goal} seek={seek} jump={jump} busy={busy} />
        ))}
      </ul>
    </section>
  );
};
