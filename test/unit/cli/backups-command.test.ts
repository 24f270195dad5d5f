import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { waitForRun } from '../../../src/api/index.ts';
import { runCommand } from '../../support/command-run.ts';
import { json, problem, ScriptedServer } from '../../support/scripted-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const LINE = '{"state":{}}\n';
const CONTENT = `${LINE}${JSON.stringify({ end: { lines: 1, sha256: sha256(LINE) } })}\n`;
const kept = (id: number) => ({
  id,
  application: 'alice/list',
  at: 0,
  epoch: 'e',
  version: 7,
  bytes: CONTENT.length,
  sha256: sha256(CONTENT),
  key: `alice/list/${id}`,
});

type Answer = Parameters<typeof ScriptedServer.start>[0];
const content =
  (text: string): Answer =>
  (response) =>
    response.end(text);

let server: ScriptedServer | undefined;
afterEach(() => server?.stop());

const verification = (isRunning: boolean) => ({ startedAt: 100, whole: 0, broken: 0, missing: 0, isRunning });
const progress = (members: object) => ({ run: null, lastRun: null, verification: null, ...members });

/** Answers `GET /v1/backup-status` one after the other, and lists what was found. */
const serve = async (begun: Answer, statuses: readonly object[], entries: readonly object[] = []): Promise<string> => {
  const left = [...statuses];
  server = await ScriptedServer.start((response, request) => {
    const [path] = request.url.split('?');
    if (request.method === 'POST') return begun(response, request);
    if (path === '/v1/backup-status') return json(200, left.shift() ?? {})(response, request);
    return json(200, { entries })(response, request);
  });
  return server.url;
};

describe('backups verify', () => {
  const begun = json(202, progress({ verification: verification(true) }));
  const statuses = [progress({ verification: verification(true) }), progress({ verification: verification(false) })];
  const found = (id: number, finding: string, verifiedAt = 100) => ({ ...kept(id), finding, verifiedAt });

  it('[K6] waits for its end, names each backup with what was found, and ends with the number of the others', async () => {
    const entries = [
      ...[found(1, 'missing'), found(2, 'whole'), found(3, 'broken', 101), kept(4), found(5, 'broken', 99)],
      ...[found(6, 'missing'), found(7, 'whole')],
    ];
    const url = await serve(begun, statuses, entries);
    const { status, stdout, stderr } = await runCommand('backups', 'verify', '--url', url);
    expect(stdout.split('\n').map((line) => line.split(/\s+/).slice(0, 2).join(' '))).toEqual([
      ...['MISSING 1', 'whole 2', 'BROKEN 3', 'MISSING 6', 'whole 7'],
    ]);
    expect([status, stderr]).toEqual([1, 'Of 5 backups, 1 are broken and 2 are missing.']);
    expect(server?.seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      ...['POST /v1/backup-verification', 'GET /v1/backup-status', 'GET /v1/backup-status', 'GET /v1/backups'],
    ]);
  });

  it('tells the finding of each with --json, and ends with 0 when all are whole', async () => {
    const url = await serve(begun, statuses, [found(1, 'whole'), found(2, 'whole')]);
    const { status, stdout, stderr } = await runCommand('backups', 'verify', 'alice/list', '--url', url, '--json');
    const lines = stdout.split('\n').map((line) => JSON.parse(line));
    expect([status, stderr, lines]).toEqual([0, '', [1, 2].map((id) => ({ ...found(id, 'whole'), isWhole: true }))]);
    expect(server?.seen[0]?.url).toBe('/v1/backup-verification?application=alice%2Flist');
  });

  it('stops where none can be begun, such as with a token of nobody', async () => {
    const url = await serve(problem(403, 'forbidden'), []);
    expect(await runCommand('backups', 'verify', '--url', url)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('403 forbidden'),
    });
  });
});

describe('backups run', () => {
  const run = (counts: object) => ({ startedAt: 100, made: 0, unchanged: 0, failed: 0, ...counts });
  const before = run({ startedAt: 50, failed: 9 });

  it('[K2] waits for the end of the run in progress, and tells its numbers', async () => {
    const statuses = [
      ...[progress({ run: run({ made: 1 }), lastRun: before }), progress({ lastRun: run({ made: 2, unchanged: 3 }) })],
      progress({ lastRun: run({ made: 2, unchanged: 3 }) }),
    ];
    const url = await serve(json(202, progress({ run: run({}), lastRun: before })), statuses);
    expect(await runCommand('backups', 'run', '--url', url)).toEqual({
      ...{ status: 0, stderr: '', stdout: 'The run is over: 2 backups made, 3 applications unchanged, 0 failed.' },
    });
    const other = await serve(json(202, progress({ lastRun: run({ made: 2 }) })), []);
    expect(JSON.parse((await runCommand('backups', 'run', '--url', other, '--json')).stdout)).toEqual(run({ made: 2 }));
  });

  it('[K2] ends with 1 when an application could not be backed up', async () => {
    const url = await serve(json(202, progress({ lastRun: run({ made: 2, failed: 1 }) })), []);
    expect(await runCommand('backups', 'run', '--url', url)).toMatchObject({
      ...{ status: 1, stdout: '', stderr: expect.stringContaining("1 failed. The server's log names them") },
    });
    const failed = await runCommand('backups', 'run', '--url', url, '--json');
    expect(JSON.parse(failed.stdout || failed.stderr)).toMatchObject({ error: 'failed', failed: 1, made: 2 });
  });
});

describe('backups status', () => {
  const lastRun = { startedAt: 0, made: 2, unchanged: 3, failed: 1 };
  const health = (status: string): Answer => json(status === 'ok' ? 200 : 503, { status, backup: { age: 120 } });

  it('[K4] [K6] tells of the last run, the last verification and the age', async () => {
    const told = progress({ run: { ...lastRun, startedAt: 1 }, lastRun, verification: verification(false) });
    server = await ScriptedServer.start(json(200, told), health('ok'), json(200, told), health('ok'));
    const { status, stdout } = await runCommand('backups', 'status', '--url', server.url);
    expect([status, ...stdout.split('\n')]).toEqual([
      0,
      'run in progress    1970-01-01T00:00:00.001Z  2 backups made, 3 applications unchanged, 1 failed',
      'last run           1970-01-01T00:00:00.000Z  2 backups made, 3 applications unchanged, 1 failed',
      'last verification  1970-01-01T00:00:00.100Z  0 backups are whole, 0 broken, 0 missing',
      'Every change that is older than 120 s is in a backup.',
    ]);
    const line = (await runCommand('backups', 'status', '--json', '--url', server.url)).stdout;
    expect(JSON.parse(line)).toEqual({ ...told, status: 'ok', age: 120 });
    expect(server.seen.map(({ url }) => url).slice(0, 2)).toEqual(['/v1/backup-status', '/healthz?backup']);
  });

  it('[K4] ends with 1 when backups are late, and says what there was not', async () => {
    server = await ScriptedServer.start(json(200, progress({})), health('late'));
    expect(await runCommand('backups', 'status', '--url', server.url)).toEqual({
      status: 1,
      stdout: 'No run has ended yet.\nThere was no verification yet.',
      stderr: expect.stringMatching(/older than 120 s is in a backup\. That is late/),
    });
  });
});

describe('backups read', () => {
  it('[K5] [L10] writes a backup to a file once it is complete, and one that was cut to none', async () => {
    const file = join(temporaryFolder(), 'list.ndjson');
    server = await ScriptedServer.start(content(CONTENT), content(LINE));
    expect(await runCommand('backups', 'read', '17', '-o', file, '--url', server.url)).toEqual({
      ...{ status: 0, stderr: '', stdout: `${file}: 2 lines, ${CONTENT.length} bytes, complete` },
    });
    expect((await runCommand('backups', 'read', '18', '-o', file, '--url', server.url)).status).toBe(3);
    expect(readFileSync(file, 'utf8')).toBe(CONTENT);
    expect(server.seen.map(({ url }) => url)).toEqual(['/v1/backups/17', '/v1/backups/18']);
    for (const wrong of [['read'], ['read', 'x'], ['list', '-o', file], ['read', '1', 'a/b'], ['status', 'a/b']])
      expect((await runCommand('backups', ...wrong, '--url', server.url)).status, wrong.join(' ')).toBe(2);
    expect(server.seen.length).toBe(2);
  });
});

describe('waiting for a run', () => {
  it('[K2] tells of the progress, and ends with the signal', async () => {
    const told = progress({ run: { startedAt: 100, made: 1, unchanged: 0, failed: 0 } });
    const [abort, seen] = [new AbortController(), [] as unknown[]];
    const waiting = waitForRun({ status: async () => told }, told, {
      signal: abort.signal,
      onProgress: (each) => {
        seen.push(each);
        abort.abort(new Error('enough'));
      },
    });
    await expect(waiting).rejects.toThrow('enough');
    expect(seen).toEqual([told]);
  });
});

describe('backups restore', () => {
  it('[L6] replaces nothing: neither what exists, nor what cannot be asked', async () => {
    const restore = async (answer: Answer) => {
      server = await ScriptedServer.start(answer, content(CONTENT), json(201, { kind: 'todos', version: 7 }));
      const done = await runCommand('backups', 'restore', '1', 'alice/list', '--url', server.url);
      const requests = server.seen.length;
      server.stop();
      return { ...done, requests };
    };
    expect(await restore(json(200, {}))).toMatchObject({
      status: 1,
      requests: 1,
      stderr: expect.stringContaining('npx changebucket restore FILE alice/list --replace'),
    });
    expect(await restore(problem(503, 'unavailable'))).toMatchObject({ status: 1, requests: 1 });
    expect(await restore(problem(404, 'unknown-application'))).toMatchObject({ status: 0, requests: 3 });
  });
});
