import { type Dirent, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What workerd calls a file that it has not completed. It takes its name at the end, unless workerd was killed before.
 * `.{name}.{pid}.{number}.tmp` is a file for which the Worker has sent a `PUT`; `.kj-tmp.` begins what workerd makes
 * for a write of its own.
 */
const UNFINISHED = /^\.(kj-tmp\..*|.+\.\d+\.\d+\.tmp)$/;

/**
 * Removes what earlier processes have left in the folder of backups: files that they have begun and not completed, and
 * the folders of owners and applications that have no backup any more. Call it before another process works there.
 *
 * @throws what Node throws for a folder that cannot be read or changed
 */
export const tidyBackups = (folder: string): void => {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (!removedUnfinished(folder, entry) && isOwners(entry)) tidyFolder(join(folder, entry.name));
};

/** On a disk of its own, the folder has one of the file system, which others may not read. */
const isOwners = (entry: Dirent): boolean => entry.isDirectory() && entry.name !== 'lost+found';

/** Files first, so that a folder which had nothing else goes, too. */
const tidyFolder = (folder: string): void => {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (!removedUnfinished(folder, entry) && entry.isDirectory()) tidyFolder(join(folder, entry.name));
  if (readdirSync(folder).length === 0) rmdirSync(folder);
};

const removedUnfinished = (folder: string, entry: Dirent): boolean => {
  const isUnfinished = entry.isFile() && UNFINISHED.test(entry.name);
  if (isUnfinished) rmSync(join(folder, entry.name), { force: true });
  return isUnfinished;
};
