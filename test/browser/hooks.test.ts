import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Json } from '../../src/protocol/json.ts';
import { browserPath, harnessFolder, openBrowser } from '../support/chromium.ts';
import { PATIENT } from '../support/patience.ts';
import { Workerd } from '../support/servers.ts';
import type { SelectorName } from './hooks-page.ts';

let workerd: Workerd;
let browser: BrowserContext;
let made = 0;

beforeAll(async () => {
  if (browserPath === undefined) return;
  workerd = await Workerd.prepare({ pages: harnessFolder('hooks-page.ts') });
  await workerd.start();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await workerd?.kill();
});

const merge = async (application: string, patch: Json): Promise<void> => {
  const answer = await fetch(`${workerd.url}/v1/apps/${application}/changes`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/merge-patch+json', Prefer: 'wait=5' },
    body: JSON.stringify(patch),
  });
  expect(answer.status).toBe(200);
};

const ITEMS = { items: { a: { text: 'A' }, b: { text: 'B' } } };

const fresh = async (state: Json = ITEMS): Promise<string> => {
  made += 1;
  await merge(`me/hooks-${made}`, state);
  return `me/hooks-${made}`;
};

const blank = async (): Promise<Page> => {
  const page = await browser.newPage();
  await page.goto(workerd.url);
  return page;
};

const shows = async (page: Page, text: string): Promise<void> => {
  await expect.poll(() => page.textContent('p').catch(() => undefined), { timeout: 30_000 }).toBe(text);
};

/** No error in the console, and no loop. */
const isCalm = async (page: Page): Promise<void> => {
  const { errors, renders } = await page.evaluate(() => window.hooks.seen);
  expect(errors).toEqual([]);
  expect(renders).toBeLessThan(100);
  await page.close();
};

describe.skipIf(browserPath === undefined)('the hooks in a real browser', () => {
  it.each<[SelectorName, string, string]>([
    ['part', '{a:{text:A},b:{text:B}}', '{a:{text:A,done:true},b:{text:B},c:{text:C}}'],
    ['object', '{a:{text:A},b:{text:B}}', '{b:{text:B},c:{text:C}}'],
    ['array', '[a,b]', '[a,b,c]'],
    ['nested', '[{id:a,text:A},{id:b,text:B}]', '[{id:a,text:A},{id:b,text:B},{id:c,text:C}]'],
    ['map', '[map,[a,{text:A}],[b,{text:B}]]', '[map,[a,{text:A,done:true}],[b,{text:B}],[c,{text:C}]]'],
    ['nothing', 'null', 'null'],
    ['date', '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z'],
  ])('show what a selector makes (%s), under StrictMode and without a loop', async (name, first, last) => {
    const [page, application] = [await blank(), await fresh()];
    await page.evaluate(([app, selector]) => window.hooks.show([app], [selector]), [application, name] as const);
    await shows(page, first);
    await page.click('p');
    await merge(application, { items: { c: { text: 'C' } } });
    await shows(page, last);
    await isCalm(page);
  });

  it('render no more than the state changes when a selector makes something new', async () => {
    const [page, application] = [await blank(), await fresh()];
    await page.evaluate((app) => window.hooks.show([app], ['array']), application);
    await shows(page, '[a,b]');
    await expect.poll(() => page.getAttribute('p', 'data-pending'), PATIENT).toBe('0');
    await page.waitForTimeout(300);
    const before = await page.evaluate(() => window.hooks.seen.renders);
    // The status is what renders, the selection stays the same.
    for (let count = 1; count <= 5; count += 1) await merge(application, { other: count });
    await page.waitForTimeout(500);
    // The status changes with each version; StrictMode renders twice.
    expect((await page.evaluate(() => window.hooks.seen.renders)) - before).toBeLessThanOrEqual(5 * 2 * 2);
    await isCalm(page);
  });

  it('follow another selector and another client', async () => {
    const page = await blank();
    const applications = [await fresh(), await fresh({ items: { z: { text: 'Z' } } })];
    await page.evaluate((apps) => window.hooks.show(apps, ['part', 'part', 'array', 'nested']), applications);
    for (const expected of ['{a:{text:A},b:{text:B}}', '{z:{text:Z}}', '[a,b]', '[{id:z,text:Z}]']) {
      await shows(page, expected);
      await page.evaluate(() => window.hooks.swap());
    }
    await shows(page, '{a:{text:A},b:{text:B}}');
    await merge(applications[0] ?? '', { items: { b: null } });
    await shows(page, '{a:{text:A}}');
    await isCalm(page);
  });

  it('work with a client that an effect makes and closes, twice under StrictMode', async () => {
    const [page, application] = [await blank(), await fresh()];
    await page.evaluate((app) => window.hooks.own(app), application);
    await shows(page, '{a:{text:A},b:{text:B}}');
    await page.click('p');
    await shows(page, '{a:{text:A,done:true},b:{text:B}}');
    await isCalm(page);
  });

  it.each<[string, SelectorName, Json | undefined, string]>([
    ['knew nothing', 'part', undefined, 'null'],
    ['knew nothing, with a selector that makes something new', 'object', undefined, '{}'],
    ['knew the same state', 'part', ITEMS, '{a:{text:A},b:{text:B}}'],
    ['knew an older state', 'nested', { items: { a: { text: 'A' } } }, '[{id:a,text:A}]'],
  ])('hydrate without a mismatch what a server has rendered that %s', async (_name, selector, known, html) => {
    const [page, application] = [await blank(), await fresh()];
    const rendered = await page.evaluate(([app, name, state]) => window.hooks.hydrate(app, name, state), [
      application,
      selector,
      known === undefined ? undefined : JSON.stringify({ state: known }),
    ] as const);
    expect(rendered).toBe(html);
    await shows(page, selector === 'nested' ? '[{id:a,text:A},{id:b,text:B}]' : '{a:{text:A},b:{text:B}}');
    await isCalm(page);
  });

  it('[S2] hydrate from a seed, and read nothing but what has changed since', async () => {
    const [page, application] = [await blank(), await fresh()];
    const rendered = await fetch(`${workerd.url}/v1/apps/${application}/state`);
    const seed = { state: (await rendered.json()) as Json, etag: rendered.headers.get('ETag') };
    const statuses: number[] = [];
    page.on('response', (response) => response.url().endsWith('/state') && statuses.push(response.status()));
    const html = await page.evaluate(([app, json]) => window.hooks.hydrate(app, 'array', json), [
      application,
      JSON.stringify(seed),
    ] as const);
    expect(html).toBe('[a,b]');
    await expect.poll(() => statuses, PATIENT).toContain(304);
    await merge(application, { items: { c: { text: 'C' } } });
    await shows(page, '[a,b,c]');
    expect([...new Set(statuses)].sort()).toEqual([226, 304]);
    await isCalm(page);
  });

  it('show who else is there, wait for the state, and undo', async () => {
    const [one, two, application] = [await blank(), await blank(), await fresh({ title: 'Old' })];
    await one.evaluate((app) => window.hooks.join(app, 'one'), application);
    await shows(one, 'Old saved ');
    await two.evaluate((app) => window.hooks.join(app, 'two'), application);
    await shows(two, 'Old saved one');
    await shows(one, 'Old saved two');
    await one.click('#name');
    await shows(two, 'one saved one');
    await one.click('#undo:enabled');
    await shows(two, 'Old saved one');
    await one.click('#redo:enabled');
    await shows(two, 'one saved one');
    await one.evaluate(() => window.hooks.leave());
    await shows(two, 'one saved ');
    await isCalm(one);
    await isCalm(two);
  });
});
