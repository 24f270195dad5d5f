import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const isInRun = process.env.CHANGEBUCKET_TEST_RUN !== undefined;

/** A new empty folder. It goes with the folder of the run of the tests, in which it is; else with this process. */
export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'changebucket-'));
  if (!isInRun) removeAtEnd(folder);
  return folder;
};

/** Makes the folder of a run of the tests. Everything temporary is in it, of child processes too, and goes with it. */
export const openRun = (): void => {
  if (isInRun) return;
  const folder = mkdtempSync(join(tmpdir(), 'changebucket-run-'));
  process.env.CHANGEBUCKET_TEST_RUN = folder;
  process.env.TMPDIR = folder;
  removeAtEnd(folder);
};

const folders: string[] = [];

const removeAtEnd = (folder: string): void => {
  if (folders.length === 0) process.once('exit', removeAll);
  folders.push(folder);
};

const removeAll = (): void => {
  // A process that was killed may still write into one.
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
};
