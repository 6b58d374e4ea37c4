/** The page of a run: `zab replay --html`. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { RunData } from '../page/data.js';
import { renderName } from '../values.js';
import { pageData } from './data.js';
import { Broken, WholeState } from './step.js';
import { RunView, stateAt } from './view.js';

/** The step stands in the address, so that a link to the page can point at one. */
const stepInAddress = (last: number): number => {
  const found = /^#(\d+)$/.exec(window.location.hash)?.[1];
  return found === undefined ? last : Math.min(last, Number(found));
};

const Head = ({ run, select }: { run: RunData; select: (step: number) => void }) => {
  const { model, title, config, violation, picture, steps, mismatch } = run;
  const last = picture.steps.length;
  return (
    <header class="head">
      <h1>
        {renderName(model)} <span class="muted">{renderName(title)}</span>
      </h1>
      <p class="muted config">{renderName(config)}</p>
      {violation && (
        <button type="button" class="banner bad" onClick={() => select(last)}>
          <b>✗ {renderName(violation.property)}</b> breaks after step {last}: {renderName(violation.claim)}
        </button>
      )}
      {mismatch && (
        <button type="button" class="banner bad" onClick={() => select(last)}>
          <b>✗ Not a run of the model</b> after step {last}
        </button>
      )}
      {!mismatch && last < steps && (
        <p class="banner">
          the first {last} of {steps} steps
        </p>
      )}
    </header>
  );
};

const Page = ({ run }: { run: RunData }) => {
  const last = run.picture.steps.length;
  const [cursor, setCursor] = useState(() => stepInAddress(last));
  const select = (step: number): void => setCursor(step);
  useEffect(() => {
    window.history.replaceState(null, '', `#${cursor}`);
  }, [cursor]);
  useEffect(() => {
    const follow = (): void => setCursor(stepInAddress(last));
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, [last]);
  return (
    <>
      <Head run={run} select={select} />
      <RunView run={run} cursor={cursor} select={select}>
        {run.violation && cursor === last && <Broken violation={run.violation} />}
        <WholeState state={stateAt(run.picture, cursor)} />
      </RunView>
    </>
  );
};

const root = document.getElementById('app')!;
root.replaceChildren();
render(<Page run={pageData('run').run} />, root);
