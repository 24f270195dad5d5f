import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The names that wrangler looks for, in its order. */
const NAMES = ['wrangler.json', 'wrangler.jsonc', 'wrangler.toml'];

/** The path of wrangler's configuration in a folder; undefined when it has none. */
export const wranglerConfigIn = (folder: string): string | undefined =>
  NAMES.map((name) => join(folder, name)).find((path) => existsSync(path));

/** The Worker's module as the configuration names it, in JSON or TOML; undefined where it names none. */
export const entryOf = (config: string): string | undefined => {
  const [, main] = /^[\s{]*"?main"?\s*[=:]\s*["']([^"'\n]+)["']/m.exec(readFileSync(config, 'utf8')) ?? [];
  return main === undefined ? undefined : resolve(config, '..', main);
};
