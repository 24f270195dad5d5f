import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { packedName } from './src/template-files.ts';

// The template is the example of the repository: there is no second copy of it to maintain.

const example = join(import.meta.dirname, '../examples/board');
const template = join(import.meta.dirname, 'template');

/** What tools have made in the example: exactly what git ignores there. */
const ignored = new Set(
  readFileSync(join(example, '.gitignore'), 'utf8')
    .split('\n')
    .map((line) => line.replace(/\/$/, '')),
);

rmSync(template, { recursive: true, force: true });
mkdirSync(template);
for (const name of readdirSync(example)) {
  if (ignored.has(name) || name === 'package-lock.json') continue;
  cpSync(join(example, name), join(template, packedName(name)), { recursive: true });
}
cpSync(join(import.meta.dirname, '../LICENSE'), join(import.meta.dirname, 'LICENSE'));
