import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { root } from '../../src/cli/bundle.ts';
import { codeBlocks } from './pages/code-blocks.ts';

/** What the README's client has done. */
export interface ClientRun {
  /** What `render` was called with, as JSON. */
  readonly rendered: readonly string[];
}

/** The README's first block of TypeScript that opens a client, as it stands. */
export const clientBlockOf = (readme: string): string => {
  const found = codeBlocks('README.md', readme).find(
    ({ language, text }) => language === 'ts' && text.includes('createClient('),
  );
  if (found === undefined) throw new Error('The README opens no client.');
  return found.text;
};

/** The application that the block opens. */
export const applicationOf = (block: string): string => /application: '([^']+)'/.exec(block)?.[1] ?? '';

/** What a block may refer to and leaves to its reader; and what it shows is kept. */
const given = (origin: string, token: string): string => `
globalThis.location ??= { origin: ${JSON.stringify(origin)} };
globalThis.token = async () => ${JSON.stringify(token)};
globalThis.rendered = [];
globalThis.render = (shown) => rendered.push(JSON.stringify(shown));
console.log = render;
`;

/**
 * The block as a module to run, bundled with the SDK and with the kind `todos` of this repository.
 *
 * @param origin of the server that takes the place of `npm run dev`
 * @param token whose it is does not matter where access is open
 */
export const clientModule = (block: string, origin: string, token: string): string => {
  const { outputFiles } = buildSync({
    // There is a `./todos`.
    stdin: {
      contents: block.replaceAll('http://localhost:8787', origin),
      resolveDir: join(root, 'src/applications'),
      loader: 'ts',
    },
    banner: { js: given(origin, token) },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    alias: { changebucket: join(root, 'src/client/index.ts') },
  });
  return outputFiles[0]?.text ?? '';
};
