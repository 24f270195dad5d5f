import { readFileSync } from 'node:fs';
import type { BrowserContext } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { browserPath, complaintsOf, openBrowser } from '../support/chromium.ts';
import { applicationOf, clientBlockOf, clientModule } from '../support/readme-client.ts';
import { tokenOf } from '../support/served.ts';
import { Command, freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/wait.ts';

let dev: Command | undefined;
let context: BrowserContext | undefined;
afterEach(async () => {
  await context?.close();
  await dev?.stop();
});

describe.skipIf(browserPath === undefined)('README', () => {
  it('[L2] the lines of TypeScript that open a client run as they stand against `npm run dev`, in Chromium', async () => {
    const [port, inspector] = [String(await freePort()), String(await freePort())];
    const args = ['--port', port, '--persist-to', temporaryFolder(), '--inspector-port', inspector];
    dev = new Command(['--env-file=.tools.env', 'src/cli/dev.ts', ...args]);
    await dev.prints(/A first change:/);
    const url = `http://localhost:${port}`;
    const block = clientBlockOf(readFileSync('README.md', 'utf8'));
    const script = clientModule(block, url, await tokenOf('alice'));
    context = await openBrowser();
    const page = await context.newPage();
    const complaints = complaintsOf(page);
    await page.route(`${url}/first`, (route) =>
      route.fulfill({ contentType: 'text/html', body: `<!doctype html><script type="module">${script}</script>` }),
    );
    await page.goto(`${url}/first`);
    const rendered = () => page.evaluate(() => (globalThis as unknown as { rendered?: string[] }).rendered ?? []);
    await until(async () => (await rendered()).length > 1);
    expect(await rendered()).toEqual(['1', '0']);
    const read = async () =>
      (await (await fetch(`${url}/v1/apps/${applicationOf(block)}/log`)).json()) as { entries: unknown[] };
    await until(async () => (await read()).entries.length === 2);
    expect(await read()).toMatchObject({
      entries: [
        { name: 'add', args: { text: 'Milk' }, outcome: 'applied' },
        { name: 'remove', outcome: 'applied' },
      ],
    });
    expect(complaints).toEqual([]);
  });
});
