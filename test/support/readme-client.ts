import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { root } from '../../src/cli/bundle.ts';

/** What the README's client has done. */
export interface ClientRun {
  /** What `render` was called with, as JSON. */
  readonly rendered: readonly string[];
}

/** The README's first block of TypeScript that opens a client, as it stands. */
export const clientBlockOf = (readme: string): string => {
  for (const [, block = ''] of readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)) {
    if (block.includes('createClient(')) return block;
  }
  throw new Error('The README opens no client.');
};

/** What the block refers to and leaves to its reader. A token: whose it is does not matter where access is open. */
const given = (origin: string, token: string): string => `
globalThis.location ??= { origin: ${JSON.stringify(origin)} };
globalThis.token = async () => ${JSON.stringify(token)};
globalThis.rendered = [];
globalThis.render = (shown) => rendered.push(JSON.stringify(shown));
`;

/** The block as a module to run, bundled with the SDK and with the kind `todos` of this repository. */
export const clientModule = (block: string, origin: string, token: string): string => {
  const { outputFiles } = buildSync({
    // There is a `./todos`.
    stdin: { contents: block, resolveDir: join(root, 'src/applications'), loader: 'ts' },
    banner: { js: given(origin, token) },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    alias: { changebucket: join(root, 'src/client/index.ts') },
  });
  return outputFiles[0]?.text ?? '';
};
