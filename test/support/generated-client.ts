import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../src/cli/bundle.ts';

// openapi-typescript makes TypeScript with the API of the compiler, which TypeScript 7 does not have yet: it gets the one
// of API Extractor.
const require = createRequire(createRequire(import.meta.url).resolve('@microsoft/api-extractor'));
const withApi = pathToFileURL(require.resolve('typescript')).href;
registerHooks({
  resolve: (name, context, next) =>
    name === 'typescript' && context.parentURL?.includes('/openapi-typescript/') === true
      ? { url: withApi, shortCircuit: true }
      : next(name, context),
});

/** A folder with a client that is generated from an OpenAPI document, and the tour that uses it. */
export const generateClient = async (name: string, document: object): Promise<string> => {
  const { astToString, default: generate } = await import('openapi-typescript');
  const folder = join(root, '.wrangler/generated-client', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'changebucket.d.ts'),
    astToString(await generate(document as Parameters<typeof generate>[0])),
  );
  cpSync(join(root, 'examples/openapi/tour.ts'), join(folder, 'tour.ts'));
  const compilerOptions = { types: ['node'], lib: ['es2024', 'dom', 'dom.iterable'] };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: '../../../tsconfig.json', files: ['tour.ts'], compilerOptions }),
  );
  return folder;
};

/** What the compiler finds wrong in such a folder; '' for nothing. */
export const typeErrorsIn = (folder: string): string =>
  spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { encoding: 'utf8' }).stdout;
