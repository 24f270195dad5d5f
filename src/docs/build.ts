import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type BuildOptions, buildSync } from 'esbuild';
import { SECTIONS, UNLISTED } from './pages.ts';
import { buildSite } from './site.ts';

// Writes what is built of `public`: the script of the page at `/`, and the documentation site, so that every deployment
// documents itself. A server may be reading the folder, and another build may be writing it: each file is replaced as a
// whole, and only what no page is made of any more is removed.

const root = resolve(import.meta.dirname, '../..');
const output = join(root, 'public');
const drafts = join(root, '.wrangler');

const script = (source: string, options: BuildOptions = {}): string => {
  const entryPoints = [join(root, 'src', source)];
  const built = buildSync({ entryPoints, bundle: true, format: 'esm', minify: true, write: false, ...options });
  return built.outputFiles?.[0]?.text ?? '';
};

const files = new Map([
  ...buildSite({
    sections: SECTIONS,
    unlisted: UNLISTED,
    read: (source) => readFileSync(join(root, source), 'utf8'),
  }),
  ['docs/search.js', script('docs/search-box.ts')],
  ['page.js', script('demo/page.tsx', { jsx: 'automatic', define: { 'process.env.NODE_ENV': '"production"' } })],
]);

mkdirSync(drafts, { recursive: true });
for (const [path, text] of files) {
  const draft = join(drafts, `draft-${process.pid}`);
  writeFileSync(draft, text);
  mkdirSync(dirname(join(output, path)), { recursive: true });
  renameSync(draft, join(output, path));
}
for (const name of readdirSync(join(output, 'docs'), { recursive: true, encoding: 'utf8' })) {
  const file = join(output, 'docs', name);
  if (!files.has(`docs/${name}`) && statSync(file, { throwIfNoEntry: false })?.isFile()) rmSync(file, { force: true });
}
