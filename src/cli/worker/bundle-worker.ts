import { writeFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Esbuild from 'esbuild';
import { CommandError } from '../command-line/command-error.ts';
import { findPackage } from '../processes/find-package.ts';

/** Pages and API share one isolate, so that the pages do not cost the API a hop. */
const MAIN = `import service, { Application, Directory } from './index.js';
import { withPages } from './assets.js';
export { Application, Directory };
export default { fetch: withPages(service) };
`;

/** TypeScript in the repository, JavaScript in the package. */
const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
const besides = (path: string): string => fileURLToPath(new URL(path + EXTENSION, import.meta.url).href);

/** The Worker with the kinds that this package brings. */
export const BUILT_IN = besides('../../index');

/** As wrangler resolves and loads them. */
const SETTINGS = {
  bundle: true,
  format: 'esm',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser'],
  mainFields: ['browser', 'module', 'main'],
  external: ['cloudflare:*', 'node:*'],
  alias: Object.fromEntries(
    builtinModules.filter((name) => !name.startsWith('node:')).map((name) => [name, `node:${name}`]),
  ),
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.txt': 'text', '.html': 'text', '.sql': 'text' },
  logLevel: 'silent',
  sourcemap: 'external',
  sourcesContent: false,
  metafile: true,
} satisfies Esbuild.BuildOptions;

/**
 * Bundles a Worker for plain workerd: `index.js` is the Worker itself, `assets.js` serves static files, and `main.js` has
 * both. `index.js.map` says where each place of `index.js` comes from.
 *
 * @param entry the module that exports the Worker as default, `Application` and `Directory`
 * @param folder for these files; it must exist
 * @throws CommandError with esbuild's messages when the Worker cannot be built, or lacks an export
 */
export const bundleWorker = (entry: string, folder: string): void => {
  const esbuild: typeof Esbuild = createRequire(import.meta.url)(findPackage('esbuild', 'changebucket serve').folder);
  const exported = build(esbuild, entry, join(folder, 'index.js'));
  build(esbuild, besides('./assets'), join(folder, 'assets.js'));
  writeFileSync(join(folder, 'main.js'), MAIN);
  // Its process would stay as long as this one.
  void esbuild.stop();
  const missing = ['default', 'Application', 'Directory'].filter((name) => !exported.includes(name));
  if (missing.length > 0) throw missingExports(entry, missing);
};

/** @returns the names of the exports */
const build = (esbuild: typeof Esbuild, entry: string, outfile: string): readonly string[] => {
  try {
    const { metafile } = esbuild.buildSync({ ...SETTINGS, entryPoints: [entry], outfile });
    return Object.values(metafile.outputs).flatMap(({ exports }) => exports);
  } catch (error) {
    throw new CommandError('failed', `${entry} could not be built:\n${messagesOf(esbuild, error)}`);
  }
};

const messagesOf = (esbuild: typeof Esbuild, error: unknown): string => {
  const errors = error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors : [];
  return errors.length === 0 ? String(error) : esbuild.formatMessagesSync(errors, { kind: 'error' }).join('');
};

const missingExports = (entry: string, missing: readonly string[]): CommandError =>
  new CommandError(
    'failed',
    `${entry} does not export ${missing.join(', ')}. A Worker of your own ends with:

  const { worker, Application, Directory } = changebucket([yourKind]);
  export { Application, Directory };
  export default worker;`,
  );
