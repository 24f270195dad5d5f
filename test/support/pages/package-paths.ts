import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../src/cli/bundle.ts';

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

/** The source file of each entry of the package: `changebucket/react` is `src/react/react.ts`. */
export const packagePaths = (): Record<string, string> => {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  return Object.fromEntries(
    Object.entries(exports).flatMap(([name, entry]) =>
      typeof entry === 'string' ? [] : [[`changebucket${name.slice(1)}`, sourceOf(entry.types)]],
    ),
  );
};

const sourceOf = (types: string): string => {
  const stem = join(root, types.replace('./dist/', 'src/').replace(/\.d\.ts$/, ''));
  const source = [`${stem}.ts`, `${stem}.tsx`].find((path) => existsSync(path));
  if (source === undefined) throw new Error(`package.json exports ${types}, which no file of src makes`);
  return source;
};
