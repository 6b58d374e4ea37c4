/** The page of the explorer: `zab explore`. A run that grows as actions are taken, and what can be said of its states. */
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ExploreData, Place } from '../page/data.js';
import { renderName } from '../values.js';
import { addressOf, placeIn, seek, stopSeeking } from './client.js';
import { pageData } from './data.js';
import { EnabledActions } from './enabled.js';
import { Holding } from './holds.js';
import { WholeState } from './step.js';
import { BackgroundCheck, Compare, PathTools } from './tools.js';
import { follow, lookAt, type Trail } from './trail.js';
import { RunView, stateAt, useKeys } from './view.js';

/** Which model; of it, which preset. */
const Chooser = ({ data, place, go }: { data: ExploreData; place: Place; go: (place: Place) => void }) => {
  const definition = data.models.find(({ name }) => name === place.model);
  return (
    <span class="chooser">
      <select
        aria-label="Model"
        value={place.model}
        onChange={(event) => go({ model: event.currentTarget.value, config: {}, path: [] })}
      >
        {data.models.map(({ name, summary }) => (
          <option key={name} value={name} title={summary}>
            {name}
          </option>
        ))}
      </select>
      <select
        aria-label="Preset"
        value=""
        onChange={(event) => {
          const preset = definition?.presets.find(({ name }) => name === event.currentTarget.value);
          if (preset) go({ model: place.model, config: preset.config as Place['config'], path: [] });
        }}
      >
        <option value="">preset…</option>
        {definition?.presets.map(({ name, summary }) => (
          <option key={name} value={name} title={summary}>
            {name}
          </option>
        ))}
      </select>
    </span>
  );
};

/** The trail, the cursor in it, and whatever goes wrong; one request after another, the last one counts. */
const useTrail = (start: Place) => {
  const [trail, setTrail] = useState<Trail | null>(null);
  const [cursor, setCursor] = useState(0);
  const [message, say] = useState('');
  const asked = useRef(0);
  const go = async (place: Place, from: Trail | null = trail): Promise<void> => {
    const request = ++asked.current;
    try {
      const next = await follow(from, place);
      if (request !== asked.current) return;
      setTrail(next);
      setCursor(place.path.length);
      say('');
    } catch (error) {
      say((error as Error).message);
    }
  };
  const select = (step: number): void => {
    setCursor(step);
    if (trail === null || trail.here.has(step)) return;
    const request = asked.current;
    lookAt(trail, step).then(
      (next) => {
        if (request === asked.current)
          setTrail((now) => (now === null ? next : { ...now, here: new Map([...now.here, ...next.here]) }));
      },
      (error: Error) => say(error.message),
    );
  };
  useEffect(() => {
    const open = (): void => {
      try {
        void go(placeIn(window.location.hash) ?? start, null);
      } catch (error) {
        say((error as Error).message);
        void go(start, null);
      }
    };
    open();
    window.addEventListener('hashchange', open);
    return () => window.removeEventListener('hashchange', open);
  }, []);
  return { trail, cursor, message, go, select, say };
};

const Explorer = ({ data }: { data: ExploreData }) => {
  const { trail, cursor, message, go, select, say } = useTrail(data.start);
  const [seeking, setSeeking] = useState<string | null>(null);
  const here = trail?.here.get(cursor);
  const place = trail && { ...trail.place, path: trail.place.path.slice(0, cursor) };
  const address = place && addressOf(place);
  useEffect(() => {
    if (address) window.history.replaceState(null, '', address);
  }, [address]);
  const take = (number: number): void => {
    if (place) void go({ ...place, path: [...place.path, number] });
  };
  const run = async (target: string): Promise<void> => {
    if (!place) return;
    setSeeking(target);
    try {
      const { path, property, why } = await seek(place, target);
      if (path === null) say(`Not found: ${why}`);
      else if (path.length === place.path.length) say(`${property}: here already`);
      else {
        await go({ ...place, path });
        say(`${property}: ${path.length - place.path.length} steps further`);
      }
    } catch (error) {
      say((error as Error).message);
    }
    setSeeking(null);
  };
  useKeys((key) => {
    const number = Number(key);
    if (!/^[0-9]$/.test(key) || here === undefined || number >= here.enabled.length) return false;
    take(number);
    return true;
  });
  if (trail === null || place === null) return <p class="head">{message || 'Loading…'}</p>;
  const { picture } = trail;
  const broken =
    cursor === picture.steps.length ? here?.invariants.find((invariant) => invariant.broken) : undefined;
  const violation = broken && {
    property: broken.name,
    claim: broken.claim,
    offending: broken.offending ?? null,
  };
  const state = stateAt(picture, cursor);
  return (
    <>
      <header class="head explore-head">
        <h1>zab explore</h1>
        <Chooser data={data} place={trail.place} go={(to) => void go(to, null)} />
        <p class="muted config">{renderName(trail.words)}</p>
        {message !== '' && (
          <p class="banner" role="status">
            {renderName(message)}
          </p>
        )}
      </header>
      <RunView
        run={{ picture, ...(violation && { violation }) }}
        cursor={cursor}
        select={select}
        above={
          here && (
            <>
              <EnabledActions here={here} picture={picture} next={trail.place.path[cursor]} take={take} />
              <Holding
                here={here}
                seeking={seeking}
                seek={run}
                stop={() => void stopSeeking()}
                jump={select}
              />
              <hr />
            </>
          )
        }
      >
        <WholeState state={state} />
        <hr />
        <PathTools place={place} go={(to) => void go(to)} say={say} />
        <Compare state={state} step={cursor} model={trail.place.model} />
        <BackgroundCheck place={trail.place} open={(to) => void go(to)} say={say} />
      </RunView>
    </>
  );
};

const root = document.getElementById('app')!;
root.replaceChildren();
render(<Explorer data={pageData('explore').explore} />, root);
