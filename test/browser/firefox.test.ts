import type { Browser, Page } from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import { firefoxPath, killFirefox, openFirefox } from '../support/firefox.ts';
import { harnessServer } from '../support/harness-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/wait.ts';
import type {} from './harness.ts';
import { countStoredChanges } from './stored-changes.ts';

const { server, browser: firefox, freshName, freshTodos } = harnessServer(openFirefox);

type Transport = 'auto' | 'socket' | 'sse' | 'long-poll' | 'poll';

/** A tab with a client of the application in `window.client`. */
const tab = async (browser: Browser, application: string, transport: Transport = 'auto'): Promise<Page> => {
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.evaluate(
    async (name, mode) => {
      window.client = window.changebucket.open(name, mode);
      await window.client.ready;
    },
    application,
    transport,
  );
  return page;
};

const add = (page: Page, from: number, count: number): Promise<void> =>
  page.evaluate(
    (first, many) => {
      for (let id = first; id < first + many; id += 1) window.client.push.add({ id: `t${id}`, text: `entry ${id}` });
    },
    from,
    count,
  );

const shown = (page: Page): Promise<number> => page.evaluate(() => Object.keys(window.client.state.items).length);
const pending = (page: Page): Promise<number> => page.evaluate(() => window.client.status.pending);
const sent = (page: Page): Promise<number> => page.evaluate(() => window.changebucket.sent.length);

const idsIn = async (application: string): Promise<string[]> => {
  const answer = await fetch(`${server.url}/v1/apps/${application}/log?limit=500`);
  return ((await answer.json()) as { entries: { args: { id: string } }[] }).entries.map(({ args }) => args.id);
};

describe.skipIf(firefoxPath === undefined)('the client in Firefox', () => {
  it('follows by every transport', async () => {
    const [writer, reader] = [await firefox(), await firefox()];
    for (const transport of ['socket', 'sse', 'long-poll', 'poll'] as const) {
      const application = await freshTodos();
      const page = await tab(writer, application, transport);
      const other = await tab(reader, application, transport);
      await until(async () => (await other.evaluate(() => window.client.status.transport)) === transport);
      await add(page, 0, 2);
      await until(async () => (await shown(other)) === 2);
    }
  });

  it('undoes only its own change of a document', async () => {
    const application = freshName();
    const browser = await firefox();
    const page = await browser.newPage();
    await page.goto(server.url);
    await page.evaluate(async (name) => {
      window.page = window.changebucket.openDocument(name);
      await window.page.push.merge({ mine: 1 }).applied;
      await window.page.push.merge({ other: 2 }).applied;
      window.page.undo();
    }, application);
    await until(() => page.evaluate(() => window.page.status.pending === 0));
    expect(await page.evaluate(() => window.page.state)).toEqual({ mine: 1 });
  });

  it('[Q3] 100 changes made while the server is away survive a killed browser, show at once, and arrive exactly once', async () => {
    const application = await freshTodos();
    const profile = temporaryFolder();
    const first = await firefox(profile);
    const page = await tab(first, application);
    await add(page, 0, 1);
    await until(async () => (await pending(page)) === 0);
    await server.kill();
    await add(page, 1, 100);
    // Changes are stored before they are sent; what was pushed a moment before a crash may be lost.
    await until(async () => (await page.evaluate(countStoredChanges)) >= 100);
    await killFirefox(first);
    await server.start();
    const again = await tab(await firefox(profile), application);
    expect(await shown(again)).toBe(101);
    await until(async () => (await pending(again)) === 0);
    expect(await idsIn(application)).toEqual(Array.from({ length: 101 }, (_, id) => `t${id}`));
  });

  it('[Q3] five pushes of a `pagehide` handler survive the page', async () => {
    const application = await freshTodos();
    const browser = await firefox();
    const page = await tab(browser, application);
    await page.evaluate(() => {
      addEventListener('pagehide', () => {
        for (let id = 0; id < 5; id += 1) window.client.push.add({ id: `t${id}`, text: 'late' });
      });
    });
    await page.goto('about:blank');
    const again = await tab(browser, application);
    await until(async () => (await pending(again)) === 0);
    expect(await idsIn(application)).toEqual(['t0', 't1', 't2', 't3', 't4']);
  });

  it('of three tabs the visible one makes the requests; when it is closed, another goes on', async () => {
    const application = await freshTodos();
    const browser = await firefox();
    const hidden = [await tab(browser, application), await tab(browser, application)] as const;
    const tabs = [await tab(browser, application), ...hidden] as const;
    let added = 0;
    /** Whether each tab sends anything for a change that a hidden one makes. */
    const sends = async (): Promise<boolean[]> => {
      const before = await Promise.all(tabs.map(sent));
      await add(hidden[0], added, 1);
      added += 1;
      for (const page of tabs) {
        await until(async () => (await shown(page)) === added);
        await until(async () => (await pending(page)) === 0);
      }
      return (await Promise.all(tabs.map(sent))).map((count, index) => count > (before[index] ?? 0));
    };
    // The lead may pass through both hidden tabs before the visible one has it; each of them sends meanwhile.
    await until(async () => {
      const [byVisible, ...byHidden] = await sends();
      return byVisible === true && !byHidden.includes(true);
    });
    await tabs[0].close();
    await add(hidden[1], added, 1);
    await until(async () => (await shown(hidden[0])) === added + 1);
    await until(async () => (await pending(hidden[1])) === 0);
    expect(await idsIn(application)).toEqual(Array.from({ length: added + 1 }, (_, id) => `t${id}`));
  });
});
