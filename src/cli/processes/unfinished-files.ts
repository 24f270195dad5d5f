import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

/** What workerd calls a file that it has not completed: it takes its name at the end, unless workerd was killed before. */
const PREFIX = '.kj-tmp.';

/** Removes what earlier processes have begun to write in a folder and not completed. Call it before another works there. */
export const removeUnfinished = (folder: string): void => {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (basename(path).startsWith(PREFIX)) rmSync(join(folder, path), { force: true });
};
