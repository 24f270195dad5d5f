import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { Workerd } from '../servers.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { pathOf } from './module-folder.ts';
import { packagePaths } from './package-paths.ts';
import type { PageModule } from './page-modules.ts';

/** A module that has not ended by then hangs. */
const LIMIT_MS = 30_000;

const bundleModule = (entry: string, outfile: string, external: readonly string[]): void => {
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    jsx: 'automatic',
    alias: packagePaths(),
    external: [...external],
    logLevel: 'silent',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
};

/**
 * Imports a module in a Node of its own, with `location` and the development server of the pages at a URL.
 *
 * @returns what it printed on standard error, and its exit code; 0 when it ran to its end
 */
export const runInNode = async (module: PageModule, url: string): Promise<{ code: number | null; printed: string }> => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'entry.mjs'),
    `globalThis.location = new URL(${JSON.stringify(url)});\nawait import('./module.mjs');\nprocess.exit(0);\n`,
  );
  bundleModule(pathOf(module), join(folder, 'module.mjs'), []);
  const child = spawn(process.execPath, [join(folder, 'entry.mjs')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: LIMIT_MS,
  });
  let printed = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { code, printed };
};

/** Starts a Worker module under plain workerd, without any pages, until it answers `/healthz`. Whoever asked stops it. */
export const startAsWorker = async (module: PageModule): Promise<Workerd> => {
  const folder = temporaryFolder();
  buildSync({
    entryPoints: [pathOf(module)],
    outfile: join(folder, 'index.js'),
    bundle: true,
    format: 'esm',
    alias: packagePaths(),
    conditions: ['workerd', 'worker'],
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['cloudflare:*', 'node:*'],
  });
  writeFileSync(join(folder, 'main.js'), "export * from './index.js';\nexport { default } from './index.js';\n");
  writeFileSync(join(folder, 'assets.js'), '');
  const workerd = await Workerd.prepare({ bundle: folder, pages: temporaryFolder() });
  await workerd.start();
  return workerd;
};
