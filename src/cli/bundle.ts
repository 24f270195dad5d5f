import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';

/** The folder of the repository. */
export const root = resolve(import.meta.dirname, '../..');

/** Pages and API share one isolate, so that the pages do not cost the API a hop. */
const MAIN = `import service, { Application, Directory } from './index.js';
import { pageFor } from './assets.js';
export { Application, Directory };
export default {
  fetch: (request, env, ctx) => {
    const page = pageFor(request, env.PUBLIC);
    const answer = () => service.fetch(request, env, ctx);
    return page === undefined ? answer() : page.then((found) => found ?? answer());
  },
};
`;

/**
 * Builds the bundle that `wrangler deploy` would upload, and a module that serves the static pages.
 *
 * @param name of a folder in `.wrangler`
 * @returns the folder that holds `main.js`, `index.js` and `assets.js`
 * @throws Error with wrangler's output when the build fails
 */
export const bundle = (name: string): string => {
  const out = join(root, '.wrangler', name);
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const args = [`--env-file=${join(root, '.tools.env')}`, wrangler, 'deploy', '--dry-run', '--outdir', out];
  const built = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`The bundle could not be built:\n${built.stdout}${built.stderr}`);
  const assets = join(root, 'src/cli/assets.ts');
  buildSync({ entryPoints: [assets], outfile: join(out, 'assets.js'), bundle: true, format: 'esm' });
  writeFileSync(join(out, 'main.js'), MAIN);
  return out;
};
