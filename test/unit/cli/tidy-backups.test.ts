import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { tidyBackups } from '../../../src/cli/processes/tidy-backups.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

/** What is left of these paths, after the folder was tidied; one that ends with a slash is a folder. */
const leftOf = (...paths: string[]): string[] => {
  for (const path of paths) {
    mkdirSync(join(folder, path.endsWith('/') ? path : dirname(path)), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(join(folder, path), 'x');
  }
  tidyBackups(folder);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
};

const BACKUP = '2026-11-28T05:50:14.942Z-mwzzqxpw0xiyyef.3.ndjson';

describe('tidyBackups', () => {
  it('removes what workerd has not completed, by either name, and nothing that looks like it', () => {
    const kept = [`alice/b16/${BACKUP}`, `alice/b16/${BACKUP}.json`, 'alice/b16/notes.1.2.tmp', 'alice/b16/.mine.tmp'];
    const unfinished = [`alice/b16/.${BACKUP}.29351.14.tmp`, `alice/b16/.${BACKUP}.json.7.0.tmp`, '.kj-tmp.1.2'];
    expect(leftOf(...kept, ...unfinished)).toEqual(['alice', 'alice/b16', ...kept].sort());
  });

  it('removes the folders of applications and owners that have no backup left, and those that only had half of one', () => {
    const left = leftOf('alice/purged/', `alice/kept/${BACKUP}`, 'bob/purged/', `carol/b/.${BACKUP}.29351.14.tmp`);
    expect(left).toEqual(['alice', 'alice/kept', `alice/kept/${BACKUP}`]);
  });

  it('leaves the folder itself and the lost+found of its disk alone', () => {
    expect(leftOf('lost+found/')).toEqual(['lost+found']);
    rmSync(join(folder, 'lost+found'), { recursive: true });
    expect(leftOf()).toEqual([]);
  });
});
