import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../src/cli/bundle.ts';
import { codeBlocks } from '../pages/code-blocks.ts';

/** A file as docs/hosting.md, or another page, shows it. One without an ending is found by the language of its block. */
export const hostingFile = (name: string, page: string = 'docs/hosting.md'): string => {
  const block = codeBlocks(page, readFileSync(join(root, page), 'utf8')).find(
    ({ file, language }) => file === name || language === name.toLowerCase(),
  );
  if (block === undefined) throw new Error(`${page} has no ${name}`);
  return block.text;
};
