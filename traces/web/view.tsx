/** A run with a cursor in it: cards, diagram, and beside them the step in words. Both pages that show runs are made of it. */
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { messageEvents } from '../changes.js';
import type { RunData } from '../page/data.js';
import type { Picture } from '../picture.js';
import { renderName } from '../values.js';
import { byEnd, weave } from '../weave.js';
import { Diagram } from './diagram.js';
import { Cards } from './lanes.js';
import { layoutOf, ROW, rowY, viewsByStep } from './layout.js';
import { Legend } from './legend.js';
import { StepPanel } from './step.js';

/** The state after so many steps. */
export const stateAt = (picture: Picture, step: number): Picture['initial'] =>
  Object.assign({}, picture.initial, ...picture.steps.slice(0, step).map(({ changed }) => changed));

const useWidth = () => {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(() => Math.max(320, window.innerWidth));
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return undefined;
    const measure = (): void => setWidth(current.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, []);
  return [element, width] as const;
};

/** Keys of a page, but not where somebody writes. */
export const useKeys = (act: (key: string) => boolean): void => {
  // Of the newest rendering, at once: an effect of its own would come too late for whoever presses keys fast.
  const newest = useRef(act);
  newest.current = act;
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const { tagName, type } = event.target as HTMLInputElement;
      const writing = ['INPUT', 'TEXTAREA', 'SELECT'].includes(tagName) && type !== 'range';
      if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (newest.current(event.key)) event.preventDefault();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
};

const moves: Readonly<Record<string, (step: number, last: number) => number>> = {
  j: (step) => step + 1,
  ArrowDown: (step) => step + 1,
  ArrowRight: (step) => step + 1,
  k: (step) => step - 1,
  ArrowUp: (step) => step - 1,
  ArrowLeft: (step) => step - 1,
  PageDown: (step) => step + 10,
  PageUp: (step) => step - 10,
  Home: () => 0,
  g: () => 0,
  End: (_step, last) => last,
  G: (_step, last) => last,
};

export const Controls = ({
  step,
  last,
  select,
}: {
  step: number;
  last: number;
  select: (step: number) => void;
}) => (
  <div class="controls">
    <button type="button" onClick={() => select(0)} disabled={step === 0} title="First (g)">
      |◀<span class="hidden">first step</span>
    </button>
    <button type="button" onClick={() => select(step - 1)} disabled={step === 0} title="Back (k, ↑)">
      ◀<span class="hidden">step back</span>
    </button>
    <input
      type="range"
      aria-label="Step"
      min={0}
      max={last}
      value={step}
      onInput={(event) => select(Number(event.currentTarget.value))}
    />
    <button type="button" onClick={() => select(step + 1)} disabled={step === last} title="Forth (j, ↓)">
      ▶<span class="hidden">step forth</span>
    </button>
    <button type="button" onClick={() => select(last)} disabled={step === last} title="Last (G)">
      ▶|<span class="hidden">last step</span>
    </button>
    <output class="position">
      {step} / {last}
    </output>
  </div>
);

interface RunViewProps {
  readonly run: Pick<RunData, 'picture' | 'violation' | 'mismatch'>;
  readonly cursor: number;
  readonly select: (step: number) => void;
  /** Which keys it listens to: all of them where it fills the page, letters where the page itself scrolls. */
  readonly keys?: 'all' | 'letters' | 'none';
  /** What stands under the step in words. */
  readonly children?: ComponentChildren;
  /** What stands over it. */
  readonly above?: ComponentChildren;
}

/** Keeps the row of the cursor in sight, below the cards. */
const useFollow = (cursor: number, element: { readonly current: HTMLDivElement | null }): void => {
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const cards = current.querySelector('.cards')?.getBoundingClientRect().height ?? 0;
    const y = rowY(cursor);
    const room = current.clientHeight - cards;
    if (y - ROW < current.scrollTop) current.scrollTop = Math.max(0, y - ROW);
    else if (y + 2 * ROW > current.scrollTop + room) current.scrollTop = y + 2 * ROW - room;
  }, [cursor]);
};

export const RunView = ({ run, cursor, select, keys = 'all', children, above }: RunViewProps) => {
  const { picture, violation, mismatch } = run;
  const last = picture.steps.length;
  const [element, width] = useWidth();
  const woven = useMemo(() => {
    const arrows = weave(picture);
    return { arrows, ends: byEnd(arrows), views: viewsByStep(picture), events: messageEvents(picture) };
  }, [picture]);
  const layout = useMemo(() => layoutOf(width, picture.lanes.length, last), [width, picture]);
  const before = useMemo(() => stateAt(picture, Math.max(0, cursor - 1)), [picture, cursor]);
  const go = (step: number): void => select(Math.max(0, Math.min(last, step)));
  useKeys((key) => {
    if (keys === 'none' || (keys === 'letters' && key.length > 1)) return false;
    const next = moves[key]?.(cursor, last);
    if (next !== undefined) go(next);
    return next !== undefined;
  });
  useFollow(cursor, element);
  const { arrows, ends, views, events } = woven;
  return (
    <>
      <main class="main">
        <div class="scroller" ref={element}>
          <Cards
            picture={picture}
            layout={layout}
            views={views[cursor]!}
            acting={picture.steps[cursor - 1]?.lanes ?? []}
          />
          <Diagram
            picture={picture}
            layout={layout}
            views={views}
            arrows={arrows}
            ends={ends}
            cursor={cursor}
            broken={violation?.property}
            select={go}
          />
        </div>
        <aside class="side">
          {above}
          <StepPanel
            picture={picture}
            step={cursor}
            before={before}
            events={events[cursor]!}
            views={views[cursor]!}
          />
          {mismatch && cursor === last && (
            <section class="violation">
              <h3>✗ Here the trace stops being a run of the model</h3>
              <pre>{mismatch.map(renderName).join('\n')}</pre>
            </section>
          )}
          {children}
          <Legend logs={picture.start.views.some(({ log }) => log !== undefined)} />
        </aside>
      </main>
      <footer class="foot">
        <Controls step={cursor} last={last} select={go} />
        <p class="keys">
          <kbd>j</kbd> <kbd>k</kbd> or arrows: step forth and back · <kbd>g</kbd> <kbd>G</kbd>: first, last
        </p>
      </footer>
    </>
  );
};
