import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { browserPath, openBrowser } from '../support/chromium.ts';
import { harnessServer } from '../support/harness-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type {} from './harness.ts';

const { server, browser, freshName } = harnessServer(openBrowser);

/** A new document with an empty list. */
const fresh = async (): Promise<string> => {
  const application = freshName();
  await fetch(`${server.url}/v1/apps/${application}/changes/setup/1`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/merge-patch+json' },
    body: '{"list":[]}',
  });
  return application;
};

const listOf = async (application: string): Promise<unknown[]> => {
  const answer = await fetch(`${server.url}/v1/apps/${application}/state`);
  return ((await answer.json()) as { list: unknown[] }).list;
};

interface TabOptions {
  readonly token?: string;
  readonly adopts?: boolean;
  /** Wait for the state from the server. Default: yes. */
  readonly waits?: boolean;
}

const tab = async (context: BrowserContext, application: string, { waits = true, ...options }: TabOptions = {}) => {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.evaluate(
    ([name, more]) => {
      window.page = window.changebucket.openDocument(name, more);
    },
    [application, options] as const,
  );
  if (waits) await page.waitForFunction(() => window.page.confirmed !== undefined);
  return page;
};

const push = (page: Page, count: number): Promise<void> =>
  page.evaluate((many) => {
    for (let value = 0; value < many; value += 1) window.page.push.patch([{ op: 'add', path: '/list/-', value }]);
  }, count);

/**
 * Takes the network from a page, for as long as it lives. The emulation `setOffline` ends when a page begins to close: what
 * waits may be sent then.
 */
const disconnect = (page: Page): Promise<void> =>
  page.evaluate(() => {
    window.fetch = () => Promise.reject(new TypeError('There is no network.'));
  });

const untilSent = (page: Page): Promise<unknown> =>
  page.waitForFunction(() => window.page.status.pending === 0, undefined, { timeout: 30_000 });

const tokenOf = (sub: string): string => `e30.${Buffer.from(JSON.stringify({ sub })).toString('base64url')}.x`;

describe.skipIf(browserPath === undefined)('leaving the page', () => {
  it.each([
    ['navigates', (page: Page) => page.goto('about:blank')],
    ['reloads', (page: Page) => page.reload()],
    ['closes', (page: Page) => page.close({ runBeforeUnload: true })],
  ] as const)('[Q3] five pushes of a `pagehide` handler survive when the page %s', async (_, leave) => {
    const application = await fresh();
    const context = await browser();
    const page = await tab(context, application);
    await page.evaluate(() => {
      addEventListener('pagehide', () => {
        for (let value = 0; value < 5; value += 1) window.page.push.patch([{ op: 'add', path: '/list/-', value }]);
      });
    });
    await leave(page);
    if (!page.isClosed()) await page.close();
    await untilSent(await tab(context, application));
    expect(await listOf(application)).toEqual([0, 1, 2, 3, 4]);
  });

  it('[Q3] 200 changes of one turn survive a tab that is closed at once', async () => {
    const application = await fresh();
    const context = await browser();
    const page = await tab(context, application);
    await disconnect(page);
    await push(page, 200);
    await page.close();
    await untilSent(await tab(context, application));
    expect(await listOf(application)).toEqual(Array.from({ length: 200 }, (_, value) => value));
  });

  it('[Q7] [Q12] batches and conditions of a tab that is closed at once stay what they were', async () => {
    const application = await fresh();
    const context = await browser();
    const page = await tab(context, application);
    await disconnect(page);
    await push(page, 1);
    await page.evaluate(() => {
      const add = (value: unknown) => [{ op: 'add', path: '/list/-', value }] as const;
      window.page.batch((batch) => {
        batch.patch(add('b1') as never);
        batch.patch(add('b2') as never);
      });
      window.page.push.patch(add('unchanged') as never, { ifUnchanged: true });
      // The second change of it fails: the first is not applied either.
      window.page.batch((batch) => {
        batch.patch(add('never') as never);
        batch.patch([{ op: 'remove', path: '/missing' }]);
      });
      window.page.push.patch(add('too late') as never, { ifMatch: window.page.etag ?? '' });
    });
    await page.close();
    const next = await tab(context, application);
    await untilSent(next);
    expect(await listOf(application)).toEqual([0, 'b1', 'b2', 'unchanged']);
  });

  it('what was shown is stored: it shows offline in the next tab', async () => {
    const application = await fresh();
    const context = await browser();
    const page = await tab(context, application);
    await push(page, 3);
    await untilSent(page);
    await page.close({ runBeforeUnload: true });
    const next = await context.newPage();
    await next.goto(server.url);
    await context.setOffline(true);
    const shown = await next.evaluate(async (name) => {
      window.page = window.changebucket.openDocument(name);
      await window.page.ready;
      return window.page.state;
    }, application);
    expect(shown).toEqual({ list: [0, 1, 2] });
  });
});

describe.skipIf(browserPath === undefined)('the cost of storing', () => {
  it('8,000 changes pushed offline are stored and sent in seconds', async () => {
    const application = await fresh();
    const context = await browser();
    const page = await tab(context, application);
    await context.setOffline(true);
    const begin = performance.now();
    await push(page, 8_000);
    const pushed = performance.now();
    await context.setOffline(false);
    await untilSent(page);
    const sent = performance.now();
    console.log(`8,000 offline: pushed in ${Math.round(pushed - begin)} ms, sent in ${Math.round(sent - pushed)} ms`);
    expect(await listOf(application)).toHaveLength(8_000);
  });

  it('a state of several MB is stored without blocking the page, and small changes of it cheaply', async () => {
    const application = await fresh();
    const context = await browser();
    const page = await tab(context, application);
    await page.evaluate(async () => {
      for (let part = 0; part < 24; part += 1) {
        const value = Array.from({ length: 1_000 }, (_, index) => `row ${part} ${index} ${'x'.repeat(200)}`);
        await window.page.push.patch([{ op: 'add', path: `/part${part}`, value }]).applied;
      }
    });
    const longest = await page.evaluate(async () => {
      let worst = 0;
      let last = performance.now();
      const end = last + 8_000;
      for (let step = 0; performance.now() < end; step += 1) {
        if (step % 100 === 0) void window.page.push.patch([{ op: 'add', path: '/list/-', value: step }]);
        await new Promise((resolve) => setTimeout(resolve, 0));
        worst = Math.max(worst, performance.now() - last);
        last = performance.now();
      }
      return worst;
    });
    console.log(`longest turn with a state of 5 MB: ${Math.round(longest)} ms`);
  });
});

describe.skipIf(browserPath === undefined)('two people at one browser', () => {
  it('have stores, locks and channels of their own, in tabs side by side and one after the other', async () => {
    const application = await fresh();
    const profile = temporaryFolder();
    const context = await browser(profile);
    const [alice, bob] = [
      await tab(context, application, { token: tokenOf('alice') }),
      await tab(context, application, { token: tokenOf('bob') }),
    ];
    const locks = await alice.evaluate(async () =>
      ((await navigator.locks.query()).held ?? []).map(({ name }) => name),
    );
    expect(locks.toSorted()).toEqual([
      `changebucket:${server.url}/v1/apps/${application}#alice`,
      `changebucket:${server.url}/v1/apps/${application}#bob`,
    ]);
    await disconnect(alice);
    await push(alice, 3);
    expect(await bob.evaluate(() => window.page.status.pending)).toBe(0);
    await alice.close();
    const next = await tab(context, application, { token: tokenOf('bob') });
    // Whatever it had taken from the store would be sent before, or with it.
    await push(next, 1);
    await untilSent(next);
    expect(await listOf(application)).toEqual([0]);
    await untilSent(await tab(context, application, { token: tokenOf('alice') }));
    expect(await listOf(application)).toEqual([0, 0, 1, 2]);
  });

  it('what was pushed before signing in is taken along, once', async () => {
    const application = await fresh();
    const context = await browser();
    const before = await tab(context, application);
    await disconnect(before);
    await push(before, 3);
    await before.close();
    const after = await tab(context, application, { token: tokenOf('alice'), adopts: true });
    await after.waitForFunction(() => (window.page.confirmed as { list: unknown[] }).list.length === 3);
    const again = await tab(context, application, { token: tokenOf('alice'), adopts: true });
    await untilSent(again);
    expect(await listOf(application)).toEqual([0, 1, 2]);
  });
});
