import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../src/cli/bundle.ts';
import type { Exchange } from './exchanges.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Data folders as deployments have left them, by the commit that wrote them. */
const STORED_DATA = join(root, 'test/fixtures/stored-data');

/** Files of a fixture: the folder, what the API said about it, and a backup of one of its applications. */
export const FILES = { data: 'data.tar.gz', expected: 'expected.json', backup: 'backup.ndjson' } as const;

/** What the API said, by theme. Asked in this order the answers are the same each time. */
export interface Expected {
  /** How often each way of storing something was seen in the files. */
  readonly stored: Readonly<Record<string, number>>;
  /** What waited in the queue, as the writing commit itself applied it after the kill. */
  readonly queued: readonly Exchange[];
  readonly states: readonly Exchange[];
  readonly past: readonly Exchange[];
  /** By application: the etags from which a patch led to the state. */
  readonly patches: Readonly<Record<string, readonly string[]>>;
  readonly logs: readonly Exchange[];
  readonly tickets: readonly Exchange[];
  readonly rejections: readonly Exchange[];
  readonly infos: readonly Exchange[];
  readonly lists: readonly Exchange[];
  /** Rows that each application knew to have written. */
  readonly rowsWritten: Readonly<Record<string, number>>;
  readonly repeats: readonly Exchange[];
  /** How the writing commit itself went on. */
  readonly next: readonly Exchange[];
}

export type Theme = Exclude<keyof Expected, 'stored' | 'rowsWritten' | 'patches'>;

/** Applications that tests do more with than to read them. */
export const ROLES = {
  /** Has changes in its queue. */
  waiting: '/dora/waiting',
  /** Has checkpoints behind it, and goes on to more. */
  growing: '/alice/notes',
  /** The backup is of this one. */
  backedUp: '/alice/list',
  /** Was imported from a backup whose application had forgotten clients. */
  forgetful: '/alice/forgetful',
  /** Has many changes of one client, in a row each. */
  long: '/alice/long',
  /** Was deleted for good. */
  gone: '/alice/gone',
} as const;

export const fixtures = (): string[] => readdirSync(STORED_DATA).toSorted();

export const expectedOf = (fixture: string): Expected =>
  JSON.parse(readFileSync(join(STORED_DATA, fixture, FILES.expected), 'utf8')) as Expected;

export const backupOf = (fixture: string): string => readFileSync(join(STORED_DATA, fixture, FILES.backup), 'utf8');

/** A copy of the data folder that may be written to. */
export const unpacked = (fixture: string, among = STORED_DATA): string => {
  const folder = temporaryFolder();
  execFileSync('tar', ['-xzf', join(among, fixture, FILES.data), '-C', folder]);
  return folder;
};
