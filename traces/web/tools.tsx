/** The explorer's tools: the path, to jump and to share; a trace to save; two states compared; a check in the background. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { difference } from '../difference.js';
import type { CheckStatus } from '../explore/protocol.js';
import type { Place } from '../page/data.js';
import type { Picture } from '../picture.js';
import { addressOf, check, checkStatus, parsePath, stopChecking, traceOf } from './client.js';
import { Change } from './step.js';

type Say = (message: string) => void;

const save = async (place: Place): Promise<void> => {
  const { trace } = await traceOf(place);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([trace], { type: 'application/x-ndjson' }));
  link.download = `${place.model}-${place.path.length}-steps.trace.ndjson`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
};

export const PathTools = ({ place, go, say }: { place: Place; go: (place: Place) => void; say: Say }) => {
  const text = place.path.join('.');
  const [typed, setTyped] = useState(text);
  useEffect(() => setTyped(text), [text]);
  const jump = (event: Event): void => {
    event.preventDefault();
    const path = parsePath(typed);
    if (path === null) say('A path is a list of numbers of actions, like 0.3.12');
    else go({ ...place, path });
  };
  const copy = async (): Promise<void> => {
    const link = `${window.location.origin}/${addressOf(place)}`;
    try {
      await navigator.clipboard.writeText(link);
      say('Copied: whoever runs zab explore on this machine sees this state');
    } catch {
      say(link);
    }
  };
  return (
    <section aria-label="Path">
      <h2>The path</h2>
      <form class="path-form" onSubmit={jump}>
        <input
          type="text"
          aria-label="Path"
          value={typed}
          placeholder="0.3.12"
          spellcheck={false}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit">Go</button>
      </form>
      <p>
        <button type="button" onClick={copy}>
          Copy link
        </button>{' '}
        <button type="button" onClick={() => save(place).catch((error: Error) => say(error.message))}>
          Save as trace
        </button>
      </p>
    </section>
  );
};

interface Marked {
  readonly step: number;
  readonly model: string;
  readonly state: Picture['initial'];
}

export const Compare = ({
  state,
  step,
  model,
}: {
  state: Picture['initial'];
  step: number;
  model: string;
}) => {
  const [marked, setMarked] = useState<Marked | null>(null);
  const comparable = marked !== null && marked.model === model;
  const changes = comparable ? difference(marked.state, state) : [];
  return (
    <section aria-label="Compare">
      <h2>Compare two states</h2>
      <p>
        <button type="button" onClick={() => setMarked({ step, model, state })}>
          Mark this state
        </button>{' '}
        {marked !== null && (
          <button type="button" class="small" onClick={() => setMarked(null)}>
            forget
          </button>
        )}
      </p>
      {marked === null && <p class="muted">Then go elsewhere: the differences stand here.</p>}
      {marked !== null && !comparable && <p class="muted">The marked state is of another model.</p>}
      {comparable && (
        <p class="muted">
          From the marked state (step {marked.step}) to this one: {changes.length}{' '}
          {changes.length === 1 ? 'difference' : 'differences'}
        </p>
      )}
      <ul class="changes">
        {changes.map((change) => (
          <Change key={change.path} change={change} />
        ))}
      </ul>
    </section>
  );
};

const POLL_MS = 400;

const useStatus = (say: Say) => {
  const [status, setStatus] = useState<CheckStatus>({ state: 'none', words: '' });
  const failed = (error: Error): void => say(error.message);
  const first = useRef(true);
  useEffect(() => {
    if (!first.current && status.state !== 'running') return undefined;
    const wait = first.current ? 0 : POLL_MS;
    first.current = false;
    const timer = setTimeout(() => checkStatus().then(setStatus, failed), wait);
    return () => clearTimeout(timer);
  }, [status]);
  return [status, setStatus, failed] as const;
};

export const BackgroundCheck = ({
  place,
  open,
  say,
}: {
  place: Place;
  open: (place: Place) => void;
  say: Say;
}) => {
  const [status, setStatus, failed] = useStatus(say);
  const { state, words, verdict, violation } = status;
  const number = (value: number | undefined): string => (value ?? 0).toLocaleString('en');
  return (
    <section aria-label="Check">
      <h2>Check everything</h2>
      <p>
        {state === 'running' ? (
          <button type="button" onClick={() => stopChecking().then(setStatus, failed)}>
            Stop
          </button>
        ) : (
          <button type="button" onClick={() => check(place).then(setStatus, failed)}>
            Check in the background
          </button>
        )}
      </p>
      {state !== 'none' && (
        <p class="muted" role="status">
          {words}
          <br />
          {state === 'failed'
            ? 'failed'
            : `${number(status.distinct)} states, depth ${status.depth}, ${(status.seconds ?? 0).toFixed(1)} s`}
        </p>
      )}
      {state === 'running' && <progress />}
      {verdict !== undefined && (
        <p class={`verdict-${verdict}`}>
          <b>{verdict}</b> {violation && `: ${violation.property}`}
        </p>
      )}
      {violation && (
        <button type="button" onClick={() => open(violation.place)}>
          Show the shortest run that breaks it
        </button>
      )}
    </section>
  );
};
