import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { root } from '../../src/cli/bundle.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
];

/** Undefined where there is none: then the browser tests are reported as skipped. */
export const browserPath = [process.env['CHROMIUM'] ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));

const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A browser with a profile that lasts as long as the folder: closing and opening it again is a new start of the same. */
export const openBrowser = (profile = temporaryFolder()): Promise<BrowserContext> =>
  chromium.launchPersistentContext(profile, {
    ...(browserPath === undefined ? {} : { executablePath: browserPath }),
    headless: true,
    viewport: { width: 1280, height: 900 },
    args: QUIET,
  });

/** Ends the browser of a profile as a crash would: it cannot say a word to its pages, nor write anything down. */
export const killBrowser = async (browser: BrowserContext, profile: string): Promise<void> => {
  const closed = new Promise((resolve) => browser.once('close', resolve));
  const pids = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isBrowserOf(pid, profile));
  if (pids.length !== 1) throw new Error(`${pids.length} browsers have the profile ${profile}`);
  process.kill(Number(pids[0]), 'SIGKILL');
  await closed;
};

/** The process of the browser itself: those of its pages and services have a type. */
const isBrowserOf = (pid: string, profile: string): boolean => {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.includes(`--user-data-dir=${profile}`) && !words.some((word) => word.startsWith('--type='));
  } catch {
    // It has ended meanwhile.
    return false;
  }
};

/** Everything that a page complains of while it is open. */
export const complaintsOf = (page: Page): string[] => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    // What the network does is part of the tests.
    const isNetwork = /Failed to load resource|WebSocket connection|net::ERR/.test(message.text());
    if (message.type() === 'error' && !isNetwork) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
};

/** A folder with a page that has nothing on it but one script. Default: the SDK, as `window.changebucket`. */
export const harnessFolder = (script = 'harness.ts'): string => {
  const folder = temporaryFolder();
  const entryPoints = [join(root, 'test/browser', script)];
  const define = { 'process.env.NODE_ENV': '"development"' };
  buildSync({ entryPoints, bundle: true, format: 'iife', define, outfile: join(folder, 'page.js') });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><body><script src="/page.js"></script>');
  return folder;
};
