import AxeBuilder from '@axe-core/playwright';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECTIONS, UNLISTED } from '../../src/docs/pages.ts';
import { browserPath, complaintsOf, openBrowser } from '../support/chromium.ts';
import { Workerd } from '../support/servers.ts';
import { until } from '../support/wait.ts';

let workerd: Workerd;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (browserPath === undefined) return;
  workerd = await Workerd.prepare();
  await workerd.start();
  context = await openBrowser();
  page = await context.newPage();
  complaints = complaintsOf(page);
});
afterAll(async () => {
  await context?.close();
  await workerd?.kill();
});

const ENTRIES = [...SECTIONS.flatMap(({ pages }) => pages), ...UNLISTED.slice(0, 1)];
const PATHS = ['/docs', ...ENTRIES.map(({ slug }) => `/docs/${slug}`)];

const LOOKS = [
  [1280, 'light'],
  [390, 'dark'],
] as const;

describe.skipIf(browserPath === undefined)('the pages at /docs', () => {
  it.each(PATHS.map((path, index) => [path, index] as const))(
    '%s has no axe violations and does not overflow on a wide screen and on a phone',
    async (path, index) => {
      await page.goto(`${workerd.url}${path}`);
      // Each page is analyzed in one of the looks, which differ in style sheets only.
      const looks = index % 2 === 0 ? LOOKS : LOOKS.toReversed();
      for (const [width, colorScheme] of looks) {
        await page.setViewportSize({ width, height: 850 });
        await page.emulateMedia({ colorScheme });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      }
      const { violations, passes } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(', ')}`)).toEqual([]);
      expect(passes.length).toBeGreaterThan(15);
    },
  );

  it('/docs names every rule, and leads to it', async () => {
    await page.goto(`${workerd.url}/docs`);
    expect(await page.getByText('[W11]').count()).toBe(1);
    await page.getByText('[W11]').click();
    await page.waitForURL('**/docs/protocol#w11');
    expect(await page.locator('#w11').textContent()).toMatch(/^\[W11\]/);
  });

  it('show all pages beside the text where there is room, and behind one button on a phone', async () => {
    const link = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Glossary' });
    await page.setViewportSize({ width: 1280, height: 850 });
    await page.goto(`${workerd.url}/docs/architecture`);
    expect(await link.isVisible()).toBe(true);
    await page.setViewportSize({ width: 390, height: 850 });
    await page.goto(`${workerd.url}/docs/architecture`);
    expect(await link.isVisible()).toBe(false);
    await page.getByText('All pages').click();
    await link.click();
    await page.waitForURL('**/docs/glossary');
  });

  it('are searched from the keyboard, without a service', async () => {
    await page.setViewportSize({ width: 1280, height: 850 });
    await page.goto(`${workerd.url}/docs`);
    await page.keyboard.press('/');
    await page.keyboard.type('failure model');
    const first = page.locator('#results a').first();
    await until(async () => (await first.count()) === 1);
    expect(await first.textContent()).toContain('How it works: Failure model');
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/docs/architecture#failure-model');
  });

  it('copy the commands of a tour without the answers', async () => {
    await page.goto(`${workerd.url}/docs/http`);
    await page.evaluate(() => {
      navigator.clipboard.writeText = async (text) => void Object.assign(globalThis, { copied: text });
    });
    const block = page.locator('.code', { hasText: '"repeated":true' });
    await block.hover();
    await block.getByRole('button', { name: 'Copy' }).click();
    await block.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = await page.evaluate(() => (globalThis as unknown as { copied: string }).copied);
    expect(copied.match(/^curl /gm)).toHaveLength(3);
    expect(copied).not.toContain('#>');
    expect(
      await block
        .locator('.answer')
        .first()
        .evaluate((line) => getComputedStyle(line).userSelect),
    ).toBe('none');
  });

  it('break no name in the first column of a table, on a phone either', async () => {
    await page.setViewportSize({ width: 390, height: 850 });
    await page.goto(`${workerd.url}/docs/problems`);
    const heights = await page
      .locator('td:first-child code')
      .evaluateAll((names) => names.map((name) => name.getClientRects().length));
    expect(heights.length).toBeGreaterThan(40);
    expect(Math.max(...heights)).toBe(1);
  });

  it('have a Markdown twin, and are listed in llms.txt', async () => {
    const twin = await fetch(`${workerd.url}/docs/architecture.md`);
    expect(twin.headers.get('Content-Type')).toBe('text/markdown; charset=utf-8');
    expect(await twin.text()).toMatch(/^# How it works/);
    expect(await (await fetch(`${workerd.url}/llms.txt`)).text()).toContain('](/docs/architecture.md)');
  });

  it('that are not there are 404, from the service', async () => {
    for (const path of ['/docs/none', '/docs/../_headers', '/_headers', '/docs.html/', '/none.js']) {
      const answer = await fetch(`${workerd.url}${path}`);
      expect(answer.status, path).toBe(404);
      expect(((await answer.json()) as { type: string }).type).toBe('urn:changebucket:problem:not-found');
    }
  });

  it('have printed no errors', () => {
    expect(complaints).toEqual([]);
  });
});
