import { root } from '../../src/cli/bundle.ts';
import { madeOnce } from './made-once.ts';
import { pack } from './new-project.ts';

/** The path of this package's tarball, as npm would publish it. */
export const packedPackage = (): string => madeOnce('package', (folder) => pack(root, folder));
