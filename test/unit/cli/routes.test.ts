import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { routes } from '../../../src/server/http/route-table.ts';
import { runCommand } from '../../support/command-run.ts';
import { json, ScriptedServer } from '../../support/scripted-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

// Whatever HTTP can do, a shell can do by a command; or it is said why nobody would.

const BACKUP = join(temporaryFolder(), 'list.ndjson');
writeFileSync(BACKUP, '');

const APP = '/v1/apps/:owner/:app';
const LIST = 'alice/list';
const COMMANDS: readonly (readonly [route: string, ...argv: string[]])[] = [
  ['GET /v1/apps', 'apps', '--owners'],
  ['GET /v1/audit', 'audit'],
  ['GET /v1/audit/reads', 'audit', '--reads', '--after', '3'],
  ['GET /v1/subjects/:subject/audit', 'audit', 'alice', '--after', '3'],
  ['POST /v1/subjects/:subject/revoke', 'revoke', 'alice'],
  ['GET /v1/shared', 'apps', '--shared'],
  ['GET /v1/apps/:owner', 'apps', 'alice'],
  ['GET /v1/apps/:owner', 'apps', 'alice', '--deleted'],
  [`GET ${APP}`, 'apps', LIST],
  [`DELETE ${APP}`, 'delete', LIST],
  [`POST ${APP}/undelete`, 'undelete', LIST],
  [`POST ${APP}/purge`, 'purge', LIST, '--yes'],
  [`PUT ${APP}/public`, 'publish', LIST],
  [`DELETE ${APP}/public`, 'publish', LIST, '--off'],
  [`POST ${APP}/changes`, 'push', LIST, 'clear', '{}'],
  [`GET ${APP}/state`, 'get', LIST],
  [`GET ${APP}/log`, 'log', LIST],
  [`GET ${APP}/rejections`, 'rejections', LIST],
  [`DELETE ${APP}/rejections/:seq`, 'rejections', LIST, 'discard', '3'],
  [`POST ${APP}/rejections/:seq/retry`, 'rejections', LIST, 'retry', '3'],
  [`GET ${APP}/export`, 'backup', LIST],
  [`PUT ${APP}/import`, 'restore', BACKUP, LIST, '--replace'],
  [`POST ${APP}/restore`, 'restore', LIST, '--at', '3'],
  [`POST ${APP}/restore`, 'restore', LIST, '--from', 'platform', '--bookmark', '0-1'],
  [`POST ${APP}/fork`, 'fork', LIST, 'alice/copy'],
  [`GET ${APP}/diff`, 'diff', LIST, '1', '2'],
  ['GET /v1/backups', 'backups', 'list'],
  ['POST /v1/backups', 'backups', 'run'],
  ['GET /v1/backup-status', 'backups', 'status'],
  ['POST /v1/backup-verification', 'backups', 'verify'],
  ['GET /v1/backups/:backup', 'backups', 'read', '17'],
];

/** Routes without a command, and why nobody misses one. */
const OTHERS: Readonly<Record<string, string>> = {
  [`PUT ${APP}`]: 'the first `push` creates it, of the kind that --kind names',
  [`PUT ${APP}/changes/:client`]: 'many changes at once come from a program: `api.batch`',
  [`PUT ${APP}/changes/:client/:n`]: '`push --key` is as safe to repeat, and needs no counter',
  [`GET ${APP}/changes/:client/:n`]: '`push` waits for the outcome, and `log --client` has those of before',
  [`GET ${APP}/socket`]: '`watch` follows by events',
  'GET /metrics': 'a text for Prometheus, which asks itself: `curl` prints the same',
  'GET /healthz': 'for monitors: `curl` prints the same; `backups status` has the age of backups',
  'GET /openapi.json': 'a file for generators: `curl` prints the same',
};

const ROUTES = routes.flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method} ${path}`));
const patternOf = (route: string): RegExp => new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`);

let server: ScriptedServer | undefined;
afterEach(() => server?.stop());

describe('a command for each route', () => {
  it('every route is asked by a command, or there is a reason why none does', () => {
    const listed = [...COMMANDS.map(([route]) => route), ...Object.keys(OTHERS)];
    expect([...new Set(listed)].sort()).toEqual([...ROUTES].sort());
    expect(Object.keys(OTHERS).filter((route) => COMMANDS.some(([other]) => other === route))).toEqual([]);
  });

  it.each(COMMANDS)('%s by %s %s', async (route, ...argv) => {
    // Whatever a command makes of such an answer, it has asked.
    server = await ScriptedServer.start(json(409, { type: 'urn:changebucket:problem:other', title: 'T', status: 409 }));
    const { status, stderr } = await runCommand(...argv, '--url', server.url);
    const asked = server.seen.map(({ method, url }) => `${method} ${url.split('?')[0]}`);
    expect(asked, stderr).toEqual([expect.stringMatching(patternOf(route))]);
    expect(status, stderr).toBe(1);
    if (argv.includes('--after')) expect(server.seen[0]?.url).toContain('after=3');
  });
});
