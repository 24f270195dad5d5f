import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, harnessFolder, killBrowser, openBrowser } from '../support/chromium.ts';
import { PATIENT } from '../support/patience.ts';
import { Workerd } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { countStoredChanges } from './stored-changes.ts';
import type {} from './tanstack-page.ts';

const APPLICATION = 'me/tanstack';
let workerd: Workerd;

beforeAll(async () => {
  if (browserPath === undefined) return;
  workerd = await Workerd.prepare({ pages: harnessFolder('tanstack-page.ts') });
  await workerd.start();
  const answer = await fetch(`${workerd.url}/v1/apps/${APPLICATION}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: '{"kind":"todos"}',
  });
  expect(answer.status).toBe(201);
});
afterAll(() => workerd?.kill());

const listIn = async (browser: BrowserContext): Promise<Page> => {
  const page = await browser.newPage();
  await page.goto(workerd.url);
  await page.evaluate((application) => window.tanstack.show(application), APPLICATION);
  return page;
};

const shows = (page: Page, text: string): Promise<void> =>
  expect.poll(() => page.textContent('p').catch(() => undefined), { timeout: 30_000 }).toBe(text);

const insert = (page: Page, text: string): Promise<void> =>
  page.evaluate((each) => {
    const row = { id: each.toLowerCase(), text: each, done: false, created: 0, by: '' };
    window.opened.items.insert(row);
  }, text);

const log = async (): Promise<unknown[]> => {
  const answer = await fetch(`${workerd.url}/v1/apps/${APPLICATION}/log`);
  const { entries } = (await answer.json()) as { entries: { name: string; args: unknown; outcome: string }[] };
  return entries.map(({ args, outcome }) => [args, outcome]);
};

describe.skipIf(browserPath === undefined)('TanStack DB in a real browser', () => {
  it('[Q3] shows a row at once, online without flicker; one made offline outlives a killed browser and arrives once', async () => {
    const profile = temporaryFolder();
    const first = await openBrowser(profile);
    const page = await listIn(first);
    await insert(page, 'Milk');
    await shows(page, 'Milk');
    await page.waitForFunction(() => window.opened.client.status.pending === 0);
    expect(await page.evaluate(() => window.tanstack.shown)).toEqual(['', 'Milk']);

    await first.setOffline(true);
    await insert(page, 'Tea');
    await shows(page, 'Milk,Tea');
    // The client stores it before it may be sent; then the browser is killed.
    await expect.poll(() => page.evaluate(countStoredChanges), PATIENT).toBe(1);
    await killBrowser(first, profile);

    const second = await openBrowser(profile);
    const again = await listIn(second);
    await shows(again, 'Milk,Tea');
    await again.waitForFunction(() => window.opened.client.status.pending === 0);
    expect(await log()).toEqual([
      [{ id: 'milk', text: 'Milk' }, 'applied'],
      [{ id: 'tea', text: 'Tea' }, 'applied'],
    ]);
    expect(await again.evaluate(() => window.opened.items.get('tea')?.done)).toBe(false);
    await second.close();
  });
});
