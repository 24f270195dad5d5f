import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { SECTIONS, UNLISTED } from './pages.ts';
import { buildSite } from './site.ts';

// Writes the documentation site into `public`, so that every deployment documents itself.

const root = resolve(import.meta.dirname, '../..');
const output = join(root, 'public');

const files = buildSite({
  sections: SECTIONS,
  unlisted: UNLISTED,
  read: (source) => readFileSync(join(root, source), 'utf8'),
});

rmSync(join(output, 'docs'), { recursive: true, force: true });
for (const [path, text] of files) {
  mkdirSync(dirname(join(output, path)), { recursive: true });
  writeFileSync(join(output, path), text);
}
buildSync({
  entryPoints: [join(import.meta.dirname, 'search-box.ts')],
  bundle: true,
  format: 'esm',
  minify: true,
  outfile: join(output, 'docs', 'search.js'),
});
