/**
 * For tests: a headless Chromium, where the machine has one (Debian's package chromium). Elsewhere the tests that want it
 * are skipped, and say why.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect } from 'vitest';

const EXECUTABLE = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Nothing that it would look up on its own: the machine may have no network. */
const ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** The pages as they are in the source now, not as they were when somebody last built them. */
const buildPages = (): void => {
  const script = fileURLToPath(new URL('../web/build.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
};

export interface Opened {
  readonly page: Page;
  /** What the page complained of: errors, and whatever its policy refused. */
  readonly complaints: readonly string[];
  /** Addresses that it asked for. */
  readonly requests: readonly string[];
}

export type Open = (url: string, options?: BrowserContextOptions) => Promise<Opened>;

/** The tests inside get a function that opens a page, at the size of a laptop unless they say otherwise. */
export const describeInBrowser = (name: string, tests: (open: Open) => void): void => {
  if (!existsSync(EXECUTABLE)) {
    const title = `${name} (skipped: no Chromium at ${EXECUTABLE})`;
    console.warn(title);
    describe.skip(title, () => tests(() => Promise.reject(new Error(title))));
    return;
  }
  describe(name, () => {
    let browser: Browser;
    beforeAll(async () => {
      buildPages();
      browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
    }, 120_000);
    afterAll(() => browser?.close());
    tests(async (url, options) => {
      const context = await browser.newContext({ viewport: { width: 1366, height: 850 }, ...options });
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('dialog', (dialog) => {
        complaints.push(`a dialog: ${dialog.message()}`);
        void dialog.dismiss();
      });
      page.on('request', (request) => requests.push(request.url()));
      await page.goto(url);
      return { page, complaints, requests };
    });
  });
};

/** For what a page does a moment later, on a machine that has other things to do. */
export const SOON = { timeout: 20_000 };

/** What a lane's card shows: its state, its epoch, its log, as they can be read. */
export const cardsOf = (
  page: Page,
): Promise<readonly { state: string; epoch: string; log: readonly string[] }[]> =>
  page.locator('.card').evaluateAll((cards) =>
    cards.map((card) => ({
      state: card.querySelector('.pill')?.textContent ?? '',
      epoch: card.querySelector('.chip')?.textContent ?? '',
      log: [...card.querySelectorAll('.entry')].map((entry) => `${entry.textContent} ${entry.classList[1]}`),
    })),
  );

export const expectStep = async (page: Page, step: number, of: number): Promise<void> => {
  await expect
    .poll(() => page.locator('.position').textContent(), { timeout: 20_000 })
    .toBe(`${step} / ${of}`);
};
