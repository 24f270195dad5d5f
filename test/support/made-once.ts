import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../src/cli/bundle.ts';
import { temporaryFolder } from './temporary-folder.ts';

const STEP_MS = 100;
/** Tells a file that failed to make it from a machine that is slow: the package takes half a minute on a busy one. */
const LIMIT_MS = 240_000;

/** One folder for each run of the tests; else one of this process. */
const folder = process.env.CHANGEBUCKET_TEST_RUN ?? temporaryFolder();

/** The time of the newest source in ms: what is made of changed sources, in watch mode, is made anew. */
const newest = (): number => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((path) => `src/${path}`);
  return Math.max(...['package.json', ...sources].map((path) => statSync(join(root, path)).mtimeMs));
};

/**
 * Makes something from the sources once in a run of the tests: the first file that asks makes it, the others wait.
 *
 * @param make gets an empty folder
 * @returns what `make` did: a path
 * @throws Error when another file has not made it within four minutes
 */
export const madeOnce = (name: string, make: (folder: string) => string): string => {
  const work = join(folder, `${name}-${newest()}`);
  const done = `${work}.path`;
  try {
    mkdirSync(work);
  } catch {
    return waitFor(name, done);
  }
  const path = make(work);
  writeFileSync(join(work, 'path'), path);
  renameSync(join(work, 'path'), done);
  return path;
};

const waitFor = (name: string, done: string): string => {
  for (let waited = 0; waited < LIMIT_MS; waited += STEP_MS) {
    try {
      return readFileSync(done, 'utf8');
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STEP_MS);
    }
  }
  throw new Error(`another test file makes the ${name} for four minutes, or has failed to: see its error`);
};
