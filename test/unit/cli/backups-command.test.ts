import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../support/command-run.ts';
import { json, problem, ScriptedServer } from '../../support/scripted-server.ts';

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
