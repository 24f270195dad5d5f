import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError } from '../command-line/command-error.ts';

/** What is read of a `package.json`. */
interface Manifest {
  readonly version: string;
  readonly engines?: { readonly node?: string };
}

/** A package that the project brings. */
export interface FoundPackage extends Manifest {
  readonly folder: string;
}

/**
 * Finds a package that commands use but do not bring: where the project would find it, then beside wrangler, which
 * brings workerd and esbuild of its own, then beside this package.
 *
 * @param user the command that needs it
 * @throws CommandError that names the line to install it
 */
export const findPackage = (name: string, user: string): FoundPackage => {
  const folder = locate(name);
  if (folder === undefined) throw missingPackages([name], user);
  const manifest: Manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return { ...manifest, folder };
};

/**
 * Checks that all packages of a command can be found, so that one line installs all that are missing.
 *
 * @throws CommandError that names this line
 */
export const checkPackages = (names: readonly string[], user: string): void => {
  const missing = names.filter((name) => locate(name) === undefined);
  if (missing.length > 0) throw missingPackages(missing, user);
};

const missingPackages = (names: readonly string[], user: string): CommandError => {
  const [packages, them] = names.length === 1 ? ['package', 'it'] : ['packages', 'them'];
  const list = names.join(' and ');
  return new CommandError(
    'failed',
    `${user} needs the ${packages} ${list}. Install ${them}: npm i -D ${names.join(' ')}`,
  );
};

const locate = (name: string): string | undefined => {
  const importers = [join(process.cwd(), 'package.json'), import.meta.url];
  const wrangler = folderOf('wrangler', importers);
  return folderOf(name, wrangler === undefined ? importers : [...importers, join(wrangler, 'package.json')]);
};

/** @param from files that could import the package */
const folderOf = (name: string, from: readonly string[]): string | undefined => {
  const folder = from
    .flatMap((file) => createRequire(file.startsWith('file:') ? file : pathToFileURL(file)).resolve.paths(name) ?? [])
    .map((modules) => join(modules, name))
    .find((each) => existsSync(join(each, 'package.json')));
  // A package manager may link to where the package, and what it brings, really is.
  return folder === undefined ? undefined : realpathSync(folder);
};
