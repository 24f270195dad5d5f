import { afterAll, afterEach, beforeAll } from 'vitest';
import { harnessFolder } from './chromium.ts';
import { Workerd } from './servers.ts';

/** What a browser of either driver can do at the end of a test. */
interface Closable {
  close(): Promise<unknown>;
}

/**
 * For the tests of one file: a server that has the SDK as its page, and browsers that are closed after each test.
 *
 * @param open opens a browser, with a profile where the same one is to be opened again
 */
export const harnessServer = <Browser extends Closable>(open: (profile?: string) => Promise<Browser>) => {
  let workerd: Workerd;
  let browsers: Browser[] = [];
  let made = 0;
  const freshName = (): string => {
    made += 1;
    return `me/browser-${made}`;
  };
  beforeAll(async () => {
    workerd = await Workerd.prepare({ pages: harnessFolder() });
    await workerd.start();
  });
  afterAll(() => workerd?.kill());
  afterEach(async () => {
    for (const browser of browsers) await browser.close().catch(() => undefined);
    browsers = [];
  });
  return {
    server: {
      get url(): string {
        return workerd.url;
      },
      start: (): Promise<void> => workerd.start(),
      kill: (): Promise<void> => workerd.kill(),
    },
    browser: async (profile?: string): Promise<Browser> => {
      const opened = await open(profile);
      browsers.push(opened);
      return opened;
    },
    /** A name that no application has yet. */
    freshName,
    /** Creates an application of the kind `todos`. @returns its name */
    freshTodos: async (): Promise<string> => {
      const application = freshName();
      await fetch(`${workerd.url}/v1/apps/${application}`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json' },
        body: '{"kind":"todos"}',
      });
      return application;
    },
  };
};
