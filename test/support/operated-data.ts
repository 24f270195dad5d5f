import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Api, createApi } from '../../src/api/index.ts';
import { root } from '../../src/cli/bundle.ts';
import type { Json } from '../../src/protocol/json.ts';
import { Served, tokenOf } from './served.ts';
import { FILES, unpacked } from './stored-data.ts';

/** What deployments in operation have left: applications that are deleted and kept, audit logs, scheduled backups. */
const OPERATED_DATA = join(root, 'test/fixtures/operated-data');

/** What the commit that wrote a fixture answered. */
export interface Operated {
  /** How often each way of storing something was seen in the files. */
  readonly stored: Readonly<Record<string, number>>;
  /** What it told without a change. */
  readonly read: Readonly<Record<string, Json>>;
  /** What came of acts, in their order. */
  readonly done: Readonly<Record<string, Json>>;
}

export const operatedFixtures = (): string[] => readdirSync(OPERATED_DATA).toSorted();

export const operatedBy = (fixture: string): Operated =>
  JSON.parse(readFileSync(join(OPERATED_DATA, fixture, FILES.expected), 'utf8')) as Operated;

/** A copy that may be written to: the folders `data` and `backups`. */
export const unpackedOperation = (fixture: string): string => unpacked(fixture, OPERATED_DATA);

/** Applications of a fixture. */
export const OPERATED = {
  /** Was deleted in two lives, both of which are kept; everybody could read the second one. */
  twice: 'alice/twice',
  /** Was deleted with several segments. */
  long: 'alice/long',
  /** Was migrated, then deleted. */
  migrated: 'alice/migrated',
  /** Was deleted with changes in its queue. */
  waiting: 'alice/waiting',
  /** Was deleted, and made anew. */
  anew: 'alice/anew',
  /** Lives, was deleted before, and has a backup. */
  purged: 'alice/purged',
  /** Lives, and has changed since its backup. */
  changed: 'bob/changed',
  /** Lives as it was backed up. */
  unchanged: 'bob/unchanged',
  /** Was deleted; a backup is kept. */
  gone: 'bob/gone',
  /** Everybody may read it. */
  open: 'bob/open',
  /** Its owner has nothing else, and does nothing more. */
  idle: 'dora/idle',
} as const;

const OPERATOR_TOKEN = 'the-operator-of-stored-data-0123456789';

/** `serve` on the folders of a fixture. No run of backups begins by itself, and none of them is too old. */
export const serveOperation = (folder: string): Promise<Served> => {
  const env = { OPERATOR_TOKEN, BACKUP_EVERY_HOURS: '10000', BACKUP_KEEP: 'daily 1000, monthly 1000' };
  return Served.on(join(folder, 'data'), { backups: join(folder, 'backups'), env });
};

/** The service as some people see it. */
export interface Senders {
  readonly alice: Api;
  readonly bob: Api;
  readonly dora: Api;
  /** May write to all of bob's applications. */
  readonly carol: Api;
  readonly operator: Api;
  /** Has no token that is good. */
  readonly nobody: Api;
}

export const sendersTo = async (url: string): Promise<Senders> => {
  const by = (token: string): Api => createApi({ url, token });
  return {
    alice: by(await tokenOf('alice')),
    bob: by(await tokenOf('bob')),
    dora: by(await tokenOf('dora')),
    carol: by(await tokenOf('carol', { 'bob/*': 'writer' })),
    operator: by(OPERATOR_TOKEN),
    nobody: by(await tokenOf('revoked')),
  };
};
