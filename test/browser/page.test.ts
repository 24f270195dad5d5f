import AxeBuilder from '@axe-core/playwright';
import { SignJWT } from 'jose';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserPath, complaintsOf, openBrowser } from '../support/chromium.ts';
import { Workerd } from '../support/servers.ts';
import { until } from '../support/wait.ts';

let workerd: Workerd;
let context: BrowserContext;
let page: Page;
let complaints: string[];

const client = (name: 'A' | 'B'): Locator => page.getByRole('article', { name: `Client ${name}` });
const box = (name: 'A' | 'B', number: number): Locator =>
  client(name).getByRole('button', { name: new RegExp(`^${number} ·`) });
const openIn = (name: 'A' | 'B'): Promise<string[]> => client(name).locator('[aria-expanded=true]').allTextContents();

const fact = (name: string): Promise<string | null> =>
  page.locator('.facts div', { hasText: name }).locator('dd').textContent();

beforeAll(async () => {
  if (browserPath === undefined) return;
  workerd = await Workerd.prepare();
  await workerd.start();
  context = await openBrowser();
  page = await context.newPage();
  complaints = complaintsOf(page);
  await page.goto(workerd.url);
  await client('B').waitFor();
});
afterAll(async () => {
  await context?.close();
  await workerd?.kill();
});

describe.skipIf(browserPath === undefined)('the page at /', () => {
  it.each(['poll', 'long-poll', 'sse', 'socket', 'auto'])(
    '[T1] a change in client A shows in client B by %s, and is timed',
    async (mode) => {
      await client('B').getByLabel('Transport').selectOption(mode);
      const transport = mode === 'auto' ? 'socket' : mode;
      await until(async () =>
        ((await client('B').getByRole('status').textContent()) ?? '').includes(`by ${transport}`),
      );
      const row = page.getByRole('row', { name: new RegExp(`^${transport} `) });
      const timed = async () => Number(await row.getByRole('cell').last().textContent());
      const before = await timed();
      const next = (await openIn('A'))[0]?.startsWith('1') ? 2 : 1;
      await box('A', next).click();
      await until(async () => (await openIn('B'))[0]?.startsWith(`${next} ·`) === true);
      await until(async () => (await timed()) > before || before === 50);
      expect(await fact('queue depth')).toMatch(/^\d+$/);
      expect(await fact('lag')).toMatch(/^\d+ ms$/);
    },
  );

  it('says what it is for, and has a button that makes both clients push at once, beside its code', async () => {
    const text = (await page.locator('header').textContent()) ?? '';
    for (const use of ['lists', 'forms', 'votes', 'devices', 'agents']) expect(text).toContain(use);
    for (const name of ['Docs', 'Quickstart', 'HTTP tour'])
      expect(await page.getByRole('link', { name }).getAttribute('href')).toMatch(/^\/docs/);
    expect(await page.locator('.try pre').textContent()).toContain("a.push.add({ id, text: 'Milk' });");
    await page.getByRole('button', { name: 'Let both clients push at once' }).click();
    await until(async () => (await client('A').getByText('Milk').count()) === 1);
    await until(async () => (await client('B').getByText('Milk').count()) === 1);
    await until(async () => (await openIn('A'))[0]?.startsWith('2') === true);
    expect((await openIn('B'))[0]).toMatch(/^2/);
    // The code beside the result is the code that was run.
    expect(await page.locator('.try pre').textContent()).toContain("a.push.add({ id, text: 'Milk' });");
    expect(await page.locator('.try pre').textContent()).toContain("b.push.open({ box: '2' });");
    expect(await client('A').getByText('Two rules of the server').count()).toBe(1);
  });

  it('a change made offline shows immediately, waits, and arrives later', async () => {
    await client('B').getByRole('switch', { name: 'Offline' }).click();
    await client('B').getByLabel('New entry').fill('Bread');
    await client('B').getByRole('button', { name: 'Add' }).click();
    await until(async () => (await client('B').getByText('Bread').count()) === 1);
    expect(await client('A').getByText('Bread').count()).toBe(0);
    await client('B').getByRole('switch', { name: 'Offline' }).click();
    await until(async () => (await client('A').getByText('Bread').count()) === 1);
  });

  it('a rejected change is undone, and the page says why', async () => {
    await client('A')
      .getByRole('switch', { name: /warning/ })
      .click();
    await until(async () => (await openIn('B'))[0]?.startsWith('3') === true);
    await box('B', 1).click();
    await until(
      async () => (await page.getByRole('log').textContent())?.includes('The warning keeps box 3 open') === true,
    );
    expect((await openIn('B'))[0]).toMatch(/^3/);
  });

  it('says why a change was rejected where it was made, until the next one', async () => {
    const note = client('B').locator('.box', { hasText: 'Challenge, response' }).locator('.rejection');
    expect(await note.textContent()).toContain('The warning keeps box 3 open');
    expect(await client('A').locator('.rejection').count()).toBe(0);
    await client('B').getByLabel('New entry').fill('Salt');
    await client('B').getByRole('button', { name: 'Add' }).click();
    await until(async () => (await note.count()) === 0);
  });

  it('shows the depth and the lag of the queue', async () => {
    await until(async () => /^\d+$/.test((await fact('queue depth')) ?? ''));
    expect(await fact('lag')).toMatch(/^\d+ ms$/);
  });

  it.each([
    ['wide, light', 1280, 'light'],
    ['wide, dark', 1280, 'dark'],
    ['on a phone, light', 390, 'light'],
    ['on a phone, dark', 390, 'dark'],
  ] as const)('has no axe violations and does not overflow: %s', async (_, width, colorScheme) => {
    await page.setViewportSize({ width, height: 850 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.waitForTimeout(900);
    const { violations, passes } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`)).toEqual([]);
    expect(passes.length).toBeGreaterThan(15);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

  it('shows both clients at once on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.evaluate(() => scrollTo(0, 0));
    for (const name of ['A', 'B'] as const) {
      const shown = await box(name, 2).boundingBox();
      expect((shown?.y ?? Number.NaN) + (shown?.height ?? Number.NaN)).toBeLessThan(844);
      expect((shown?.x ?? Number.NaN) + (shown?.width ?? Number.NaN)).toBeLessThanOrEqual(390);
    }
    const [a, b] = [await client('A').boundingBox(), await client('B').boundingBox()];
    expect(a?.y).toBe(b?.y);
    await page.setViewportSize({ width: 1280, height: 850 });
  });

  it('is usable by keyboard alone', async () => {
    await client('A')
      .getByRole('switch', { name: /warning/ })
      .focus();
    await page.keyboard.press('Space');
    await until(
      async () =>
        (await client('B')
          .getByRole('switch', { name: /warning/ })
          .getAttribute('aria-checked')) === 'false',
    );
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await until(async () => (await openIn('B'))[0]?.startsWith('2') === true);
  });

  it('has printed no errors and no warnings', () => {
    expect(complaints).toEqual([]);
  });
});

const SECRET = 'a-secret-for-tests-only-0123456789abcdef';

describe.skipIf(browserPath === undefined)('the page at / of a closed deployment', () => {
  let closed: Workerd;
  let stranger: Page;
  const refused: string[] = [];

  beforeAll(async () => {
    closed = await Workerd.prepare({ secret: SECRET });
    await closed.start();
    stranger = await context.newPage();
    stranger.on('response', (answer) => {
      if (answer.status() === 401) refused.push(answer.url());
    });
    await stranger.goto(closed.url);
  });
  afterAll(() => closed?.kill());

  it('says without a token that it needs one, connects nothing, and asks once', async () => {
    await until(async () => (await stranger.getByRole('alert').count()) === 1);
    expect(await stranger.getByRole('alert').textContent()).toContain('answers only with a token');
    await stranger.waitForTimeout(2_500);
    expect(refused).toHaveLength(1);
    expect(await stranger.locator('.status').count()).toBe(0);
    const { violations } = await new AxeBuilder({ page: stranger }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
  });

  it('says so when the token is wrong, and works with a right one', async () => {
    await stranger.getByLabel('Bearer token').fill('wrong');
    await stranger.getByRole('button', { name: 'Use token' }).click();
    await until(async () => (await stranger.getByRole('alert').textContent())?.includes('does not accept') === true);
    const key = new TextEncoder().encode(SECRET);
    const token = new SignJWT({ sub: 'demo' }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('5s').sign(key);
    await stranger.getByLabel('Bearer token').fill(await token);
    await stranger.getByRole('button', { name: 'Use token' }).click();
    await until(async () => (await stranger.getByRole('article').count()) === 2);
  });

  it('disconnects and says so when the token has expired, without a stream of requests', async () => {
    await until(async () => (await stranger.getByRole('alert').count()) === 1, 20_000);
    const before = refused.length;
    await stranger.waitForTimeout(2_500);
    expect(refused.length).toBe(before);
    expect(await stranger.getByRole('article').count()).toBe(0);
  });
});
