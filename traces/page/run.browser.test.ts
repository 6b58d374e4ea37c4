import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { genericDrawing, type LaneView } from '../../checker/drawing.js';
import { scalar } from '../../checker/kinds.js';
import { execute, initialState, named } from '../../checker/plain.js';
import { models } from '../../checker/registry.js';
import { TRACE_VERSION, type Trace } from '../format.js';
import { drawingOf } from '../model.js';
import { lively, modelOf, script, traceOf, walk } from '../testing.js';
import { cardsOf, describeInBrowser, expectStep, SOON } from './testing.js';
import type { PageData } from './data.js';
import { selfContainedPage } from './html.js';
import { runData } from './run.js';

const zab = models.find(({ name }) => name === 'zab')!;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'zab-pages-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const written = (name: string, data: PageData): string => {
  const file = join(directory, `${name}.html`);
  writeFileSync(file, selfContainedPage(name, data));
  return pathToFileURL(file).href;
};

/** What a card of that view must show. */
const shown = ({ state, epoch, settled, log = [] }: LaneView) => ({
  state,
  epoch: epoch === undefined ? '' : `e${epoch}${settled ? '' : '?'}`,
  log: log.map(
    ({ label, committed, durable }) =>
      `${label}${committed ? '✓' : ''} ${!durable ? 'volatile' : committed ? 'committed' : 'accepted'}`,
  ),
});

describeInBrowser('the page of a run', (open) => {
  test('shows at every step the very state that the model has there', async () => {
    const model = modelOf(zab, { txns: 1, crashes: 1, persistence: 'async' });
    const trace = traceOf(model, walk(model, 60, script('leaderProcessRequest', 'crash', 'restart')));
    const drawing = drawingOf(model);
    const run = runData(drawing, trace, { title: 'a walk', config: '' });
    const { page, complaints, requests } = await open(written('walk', { kind: 'run', run }));
    const last = trace.steps.length;
    await expectStep(page, last, last);
    await page.keyboard.press('g');
    await expectStep(page, 0, last);
    const states = [
      initialState(model),
      ...execute(
        model,
        trace.steps.map(({ action }) => action),
      ).map(({ state }) => state),
    ];
    for (const [step, state] of states.entries()) {
      if (step > 0) await page.keyboard.press(step % 2 === 0 ? 'j' : 'ArrowDown');
      await expectStep(page, step, last);
      const components = named(model, state);
      expect(await cardsOf(page)).toEqual(
        drawing.lanes.map(({ name }) => shown(drawing.view(name, components))),
      );
      if (step > 0)
        expect(await page.locator('.side h2').textContent()).toContain(trace.steps[step - 1]!.action.name);
    }
    await page.keyboard.press('k');
    await expectStep(page, last - 1, last);
    expect(complaints).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  test('opens at the step in its address, and follows the slider and the pointer', async () => {
    const model = modelOf(zab);
    const trace = traceOf(model, walk(model, 20, script()));
    const run = runData(drawingOf(model), trace, { title: 'a walk', config: '' });
    const { page } = await open(`${written('slider', { kind: 'run', run })}#7`);
    await expectStep(page, 7, 20);
    await page.getByRole('slider').fill('12');
    await expectStep(page, 12, 20);
    await page.locator('.number').filter({ hasText: /^5$/ }).click();
    await expectStep(page, 5, 20);
    await expect.poll(() => page.url(), SOON).toMatch(/#5$/);
  });

  test('says what breaks, where, and with which values', async () => {
    const model = modelOf(zab);
    const violation = { property: 'Prop', claim: 'It never happens.', offending: { follower: 1 } };
    const trace = traceOf(model, walk(model, 10, script()), violation);
    const run = runData(drawingOf(model), trace, { title: 'a walk', config: '' });
    const { page } = await open(written('violation', { kind: 'run', run }));
    await expectStep(page, 10, 10);
    expect(await page.getByLabel('What breaks').textContent()).toContain('It never happens.');
    expect(await page.locator('.diagram .broken').textContent()).toContain('Prop breaks here');
    await page.keyboard.press('g');
    await expect.poll(() => page.getByLabel('What breaks').count(), SOON).toBe(0);
    await page.locator('.banner.bad').click();
    await expectStep(page, 10, 10);
  });

  test.each([
    [390, 844, 3],
    [390, 844, 7],
    [1366, 850, 7],
  ])('fits a screen of %i by %i with %i servers, at hundreds of steps', async (width, height, servers) => {
    const config = { servers, txns: 9, crashes: 9, elections: 'unbounded', persistence: 'async' };
    const model = modelOf(zab, config);
    const trace = traceOf(model, walk(model, 300, lively(5)));
    const last = trace.steps.length;
    expect(last).toBeGreaterThan(200);
    const run = runData(drawingOf(model), trace, { title: 'long', config: '' });
    const url = written(`long-${servers}-${width}`, { kind: 'run', run });
    const { page, complaints } = await open(url, { viewport: { width, height }, colorScheme: 'dark' });
    await expectStep(page, last, last);
    expect(await page.locator('.row').count()).toBe(last);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
  });

  test('a hostile trace cannot run script, however it is put', async () => {
    const evil = '</script><script>window.hacked=1</script><img src=x onerror="window.hacked=1">"\'&lt;';
    const slot = { name: `s${evil}`, kind: scalar<unknown>('s'), initial: evil };
    const model = {
      name: evil,
      config: {},
      slots: [slot],
      groups: [],
      invariants: [],
      goals: [],
      actions: [],
    };
    const trace: Trace = {
      header: {
        format: 'zab-trace',
        version: TRACE_VERSION,
        model: evil,
        config: {},
        initial: { [slot.name]: evil },
      },
      steps: [
        {
          step: 1,
          action: { name: evil, [evil]: evil },
          changed: { [slot.name]: { [evil]: [evil], type: evil } },
        },
      ],
      violation: { property: evil, claim: evil, offending: { [evil]: evil } },
    };
    const run = runData(genericDrawing(model), trace, { title: evil, config: evil, mismatch: [evil] });
    const { page, complaints } = await open(written('hostile', { kind: 'run', run }));
    await expectStep(page, 1, 1);
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.locator('h1').textContent()).toContain('<script>window.hacked=1</script>');
    expect(complaints).toEqual([]);
  });

  test('its policy lets no other script run, and nothing be loaded', async () => {
    const model = modelOf(zab);
    const run = runData(drawingOf(model), traceOf(model, []), { title: '', config: '' });
    const { page, complaints } = await open(written('policy', { kind: 'run', run }));
    await page.evaluate(`
      const script = document.createElement('script');
      script.textContent = 'window.injected = 1';
      document.body.append(script);
      const image = document.createElement('img');
      image.src = 'https://example.org/x.png';
      document.body.append(image);
    `);
    await expect.poll(() => complaints.length, SOON).toBe(2);
    expect(await page.evaluate('window.injected')).toBeUndefined();
    expect(complaints.join()).toMatch(/Content Security Policy/);
  });
});
