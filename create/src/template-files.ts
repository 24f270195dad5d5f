/**
 * npm leaves out or renames files that begin with a dot, such as .gitignore. In the package they begin with an underscore.
 */
export const packedName = (name: string): string => name.replace(/^\./, '_');

/** The name in the project of a file of the package. */
export const unpackedName = (name: string): string => name.replace(/^_/, '.');

/** The name that the template has: that of the project takes its place. */
export const TEMPLATE_NAME = 'changebucket-board';

/** The files that name the project. */
export const NAMING_FILES: readonly string[] = ['README.md', 'package.json', 'wrangler.jsonc'];
