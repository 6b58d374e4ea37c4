import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { enabled, initialState, named, type State } from '../../checker/plain.js';
import { models } from '../../checker/registry.js';
import { parseTrace } from '../format.js';
import { drawingOf, modelOfTrace } from '../model.js';
import { cardsOf, describeInBrowser, expectStep, SOON } from '../page/testing.js';
import type { Place } from '../page/data.js';
import { replay } from '../replay.js';
import { modelOf } from '../testing.js';
import { type Running, serve } from './server.js';
import { Session } from './session.js';

let running: Running | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

const explorer = async (start: Partial<Place> = {}): Promise<string> => {
  const place = { model: 'zab', config: {}, path: [], ...start };
  running = await serve(new Session(models, place, () => ''), 0);
  return running.url;
};

const definition = (name: string) => models.find((model) => model.name === name)!;

describeInBrowser('the explorer', (open) => {
  const takes = (page: Awaited<ReturnType<typeof open>>['page']) =>
    page
      .locator('.take')
      .evaluateAll((buttons) =>
        buttons.map((button) => [
          Number(button.querySelector('.take-number')!.textContent),
          button.querySelector('b')!.textContent,
        ]),
      );

  test('shows what is enabled and what the lanes are, in each state that it comes to', async () => {
    const model = modelOf(definition('zab'));
    const drawing = drawingOf(model);
    const { page, complaints } = await open(await explorer());
    let state: State = initialState(model);
    for (let step = 0; step < 12; step++) {
      await expectStep(page, step, step);
      const successors = enabled(model, state);
      const names = successors.map(({ outcome }, number) => [number, outcome.action.name]);
      await expect
        .poll(async () => (await takes(page)).sort((a, b) => Number(a[0]) - Number(b[0])), SOON)
        .toEqual(names);
      const cards = (await cardsOf(page)).map((card) => card.state);
      expect(cards).toEqual(drawing.lanes.map(({ name }) => drawing.view(name, named(model, state)).state));
      const number = step % successors.length;
      await page
        .locator('.take')
        .filter({ has: page.locator(`.take-number:text-is("${number}")`) })
        .click();
      state = successors[number]!.state;
    }
    expect(complaints).toEqual([]);
  });

  test('goes back, branches off, jumps by path, and comes again by its address', async () => {
    const { page } = await open(await explorer());
    for (const [step, key] of ['0', '1', '0'].entries()) {
      await page.locator('.take').first().waitFor();
      await page.keyboard.press(key);
      await expectStep(page, step + 1, step + 1);
    }
    await page.keyboard.press('k');
    await expectStep(page, 2, 3);
    await expect.poll(() => page.locator('.take.taken').count(), SOON).toBe(1);
    await page.keyboard.press('1');
    await expectStep(page, 3, 3);
    const path = () => new URLSearchParams(new URL(page.url()).hash.slice(1)).get('path');
    await expect.poll(path, SOON).toBe('0.1.1');
    await page.getByLabel('Path', { exact: true }).last().fill('0.0.0.0.0');
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    await expectStep(page, 5, 5);
    const shown = await cardsOf(page);
    await expect.poll(path, SOON).toBe('0.0.0.0.0');
    await page.reload();
    await expectStep(page, 5, 5);
    expect(await cardsOf(page)).toEqual(shown);
    await page.getByLabel('Path', { exact: true }).last().fill('0.99');
    await page.getByRole('button', { name: 'Go', exact: true }).click();
    await expect
      .poll(() => page.locator('.banner').textContent(), SOON)
      .toContain('step 2: there is no action 99');
  });

  test('runs on to a violation, and saves the way there as a trace that replays', async () => {
    const config = { participants: 3, defect: 'commit-early' };
    const { page } = await open(await explorer({ model: 'two-phase-commit', config }));
    await page.getByRole('button', { name: 'Run on to the next violation' }).click();
    await expectStep(page, 7, 7);
    expect(await page.locator('.violation').first().textContent()).toContain('TCConsistent');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as trace' }).click(),
    ]);
    const trace = parseTrace(readFileSync(await download.path(), 'utf8'));
    expect(replay(modelOfTrace(trace), trace)).toEqual({ matches: true, steps: 7 });
    expect(trace.violation?.property).toBe('TCConsistent');
  });

  test('finds the way to a goal, and says where the way has reached it', async () => {
    const { page } = await open(await explorer({ model: 'two-phase-commit', config: { participants: 3 } }));
    const goal = page.getByLabel('Goals').locator('li').filter({ hasText: 'all-committed' });
    await goal.getByRole('button', { name: 'search' }).click();
    await expectStep(page, 10, 10);
    await expect.poll(() => goal.textContent(), SOON).toContain('here');
  });

  test('compares two states', async () => {
    const { page } = await open(await explorer({ model: 'two-phase-commit', config: { participants: 3 } }));
    await page.getByRole('button', { name: 'Mark this state' }).click();
    await page.locator('.take', { hasText: 'TMAbort' }).click();
    await expectStep(page, 1, 1);
    const changes = page.getByLabel('Compare').locator('.change');
    await expect.poll(() => changes.allTextContents(), SOON).toEqual(['tm init → aborted']);
  });

  test('checks everything in the background, while actions are taken', async () => {
    const { page } = await open(await explorer({ model: 'two-phase-commit', config: { participants: 6 } }));
    const check = page.getByLabel('Check', { exact: true });
    await check.getByRole('button', { name: 'Check in the background' }).click();
    await page.locator('.take').first().click();
    await expectStep(page, 1, 1);
    await expect.poll(() => check.textContent(), SOON).toContain('verified');
    expect(await check.textContent()).toContain('50,816 states');
  });

  test.each(models.map(({ name }) => name))('walks through %s', async (name) => {
    const model = modelOf(definition(name));
    const { page, complaints } = await open(await explorer({ model: name }));
    let state: State = initialState(model);
    for (let step = 0; step <= 4; step++) {
      await expectStep(page, step, step);
      const successors = enabled(model, state);
      await expect.poll(() => page.locator('.take').count(), SOON).toBe(successors.length);
      const [first] = successors;
      if (first === undefined) break;
      const name = first.outcome.action.name;
      await page
        .locator('.take')
        .filter({ has: page.locator('.take-number:text-is("0")'), hasText: name })
        .click();
      state = first.state;
    }
    expect(complaints).toEqual([]);
  });
});
