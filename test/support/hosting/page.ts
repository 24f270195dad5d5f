import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../src/cli/bundle.ts';
import { codeBlocks } from '../pages/code-blocks.ts';

/** A file as docs/hosting.md shows it. One without an ending is found by the language of its block. */
export const hostingFile = (name: string): string => {
  const block = codeBlocks('docs/hosting.md', readFileSync(join(root, 'docs/hosting.md'), 'utf8')).find(
    ({ file, language }) => file === name || language === name.toLowerCase(),
  );
  if (block === undefined) throw new Error(`docs/hosting.md has no ${name}`);
  return block.text;
};
