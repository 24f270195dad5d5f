import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Loader, type OnLoadResult, type Plugin } from 'esbuild';
import { root } from '../../../src/cli/bundle.ts';
import { type CodeBlock, codeBlocks } from './code-blocks.ts';
import { packagePaths } from './package-paths.ts';

/** Compiles a component to JavaScript or TypeScript that esbuild can read. */
export type Compile = (source: string, file: string) => OnLoadResult;

/** What the build of an application defines. Vue warns where its flags are missing. */
const DEFINITIONS = {
  'process.env.NODE_ENV': '"development"',
  __VUE_OPTIONS_API__: 'true',
  __VUE_PROD_DEVTOOLS__: 'false',
  __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
};

/**
 * Bundles a module of a page with the libraries that it uses, as a build for browsers does.
 *
 * @param page `docs/svelte.md`
 * @param file the name of the block: `List.svelte`
 * @param compile for components, which esbuild cannot read by itself
 * @returns the path of the bundle, to be imported
 */
export const bundlePage = async (page: string, file: string, compile?: Compile): Promise<string> => {
  const blocks = codeBlocks(page, readFileSync(join(root, page), 'utf8')).filter((block) => block.file !== undefined);
  const outfile = join(root, '.wrangler', 'page-bundles', `${file}-${process.pid}.mjs`);
  await build({
    entryPoints: [`./${file}`],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    conditions: ['browser', 'development'],
    define: DEFINITIONS,
    plugins: [blocksPlugin(blocks, compile)],
    logLevel: 'silent',
  });
  return outfile;
};

/** Resolves `./todos.ts` to the block of that name, and the package to its source. */
const blocksPlugin = (blocks: readonly CodeBlock[], compile: Compile | undefined): Plugin => ({
  name: 'blocks of a page',
  setup: ({ onResolve, onLoad }) => {
    const paths = packagePaths();
    onResolve({ filter: /^changebucket/ }, ({ path }) => ({ path: paths[path] ?? path }));
    onResolve({ filter: /^\.\/[\w-]+\.\w+$/ }, ({ path, namespace, kind }) =>
      namespace === 'page' || kind === 'entry-point' ? { path: path.slice(2), namespace: 'page' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'page' }, ({ path }) => {
      const block = blocks.find(({ file }) => file === path);
      if (block === undefined) throw new Error(`the page has no block ${path}`);
      const isPlain = path.endsWith('.ts') || compile === undefined;
      const loaded = isPlain ? { contents: block.text, loader: block.language as Loader } : compile(block.text, path);
      return { ...loaded, resolveDir: root };
    });
  },
});
