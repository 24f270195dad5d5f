import { execFileSync } from 'node:child_process';
import { root } from '../../src/cli/bundle.ts';

/** Packs this package, as npm would publish it, into a folder. @returns what `npm install` in that folder takes */
export const packInto = (folder: string): string => {
  const printed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [{ filename }]: [{ filename: string }] = JSON.parse(printed);
  return `./${filename}`;
};
