import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BUILT_IN, bundleWorker } from './worker/bundle-worker.ts';

/** The folder of the repository. */
export const root = resolve(import.meta.dirname, '../..');

/**
 * Builds the pages of this repository, and its Worker as `npm run serve` runs it.
 *
 * @param name of a folder in `.wrangler`
 * @returns the folder that holds `main.js`, `index.js` and `assets.js`
 * @throws Error when the Worker cannot be built
 */
export const bundle = (name: string): string => {
  const out = join(root, '.wrangler', name);
  mkdirSync(out, { recursive: true });
  buildPages();
  bundleWorker(BUILT_IN, out);
  return out;
};

/** A server without its pages still serves: a build that fails is told, and does not stop it. */
export const buildPages = (): void => {
  const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0)
    console.error(`The pages are left as they were, because they could not be built:\n${built.stdout}${built.stderr}`);
};
