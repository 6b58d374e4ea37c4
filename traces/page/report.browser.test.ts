import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { models } from '../../checker/registry.js';
import { drawingOf } from '../model.js';
import { modelOf, script, traceOf, walk } from '../testing.js';
import { describeInBrowser, expectStep, SOON } from './testing.js';
import type { Line, SearchData } from './data.js';
import { selfContainedPage } from './html.js';
import { runData } from './run.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'zab-reports-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const line = (name: string, mark: Line['mark']): Line => ({ name, claim: `The claim of ${name}.`, mark });

const searchOf = (change: Partial<SearchData>): SearchData => ({
  title: 'zab · preset tiny',
  verdict: 'verified',
  sentence: 'VERIFIED: all is well.',
  config: 'servers 3',
  facts: [
    ['distinct states', '2,425'],
    ['generated', '5,143'],
    ['diameter', '29'],
  ],
  caveats: ['only a test'],
  invariants: [line('Holds', 'yes'), line('Breaks', 'no'), line('Open', 'open')],
  goals: [line('Reached', 'yes'), line('Excluded', 'none')],
  coverage: [
    ['often', 12345],
    ['<b>never</b>', 0],
  ],
  levels: [1, 5, 20, 7],
  runs: [],
  ...change,
});

const written = (name: string, searches: readonly SearchData[]): string => {
  const file = join(directory, `${name}.html`);
  const report = { title: 'zab check', when: 'today', searches };
  writeFileSync(file, selfContainedPage(name, { kind: 'report', report }));
  return pathToFileURL(file).href;
};

describeInBrowser('the page of a report', (open) => {
  test('says what was searched and what holds, and draws the levels', async () => {
    const { page, complaints, requests } = await open(written('verified', [searchOf({})]));
    expect(await page.locator('.verdict').textContent()).toBe('VERIFIED: all is well.');
    const rows = await page.locator('.line').allTextContents();
    expect(rows.map((row) => row.replaceAll(/\s+/g, ' ').slice(0, 12))).toEqual([
      '✔holdsHoldsT',
      '✘brokenBreak',
      '?not decided',
      '✔reachedReac',
      '–not within ',
    ]);
    expect(await page.locator('.warn').last().textContent()).toBe('Never taken: <b>never</b>');
    await expect.poll(() => page.locator('.plot canvas').count(), SOON).toBe(1);
    await page.getByLabel('logarithmic').check();
    await expect.poll(() => page.locator('.plot canvas').count(), SOON).toBe(1);
    expect(complaints).toEqual([]);
    expect(requests).toHaveLength(1);
  });

  test('shows the run that breaks something, to be walked through', async () => {
    const model = modelOf(models.find(({ name }) => name === 'zab')!);
    const violation = { property: 'Breaks', claim: 'The claim.', offending: null };
    const trace = traceOf(model, walk(model, 8, script()), violation);
    const run = runData(drawingOf(model), trace, { title: 'the run', config: '' });
    const { page } = await open(written('violated', [searchOf({ verdict: 'violated', runs: [run] })]));
    await expectStep(page, 8, 8);
    await page.keyboard.press('k');
    await expectStep(page, 7, 8);
    // The page scrolls by these.
    await page.keyboard.press('ArrowUp');
    await expectStep(page, 7, 8);
  });

  test('of a suite is a table, and the searches to be unfolded', async () => {
    const searches = [searchOf({}), searchOf({ title: 'zab · preset other', verdict: 'incomplete' })];
    const url = written('suite', searches);
    const { page } = await open(url, { viewport: { width: 390, height: 844 } });
    expect(await page.locator('.report > table tr').count()).toBe(2);
    expect(await page.locator('details[open]').count()).toBe(1);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
