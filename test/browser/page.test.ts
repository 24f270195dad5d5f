import AxeBuilder from '@axe-core/playwright';
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

beforeAll(async () => {
  if (browserPath === undefined) return;
  workerd = await Workerd.prepare();
  await workerd.start();
  context = await openBrowser();
  page = await context.newPage();
  complaints = complaintsOf(page);
  await page.goto(workerd.url);
  await client('B').waitFor();
}, 60_000);
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
    },
  );

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

  it('shows the depth and the lag of the queue', async () => {
    const fact = (name: string): Promise<string | null> =>
      page.locator('.facts div', { hasText: name }).locator('dd').textContent();
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
