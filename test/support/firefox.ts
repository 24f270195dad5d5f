import { existsSync } from 'node:fs';
import puppeteer, { type Browser } from 'puppeteer-core';
import { temporaryFolder } from './temporary-folder.ts';

const PLACES = ['/usr/bin/firefox-esr', '/usr/bin/firefox'];

/** Undefined where there is none: then its tests are reported as skipped. */
export const firefoxPath = [process.env['FIREFOX'] ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));

/** Nothing of its own on the network, and no first page that asks. */
const PREFERENCES = {
  'app.normandy.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,',
};

/** By WebDriver BiDi: Playwright drives no Firefox as it is released. @param profile lasts as long as the folder */
export const openFirefox = (profile = temporaryFolder()): Promise<Browser> =>
  puppeteer.launch({
    browser: 'firefox',
    executablePath: firefoxPath ?? '',
    userDataDir: profile,
    headless: true,
    extraPrefsFirefox: PREFERENCES,
  });

/** At once, as a crash: what is not on the disk is gone. Resolves when it is. */
export const killFirefox = async (browser: Browser): Promise<void> => {
  const child = browser.process();
  const ended = new Promise((resolve) => child?.once('exit', resolve));
  child?.kill('SIGKILL');
  await ended;
};
