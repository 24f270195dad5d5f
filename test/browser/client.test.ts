import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browserPath, openBrowser } from '../support/chromium.ts';
import { harnessServer } from '../support/harness-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/wait.ts';
import type {} from './harness.ts';
import { countStoredChanges } from './stored-changes.ts';

const { server, browser, freshTodos } = harnessServer(openBrowser);

const blankTab = async (context: BrowserContext): Promise<Page> => {
  const page = await context.newPage();
  await page.goto(server.url);
  return page;
};

/** A tab with a client of the application in `window.client`. */
const tab = async (context: BrowserContext, application: string): Promise<Page> => {
  const page = await blankTab(context);
  await page.evaluate(async (name) => {
    window.client = window.changebucket.open(name);
    await window.client.ready;
  }, application);
  return page;
};

const add = (page: Page, from: number, count: number): Promise<void> =>
  page.evaluate(
    ([first, many]) => {
      for (let id = first; id < first + many; id += 1) window.client.push.add({ id: `t${id}`, text: `entry ${id}` });
    },
    [from, count] as const,
  );

const shown = (page: Page): Promise<number> => page.evaluate(() => Object.keys(window.client.state.items).length);
const pending = (page: Page): Promise<number> => page.evaluate(() => window.client.status.pending);

const log = async (application: string): Promise<{ name: string; args: { id: string } }[]> => {
  const answer = await fetch(`${server.url}/v1/apps/${application}/log?limit=500`);
  return ((await answer.json()) as { entries: { name: string; args: { id: string } }[] }).entries;
};

describe.skipIf(browserPath === undefined)('the client in a real browser', () => {
  it('[Q3] 200 changes made offline survive a killed browser, show at once, and arrive exactly once', async () => {
    const application = await freshTodos();
    const profile = temporaryFolder();
    const first = await browser(profile);
    const page = await tab(first, application);
    await add(page, 0, 1);
    await until(async () => (await pending(page)) === 0);
    await first.setOffline(true);
    await add(page, 1, 200);
    expect(await shown(page)).toBe(201);
    // Changes are stored before they are sent; those that are not stored yet may be lost.
    await until(async () => (await page.evaluate(countStoredChanges)) >= 200);
    await first.close();
    const second = await browser(profile);
    const blank = await blankTab(second);
    await second.setOffline(true);
    await blank.evaluate(async (name) => {
      window.client = window.changebucket.open(name);
      await window.client.ready;
    }, application);
    expect(await shown(blank)).toBe(201);
    // The first one is pending, too, if the state that contains it had not been stored yet.
    expect(await pending(blank)).toBeGreaterThanOrEqual(200);
    await second.setOffline(false);
    await until(async () => (await pending(blank)) === 0);
    const ids = (await log(application)).map(({ args }) => args.id);
    expect(ids).toEqual(Array.from({ length: 201 }, (_, id) => `t${id}`));
    expect(await shown(blank)).toBe(201);
  });

  it('two browsers show each other’s changes, also those made while the server restarts', async () => {
    const application = await freshTodos();
    const [a, b] = [await tab(await browser(), application), await tab(await browser(), application)];
    await add(a, 0, 1);
    await until(async () => (await shown(b)) === 1);
    await server.kill();
    await add(a, 1, 5);
    await add(b, 100, 5);
    expect([await shown(a), await shown(b)]).toEqual([6, 6]);
    await server.start();
    await until(async () => (await shown(a)) === 11 && (await shown(b)) === 11);
    await until(async () => (await pending(a)) + (await pending(b)) === 0);
    expect((await log(application)).length).toBe(11);
  });

  it('after a cut of the socket it polls, and reconnects', async () => {
    const application = await freshTodos();
    const context = await browser();
    const page = await tab(context, application);
    const transport = () => page.evaluate(() => window.client.status.transport);
    await until(async () => (await transport()) === 'socket');
    await server.kill();
    await until(async () => (await transport()) !== 'socket');
    await add(page, 0, 1);
    await server.start();
    await until(async () => (await transport()) === 'socket' && (await pending(page)) === 0);
    expect((await log(application)).length).toBe(1);
  });

  it('of three tabs one makes the requests; when it is closed, another goes on', async () => {
    const application = await freshTodos();
    const context = await browser();
    const tabs: Page[] = [];
    for (let i = 0; i < 3; i += 1) tabs.push(await tab(context, application));
    const [leader, second, third] = tabs as [Page, Page, Page];
    const sent = (page: Page) => page.evaluate(() => window.changebucket.sent);
    await add(second, 0, 1);
    await until(async () => (await shown(third)) === 1);
    await until(async () => (await pending(leader)) === 0);
    expect((await sent(leader)).length).toBeGreaterThan(0);
    expect([await sent(second), await sent(third)]).toEqual([[], []]);
    await leader.close();
    await add(third, 1, 1);
    await until(async () => (await shown(second)) === 2);
    await until(async () => (await pending(third)) === 0);
    expect([...(await sent(second)), ...(await sent(third))]).not.toEqual([]);
    expect((await log(application)).map(({ args }) => args.id)).toEqual(['t0', 't1']);
  });
});
