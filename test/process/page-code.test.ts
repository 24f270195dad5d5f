import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CodeBlock, codeBlocks } from '../support/pages/code-blocks.ts';
import { pathOf, writeModules } from '../support/pages/module-folder.ts';
import { packagePaths } from '../support/pages/package-paths.ts';
import { type PageModule, pageModules, runtimeOf } from '../support/pages/page-modules.ts';
import { runInNode, startAsWorker } from '../support/pages/run-module.ts';
import { Workerd } from '../support/servers.ts';

// Every line of code in the README and in docs is run, or checked, or says why not. Tours are run by readme.test.ts.

const pages = ['README.md', ...globSync('docs/*.md').sort()].map((path) => ({
  path,
  text: readFileSync(path, 'utf8'),
}));
const blocks: readonly CodeBlock[] = pages.flatMap(({ path, text }) => codeBlocks(path, text));
const modules = pages.flatMap(({ path }) => pageModules(blocks.filter(({ page }) => page === path)));
/** The blocks of code that say why they are not run or not checked. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'README.md': '1 not run, 0 not checked',
  'docs/auth.md': '1 not run, 0 not checked',
  'docs/commands.md': '4 not run, 0 not checked',
  'docs/hosting.md': '6 not run, 4 not checked',
  'docs/http.md': '1 not run, 0 not checked',
  'docs/operate.md': '4 not run, 1 not checked',
  'docs/own-worker.md': '1 not run, 1 not checked',
  'docs/quickstart.md': '12 not run, 3 not checked',
  'docs/solid.md': '1 not run, 0 not checked',
  'docs/tanstack-db.md': '1 not run, 0 not checked',
};

const lineOf = ({ page, line }: CodeBlock): string => `${page}:${line}`;
const titled = (runtime: string): (readonly [string, PageModule])[] =>
  modules
    .filter((module) => module.notRun === undefined && runtimeOf(module) === runtime)
    .map((module) => [`${module.page}, ${module.file}`, module]);

let workerd: Workerd;
let configs: readonly string[];

beforeAll(async () => {
  workerd = await Workerd.prepare();
  await workerd.start();
  configs = writeModules(modules, workerd.url);
});
afterAll(() => workerd.kill());

describe('the code in the pages', () => {
  it('of a shell is a tour that is run, or says why it is not', () => {
    const silent = blocks.filter(
      ({ language, isTour, notRun }) =>
        ['sh', 'bash', 'shell', 'console'].includes(language) && !isTour && notRun === undefined,
    );
    expect(silent.map(lineOf), 'mark them: ```sh tour, or ```sh not-run="needs an account"').toEqual([]);
  });

  it('in other languages says why it is not checked', () => {
    // Components are compiled and run by test/unit/frameworks/pages.test.ts.
    const known = ['', 'text', 'mermaid', 'sh', 'ts', 'tsx', 'js', 'jsx', 'json', 'toml', 'svelte', 'vue'];
    const others = blocks.filter(({ language, notChecked }) => !known.includes(language) && notChecked === undefined);
    expect(others.map(lineOf), 'mark them: ```astro not-checked="needs the compiler of Astro"').toEqual([]);
  });

  it('that is JSON parses', () => {
    for (const { language, text } of blocks) if (language === 'json') JSON.parse(text);
  });

  it('that is TypeScript passes the compiler against the package', () => {
    for (const config of configs) {
      const { stdout } = spawnSync('npx', ['tsc', '-p', config], { encoding: 'utf8' });
      // src has stricter options than a new project, and is checked with them elsewhere.
      expect(stdout.split('\n').filter((text) => text.includes('page-modules'))).toEqual([]);
    }
  });

  it.each(titled('node'))('runs in Node: %s', async (_, module) => {
    expect(await runInNode(module, workerd.url)).toEqual({ code: 0, printed: '' });
  });

  it.each(titled('worker'))('starts as a Worker: %s', async (_, module) => {
    const started = await startAsWorker(module);
    await started.kill();
  });

  it('the Worker of the README needs no assets: it has the API, and neither the demo nor the docs', async () => {
    const module = modules.find(({ page, file }) => page === 'README.md' && file === 'worker.ts');
    expect(module).toBeDefined();
    if (module === undefined) return;
    const started = await startAsWorker(module);
    const statusOf = async (path: string): Promise<number> => (await fetch(`${started.url}${path}`)).status;
    expect(await Promise.all(['/', '/docs', '/page.js', '/openapi.json'].map(statusOf))).toEqual([404, 404, 404, 200]);
    await started.kill();
  });

  it('[S2] the Worker of the page on React renders the state, with a seed that is current', async () => {
    const module = modules.find(({ page, file }) => page === 'docs/react.md' && file === 'render-worker.tsx');
    const started = await startAsWorker(module as PageModule);
    const path = `${started.url}/v1/apps/me/list`;
    const body = JSON.stringify({ name: 'add', args: { id: 'milk', text: '</script>Milk' } });
    const headers = { 'Content-Type': 'application/json', 'Changebucket-Kind': 'todos', Prefer: 'wait=5' };
    expect((await fetch(`${path}/changes/c/1`, { method: 'PUT', body, headers })).status).toBe(200);
    const page = await (await fetch(started.url)).text();
    expect(page).toContain('<main><section><button>&lt;/script&gt;Milk</button> <!-- -->Saved</section></main>');
    const seed = JSON.parse(/id="seed">(.*?)<\/script>/.exec(page)?.[1] ?? '') as { state: unknown; etag: string };
    const known = await fetch(`${path}/state`, { headers: { 'If-None-Match': seed.etag } });
    expect([known.status, seed.state]).toEqual([304, { items: { milk: { text: '</script>Milk', done: false } } }]);
    await started.kill();
  });

  it.each(titled('test'))('is a test that passes: %s', (_, module) => {
    const config = join(dirname(pathOf(module)), 'vitest.config.mjs');
    writeFileSync(
      config,
      `export default { resolve: { alias: ${JSON.stringify(aliases())} }, test: { include: ['**/*.test.*'] } };\n`,
    );
    execFileSync('npx', ['vitest', 'run', '--root', dirname(config), '--config', config, basename(module.file)], {
      encoding: 'utf8',
    });
  });

  it('that is neither run nor checked is counted', () => {
    const exceptions = pages.flatMap(({ path }): [string, string][] => {
      const own = blocks.filter(({ page }) => page === path);
      const notRun = own.filter((block) => block.notRun !== undefined).length;
      const notChecked = own.filter((block) => block.notChecked !== undefined).length;
      return notRun + notChecked === 0 ? [] : [[path, `${notRun} not run, ${notChecked} not checked`]];
    });
    expect(blocks.length).toBeGreaterThan(40);
    expect(Object.fromEntries(exceptions)).toEqual(EXCEPTIONS);
  });
});

/** The longest names first: vite replaces by prefix. */
const aliases = (): Record<string, string> =>
  Object.fromEntries(Object.entries(packagePaths()).sort(([a], [b]) => b.length - a.length));
