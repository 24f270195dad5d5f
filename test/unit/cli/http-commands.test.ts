import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../support/command-run.ts';
import { json, page, problem, ScriptedServer } from '../../support/scripted-server.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

// The commands against a server that misbehaves as networks and proxies do. test/process has them against a real one.

let server: ScriptedServer | undefined;
afterEach(() => server?.stop());
const serve = async (...answers: Parameters<typeof ScriptedServer.start>): Promise<string> => {
  server = await ScriptedServer.start(...answers);
  return server.url;
};

const RECEIPT = { client: '~', n: 1, seq: 1, version: 0 };
const TICKET = { ...RECEIPT, status: 'applied', version: 1 };
const PUSH = ['push', 'alice/list', 'add', '{"id":"milk"}'];

describe('a push', () => {
  it('[Q8] is sent again with the same key while the server is not there for it, after Retry-After', async () => {
    const url = await serve(
      problem(503, 'unavailable', { 'Retry-After': '0' }),
      page(502),
      (response) => response.destroy(),
      problem(429, 'rate-limited', { 'Retry-After': '0' }),
      json(202, RECEIPT),
    );
    expect(await runCommand(...PUSH, '--no-wait', '--url', url, '--json')).toMatchObject({
      status: 0,
      stdout: JSON.stringify(RECEIPT),
    });
    const keys = server?.seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys?.length).toBe(5);
    expect(new Set(keys).size).toBe(1);
  });

  it('has another key each time, unless it is given one', async () => {
    const url = await serve(json(200, TICKET));
    for (const more of [[], [], ['--key', 'k1'], ['--key', 'k1']]) await runCommand(...PUSH, '--url', url, ...more);
    const keys = server?.seen.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(keys).size).toBe(3);
    expect(keys?.slice(2)).toEqual(['k1', 'k1']);
  });

  it('[L2] names the kind, the token and the condition, and sends args as they were written', async () => {
    const url = await serve(json(200, TICKET));
    const flags = ['--kind', 'todos', '--if-match', '"e.1"', '--token', 'a.b.c', '--url', `${url}/`];
    expect((await runCommand('push', 'a@b/list', 'add', '{"n": 12345678901234567890}', ...flags)).status).toBe(0);
    const [seen] = server?.seen ?? [];
    expect([seen?.url, seen?.body]).toEqual([
      '/v1/apps/a%40b/list/changes',
      '{"name":"add","args":{"n": 12345678901234567890}}',
    ]);
    expect(seen?.headers).toMatchObject({
      'changebucket-kind': 'todos',
      'if-match': '"e.1"',
      authorization: 'Bearer a.b.c',
    });
  });

  it('[Q11] waits for the outcome beyond one request, and ends with 1 when it is a rejection', async () => {
    const queued = { client: '~', n: 1, seq: 1, status: 'queued' };
    const url = await serve(
      json(202, RECEIPT),
      json(200, queued),
      json(200, { ...queued, status: 'applied', version: 4 }),
    );
    expect(await runCommand(...PUSH, '--url', url)).toEqual({
      status: 0,
      stdout: 'accepted as seq 1, applied in version 4',
      stderr: 'accepted as seq 1. Waiting for its outcome ...',
    });
    server?.stop();
    const reason = {
      type: 'urn:changebucket:problem:change-refused',
      title: 'No',
      status: 422,
      detail: 'There is one.',
    };
    const again = await serve(json(200, queued), json(200, { ...queued, status: 'rejected', problem: reason }));
    const { status, stdout, stderr } = await runCommand(...PUSH, '--wait', '--url', again, '--json');
    expect([status, stdout, JSON.parse(stderr)]).toEqual([1, '', reason]);
  });

  it.each([
    [[], 'wait=5'],
    [['--wait'], 'wait=5'],
    [['--no-wait'], undefined],
    [['--precheck'], 'precheck, wait=5'],
    [['--precheck', '--no-wait'], 'precheck'],
  ])('[Q11] [Q13] with %j prefers %s', async (flags, prefer) => {
    const url = await serve(json(200, TICKET));
    expect((await runCommand(...PUSH, ...flags, '--url', url)).status).toBe(0);
    expect(server?.seen.map(({ headers }) => headers['prefer'])).toEqual([prefer]);
  });

  it.each([
    ['a document in place of a name', ['push', 'alice/list', '{"a":1}'], /push owner\/app merge/],
    ['args that are not JSON', ['push', 'alice/list', 'add', '{id}'], /must be JSON/],
    ['no application', ['push', 'alice', 'add'], /owner\/app/],
    ['a path in place of a name', ['push', '/v1/apps/alice/list', 'add'], /owner\/app/],
    ['no change', ['push', 'alice/list'], /missing/],
    ['a word too many', [...PUSH, 'more'], /at most 3/],
    ['an unknown flag', [...PUSH, '--fast'], /--fast/],
    ['both of a pair of flags', [...PUSH, '--wait', '--no-wait'], /exclude each other/],
    ['a URL that is none', [...PUSH, '--url', 'localhost'], /http:\/\//],
    ['the URL of an application', [...PUSH, '--url', 'http://localhost:1/v1/apps/alice/list'], /server alone/],
    ['a time that is none', [...PUSH, '--timeout', 'soon'], /--timeout/],
  ])('with %s is called wrongly: exit status 2, nothing is sent', async (_, argv, message) => {
    const url = await serve(json(202, RECEIPT));
    const { status, stdout, stderr } = await runCommand(...argv, ...(argv.includes('--url') ? [] : ['--url', url]));
    expect([status, stdout, server?.seen]).toEqual([2, '', []]);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('changebucket push --help');
  });
});

describe('an answer that is no success', () => {
  const get = (url: string, ...flags: string[]) => runCommand('get', 'alice/list', '--url', url, ...flags);

  it('[E1] is told with name, detail and cure, and as the problem itself with --json', async () => {
    const url = await serve(
      json(403, { type: 'urn:changebucket:problem:forbidden', title: 'T', status: 403, detail: 'D', needed: 'admin' }),
    );
    expect(await get(url)).toMatchObject({ status: 1, stderr: '403 forbidden: T. D\n  needed: "admin"' });
    expect(JSON.parse((await get(url, '--json')).stderr)).toMatchObject({ status: 403, needed: 'admin' });
  });

  it('[L2] tells the option for a kind that the push has to name', async () => {
    const missing = { type: 'urn:changebucket:problem:unknown-application', title: 'T', status: 404, detail: 'D' };
    const url = await serve(json(404, { ...missing, kinds: ['document', 'todos'] }));
    const { status, stderr } = await runCommand('push', 'alice/list', 'add', '{}', '--url', url);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/"todos".*\nName the kind with --kind\.$/)]);
  });

  it('[A1] [A5] is not tried again where that does not help, and says where a token comes from', async () => {
    const url = await serve(problem(401, 'unauthorized'));
    expect((await get(url)).stderr).toContain('CHANGEBUCKET_TOKEN');
    server?.stop();
    const closed = await serve(problem(503, 'not-configured'));
    expect((await get(closed)).status).toBe(1);
    expect(server?.seen.length).toBe(1);
  });

  it.each([
    ['a page of a proxy', page(404), /404, text\/html: Bad gateway nginx/],
    ['a page with 200', page(200), /not Changebucket/],
    ['a page that stays', page(502), /502, text\/html/],
    ['a redirect', page(302, { Location: 'https://login.example/' }), /redirects to https:\/\/login\.example\//],
  ])('%s ends with 3, and says what it was', async (_, answer, message) => {
    const { status, stderr } = await get(await serve(answer), '--timeout', '0.5');
    expect(status).toBe(3);
    expect(stderr).toMatch(message);
  });
});

describe('a watch', () => {
  const event = (type: string, id: string, data: string) => `event: ${type}\nid: ${id}\ndata: ${data}\n\n`;
  const stream = { 'Content-Type': 'text/event-stream' };

  it('[V2] goes on after a break from the version that it has printed, and ends with the application', async () => {
    const url = await serve(
      (response) => {
        response.writeHead(200, stream).write(event('state', '"e.1"', '{"a":1}'));
        setTimeout(() => response.destroy(), 50);
      },
      problem(503, 'unavailable', { 'Retry-After': '0' }),
      (response) => {
        response.writeHead(200, stream).write(event('patch', '"e.2"', '[]') + event('gone', '"e.3"', 'null'));
        response.end(event('end', '"e.3"', '{"reason":"deleted"}'));
      },
    );
    const { status, stdout, stderr } = await runCommand('watch', 'alice/list', '/a', '--url', url, '--json');
    expect(stdout.split('\n').map((line) => JSON.parse(line))).toEqual([
      { epoch: 'e', version: 1, state: { a: 1 } },
      { epoch: 'e', version: 2, patch: [] },
      { epoch: 'e', version: 3, gone: true },
    ]);
    expect([status, stderr]).toEqual([1, expect.stringContaining('deleted')]);
    expect(server?.seen.map(({ url: path, headers }) => [path, headers['last-event-id']])).toEqual([
      ['/v1/apps/alice/list/state?path=%2Fa', undefined],
      ['/v1/apps/alice/list/state?path=%2Fa', '"e.1"'],
      ['/v1/apps/alice/list/state?path=%2Fa', '"e.1"'],
    ]);
  });

  it('[S3] [S5] polls where a proxy makes something else of the stream', async () => {
    const url = await serve(
      json(200, { a: 1 }, { ETag: '"e.1"' }),
      json(200, { a: 1 }, { ETag: '"e.1"' }),
      (response) => response.writeHead(304, { ETag: '"e.1"' }).end(),
      json(226, [{ op: 'add', path: '/b', value: 2 }], { ETag: '"e.2"' }),
      problem(404, 'unknown-application'),
    );
    const { status, stdout } = await runCommand('watch', 'alice/list', '--url', url);
    expect([status, stdout]).toEqual([
      1,
      'version 1  state {"a":1}\nversion 2  patch [{"op":"add","path":"/b","value":2}]',
    ]);
    expect(server?.seen.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      undefined,
      '"e.1"',
      '"e.1"',
      '"e.2"',
    ]);
  });
});

describe('a backup', () => {
  const LINES = '{"format":"changebucket-backup"}\n{"items":{}}\n';
  const end = (lines: number) =>
    `{"end":{"lines":${lines},"sha256":"${createHash('sha256').update(LINES).digest('hex')}"}}\n`;
  const ndjson = { 'Content-Type': 'application/x-ndjson' };
  const folder = temporaryFolder();

  it('[L10] appears in its file once all of it has come', async () => {
    const text = LINES + end(2);
    const url = await serve((response) => {
      response.writeHead(200, ndjson).write(text.slice(0, 40));
      setTimeout(() => response.end(text.slice(40)), 30);
    });
    const file = join(folder, 'good.ndjson');
    const { status, stdout } = await runCommand('backup', 'alice/list', '-o', file, '--url', url, '--json');
    expect([status, JSON.parse(stdout)]).toEqual([0, { lines: 3, bytes: text.length }]);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('goes through a pipe, as into any device, which stays what it is', async () => {
    const text = LINES + end(2);
    const url = await serve((response) => response.writeHead(200, ndjson).end(text));
    const [pipe, link] = [join(folder, 'pipe'), join(folder, 'link')];
    execFileSync('mkfifo', [pipe]);
    symlinkSync(pipe, link);
    const reader = spawn('cat', [pipe]);
    let read = '';
    reader.stdout.setEncoding('utf8').on('data', (piece: string) => {
      read += piece;
    });
    const ended = new Promise((resolve) => reader.once('close', resolve));
    expect((await runCommand('backup', 'alice/list', '-o', link, '--url', url)).status).toBe(0);
    expect([lstatSync(pipe).isFIFO(), lstatSync(link).isSymbolicLink()]).toEqual([true, true]);
    await ended;
    expect(read).toBe(text);
  });

  it.each([
    ['cut', LINES],
    ['cut within its last line', (LINES + end(2)).slice(0, -1)],
    ['short of a line', LINES + end(3)],
    ['changed', LINES.replace('items', 'atoms') + end(2)],
    ['continued', LINES + end(2) + LINES],
  ])('[L10] that is %s ends with 3, and leaves an older file as it was', async (_, text) => {
    const file = join(folder, 'older.ndjson');
    writeFileSync(file, 'older');
    const url = await serve((response) => response.writeHead(200, ndjson).end(text));
    const { status, stderr } = await runCommand('backup', 'alice/list', '-o', file, '--url', url);
    expect([status, readFileSync(file, 'utf8')]).toEqual([3, 'older']);
    expect(stderr).toContain('not complete');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('is restored only where there is nothing, unless it may replace what is there', async () => {
    const file = join(folder, 'restored.ndjson');
    writeFileSync(file, LINES + end(2));
    const url = await serve(json(200, { kind: 'todos' }));
    expect(await runCommand('restore', file, 'alice/list', '--url', url)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('--replace'),
    });
    expect(server?.seen.map(({ method }) => method)).toEqual(['GET']);
    expect((await runCommand('restore', file, 'alice/list', '--replace', '--url', url)).status).toBe(0);
    expect(server?.seen.at(-1)).toMatchObject({
      method: 'PUT',
      url: '/v1/apps/alice/list/import',
      body: LINES + end(2),
    });
    expect(existsSync(join(folder, 'none'))).toBe(false);
    expect((await runCommand('restore', join(folder, 'none'), 'alice/list', '--url', url)).status).toBe(2);
    expect((await runCommand('restore', folder, 'alice/list', '--url', url, '--timeout', '1')).status).toBe(2);
  });

  it('[L12] a restore from the history names a version or a time, and one from a file may take the state alone', async () => {
    const file = join(folder, 'state.ndjson');
    writeFileSync(file, LINES);
    const url = await serve(json(200, { kind: 'todos', version: 9 }));
    const last = () => server?.seen.at(-1);
    expect((await runCommand('restore', 'alice/list', '--at', '12', '--url', url)).stdout).toContain('version 9');
    expect(last()).toMatchObject({ method: 'POST', url: '/v1/apps/alice/list/restore', body: '{"version":12}' });
    await runCommand('restore', 'alice/list', '--at', '2026-11-28T07:00:00Z', '--url', url);
    expect(last()?.body).toBe(`{"time":${Date.UTC(2026, 10, 28, 7)}}`);
    await runCommand('restore', file, 'alice/list', '--state', '--url', url);
    expect(last()).toMatchObject({ method: 'POST', url: '/v1/apps/alice/list/restore', body: LINES });
    for (const wrong of [
      ['alice/list'],
      ['alice/list', '--at', 'yesterday'],
      ['alice/list', '--at', '1', '--replace'],
      [file, 'alice/list', '--at', '1'],
      [file, 'alice/list', '--state', '--replace'],
    ])
      expect((await runCommand('restore', ...wrong, '--url', url)).status, wrong.join(' ')).toBe(2);
  });

  it('[L19] a recovery by the platform has a time or a bookmark, and prints what undoes it', async () => {
    const url = await serve(json(200, { kind: 'todos', version: 9, undo: { from: 'platform', bookmark: 'b-1' } }));
    const platform = ['restore', 'alice/list', '--from', 'platform', '--url', url];
    const done = await runCommand(...platform, '--at', '2026-11-28T07:00:00Z');
    expect(done.stdout).toContain('npx changebucket restore alice/list --from platform --bookmark b-1');
    const time = Date.UTC(2026, 10, 28, 7);
    expect(server?.seen.at(-1)).toMatchObject({
      ...{ method: 'POST', url: '/v1/apps/alice/list/restore', body: `{"from":"platform","time":${time}}` },
    });
    await runCommand(...platform, '--bookmark', 'b-1');
    expect(server?.seen.at(-1)?.body).toBe('{"from":"platform","bookmark":"b-1"}');
    const requests = server?.seen.length;
    for (const wrong of [[], ['--at', '12'], ['--at', '2026-11-28T07:00:00Z', '--bookmark', 'b'], ['--state']])
      expect((await runCommand(...platform, ...wrong)).status, wrong.join(' ')).toBe(2);
    expect((await runCommand('restore', 'a/b', '--from', 'file', '--at', '1', '--url', url)).status).toBe(2);
    expect((await runCommand('restore', 'a/b', '--bookmark', 'b', '--url', url)).status).toBe(2);
    expect(server?.seen.length).toBe(requests);
  });

  it('[A10] [A15] publish and apps --owners ask for what they are told', async () => {
    const owner = { owner: 'a|b', applications: 2, lastChangeAt: 0, at: 1 };
    const url = await serve(
      json(204, undefined),
      json(204, undefined),
      json(200, { owners: [owner], next: 'a|b' }),
      json(200, { owners: [] }),
    );
    expect((await runCommand('publish', 'me/list', '--url', url)).stdout).toBe('me/list: everybody may read it');
    const closed = await runCommand('publish', 'me/list', '--off', '--json', '--url', url);
    expect(closed.stdout).toBe('{"application":"me/list","public":false}');
    expect((await runCommand('apps', '--owners', '--url', url)).stdout).toMatch(
      /^a%7Cb +2 applications {2}changed 1970-/,
    );
    expect(server?.seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'PUT /v1/apps/me/list/public',
      'DELETE /v1/apps/me/list/public',
      'GET /v1/apps',
      'GET /v1/apps?after=a%7Cb',
    ]);
  });

  it('[A11] [A13] [A14] revoke, audit and apps --shared ask for what they are told', async () => {
    const revoked = { subject: 'a|b', before: 7, notified: 2, pending: 1 };
    const use = { id: 3, at: 0, actor: { secret: 'OPERATOR_TOKEN' }, what: 'delete', request: 'r', outcome: null };
    const shared = { application: 'bob/board', role: 'writer', usedAt: 0 };
    const url = await serve(
      json(200, revoked),
      json(200, { entries: [use], next: 3 }),
      json(200, { entries: [{ ...use, id: 4, actor: { subject: 'olga' }, target: 'bob/board', outcome: 204 }] }),
      json(200, { applications: [shared] }),
    );
    const done = await runCommand('revoke', 'a|b', '--before', '1970-01-01T00:00:06.5Z', '--url', url);
    expect([done.status, done.stdout, done.stderr]).toEqual([
      0,
      expect.stringContaining('1970-01-01T00:00:07.000Z are revoked. Applications that know: 2'),
      expect.stringContaining('1 applications could not be reached yet'),
    ]);
    const listed = (await runCommand('audit', '--after', '2', '--url', url)).stdout;
    expect(listed.split('\n')).toEqual([
      '3  1970-01-01T00:00:00.000Z  OPERATOR_TOKEN  delete    unknown',
      '4  1970-01-01T00:00:00.000Z  olga  delete  bob/board  204',
    ]);
    expect((await runCommand('apps', '--shared', '--url', url, '--json')).stdout).toBe(JSON.stringify(shared));
    expect(server?.seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'POST /v1/subjects/a%7Cb/revoke?before=7',
      'GET /v1/audit?after=2',
      'GET /v1/audit?after=3',
      'GET /v1/shared',
    ]);
    for (const wrong of [
      ['revoke'],
      ['revoke', 'a', '--before', 'soon'],
      ['revoke', 'a', '--before', '5'],
      ['revoke', 'a', '--before', '12/11/2026'],
      ['audit', '--after', 'x'],
    ])
      expect((await runCommand(...wrong, '--url', url)).status, wrong.join(' ')).toBe(2);
  });

  it('[A11] audit lists what was done with the applications of an owner, and what operators have read', async () => {
    const entry = { at: 0, target: 'a%7Cb/list', request: 'r', outcome: 204 };
    const done = [
      { ...entry, id: 1, actor: { subject: 'a|b' }, what: 'purge' },
      { ...entry, id: 2, actor: { operator: true }, what: 'restore' },
    ];
    const read = { ...entry, id: 7, actor: { secret: 'OPERATOR_TOKEN' }, what: 'info', outcome: 200 };
    const url = await serve(
      json(200, { entries: done }),
      json(200, { entries: [{ ...read, until: 60_000, count: 12 }] }),
      json(200, { entries: done }),
    );
    expect((await runCommand('audit', 'a%7Cb', '--after', '0', '--url', url)).stdout.split('\n')).toEqual([
      '1  1970-01-01T00:00:00.000Z  a|b  purge  a%7Cb/list  204',
      '2  1970-01-01T00:00:00.000Z  an operator  restore  a%7Cb/list  204',
    ]);
    expect((await runCommand('audit', '--reads', '--url', url)).stdout).toBe(
      '7  1970-01-01T00:00:00.000Z  OPERATOR_TOKEN  info  a%7Cb/list  200  12 times until 1970-01-01T00:01:00.000Z',
    );
    const lines = (await runCommand('audit', 'a|b', '--url', url, '--json')).stdout.split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(done);
    expect(server?.seen.map(({ url: path }) => path)).toEqual([
      '/v1/subjects/a%7Cb/audit?after=0',
      '/v1/audit/reads',
      '/v1/subjects/a%7Cb/audit',
    ]);
    for (const wrong of [['a', '--reads'], ['a', 'b'], ['%zz']])
      expect((await runCommand('audit', ...wrong, '--url', url)).status, wrong.join(' ')).toBe(2);
    expect(server?.seen.length).toBe(3);
  });

  it('[L16] [L17] [L18] delete, undelete, purge and apps --deleted ask for what they are told', async () => {
    const deleted = { app: 'list', kind: 'todos', epoch: 'e1', deletedAt: 0, until: 86_400_000, bytes: 4_096 };
    const url = await serve(
      json(204, undefined),
      json(200, { applications: [deleted] }),
      json(200, { kind: 'todos', version: 3 }),
      json(204, undefined),
    );
    expect((await runCommand('delete', 'me/list', '--url', url)).stdout).toContain('me/list is deleted');
    expect((await runCommand('apps', 'me', '--deleted', '--url', url)).stdout).toMatch(
      /^me\/list +todos +epoch e1 {2}until 1970-01-02T/,
    );
    expect((await runCommand('undelete', 'me/list', '--epoch', 'e1', '--url', url)).stdout).toBe(
      'me/list is back: kind todos, version 3',
    );
    expect(await runCommand('purge', 'me/list', '--url', url)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--yes'),
    });
    expect((await runCommand('purge', 'me/list', '--yes', '--json', '--url', url)).stdout).toBe(
      '{"application":"me/list","purged":true}',
    );
    expect(server?.seen.map(({ method, url: path }) => `${method} ${path}`)).toEqual([
      'DELETE /v1/apps/me/list',
      'GET /v1/apps/me?deleted=1',
      'POST /v1/apps/me/list/undelete?epoch=e1',
      'POST /v1/apps/me/list/purge',
    ]);
  });

  it('[L13] [L14] fork and diff ask for what they are told', async () => {
    const url = await serve(json(201, { kind: 'todos' }), json(200, [{ op: 'remove', path: '/a' }]));
    expect((await runCommand('fork', 'alice/list', 'b@x/copy', '--at', '3', '--url', url)).stdout).toContain('todos');
    expect(server?.seen[0]).toMatchObject({ url: '/v1/apps/alice/list/fork', body: '{"to":"b%40x/copy","version":3}' });
    expect((await runCommand('diff', 'alice/list', '3', '5', '--url', url)).stdout.trim()).toBe(
      '{"op":"remove","path":"/a"}',
    );
    expect(server?.seen[1]?.url).toBe('/v1/apps/alice/list/diff?from=3&to=5');
    expect((await runCommand('diff', 'alice/list', 'x', '--url', url)).status).toBe(2);
  });

  it('[L11] is not imported twice when nobody knows whether it was, and is when it was refused', async () => {
    const file = join(folder, 'once.ndjson');
    writeFileSync(file, LINES);
    const url = await serve(problem(503, 'unavailable', { 'Retry-After': '0' }), page(504));
    expect((await runCommand('restore', file, 'alice/list', '--replace', '--url', url)).status).toBe(3);
    expect(server?.seen.length).toBe(2);
  });
});

describe('the command line', () => {
  it('lists the commands, each with help of its own', async () => {
    const { status, stdout } = await runCommand('--help');
    expect(status).toBe(0);
    const names = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name = '']) => name);
    expect(names).toEqual(
      ...[
        [
          'dev',
          'serve',
          'config',
          'token',
          'cost',
          'apps',
          'log',
          'push',
          'get',
          'watch',
          'rejections',
          'backup',
          'backups',
          'restore',
          'fork',
          'diff',
          'delete',
          'undelete',
          'purge',
          'publish',
          'revoke',
          'audit',
        ],
      ],
    );
    for (const name of names) {
      const help = await runCommand(name, '--help');
      expect([name, help.status, help.stderr]).toEqual([name, 0, '']);
      expect(help.stdout).toContain(`Usage: npx changebucket ${name}`);
    }
  });

  it.each([
    ['sreve', 'serve'],
    ['bakcup', 'backup'],
    ['logs', 'log'],
    ['rejection', 'rejections'],
  ])('takes %s for %s misspelled', async (wrong, right) => {
    expect(await runCommand(wrong)).toMatchObject({ status: 2, stderr: expect.stringContaining(`"${right}"`) });
  });

  it.each([
    [['push', 'a/b', 'add', '--wiat'], 'unknown option --wiat. Did you mean --wait?'],
    [['push', 'a/b', 'add', '--knid=todos'], 'unknown option --knid. Did you mean --kind?'],
    [['push', 'a/b', 'add', '-wait'], 'unknown option -wait. Did you mean --wait?'],
    [['get', 'a/b', '--toString'], 'unknown option --toString.'],
    [['get', 'a/b', '-x'], 'unknown option -x.'],
    [['get', 'a/b', '--url'], '--url needs a value.'],
    [['get', 'a/b', '--url', '--token'], '--url needs a value.'],
    [['get', 'a/b', '--json=yes'], '--json takes no value.'],
    [['backup', 'a/b', '--ouptut', 'x'], 'unknown option --ouptut. Did you mean --output?'],
    [['config', '--name', 'My Worker'], '--name may have a-z, 0-9 and -, at most 63 characters'],
    [['config', '--entry', 'none.ts'], '--entry must be the module of a Worker: there is no such file.'],
    [['restore', 'x', 'a/b', '--repalce'], 'unknown option --repalce. Did you mean --replace?'],
    [['serve', '--prot', '1'], 'unknown option --prot. Did you mean --port?'],
    [['token', '--sbu', 'x'], 'unknown option --sbu. Did you mean --sub?'],
    [['cost', '--client', '1'], 'unknown option --client. Did you mean --clients?'],
    [['log', 'a/b', '--folow'], 'unknown option --folow. Did you mean --follow?'],
    [['apps', '--josn'], 'unknown option --josn. Did you mean --json?'],
    [['watch', 'a/b', '--rul', 'x'], 'unknown option --rul. Did you mean --url?'],
    [['rejections', 'a/b', '--timout', '1'], 'unknown option --timout. Did you mean --timeout?'],
  ])('says what is wrong with the flags of %j in one line of its own', async (argv, message) => {
    const { status, stderr } = await runCommand(...argv);
    expect([status, stderr]).toEqual([2, `${message}\nHelp: changebucket ${argv[0]} --help`]);
  });

  it.each([
    ['http://127.0.0.1:1', '--secret', 'hush-hush'],
    ['http://127.0.0.1:1', '--secret', '-hush-hush'],
    ['http://127.0.0.1:1', '--secret', '--hush-hush', '--json'],
    ['http://127.0.0.1:1', '--secret=hush-hush'],
    ['--secret', 'hush-hush', 'http://127.0.0.1:1'],
    ['--secret', 'hush-hush'],
  ])('never repeats a secret that was written behind --secret: %j', async (...args) => {
    const { status, stdout, stderr } = await runCommand('conformance', ...args);
    expect([status, stdout + stderr]).toEqual([2, expect.stringContaining('environment variable AUTH_SECRET')]);
    expect(stdout + stderr).not.toContain('hush');
  });

  it('does not repeat the argument that is too many, whatever it is', async () => {
    for (const argv of [
      ['conformance', '--secret', 'http://127.0.0.1:1', 'hush-hush'],
      ['token', '--sub', 'x', 'hush-hush'],
    ]) {
      const { status, stderr } = await runCommand(...argv);
      expect([status, stderr]).toEqual([2, expect.stringContaining('Unexpected argument: beside flags, at most ')]);
      expect(stderr).not.toContain('hush');
    }
  });

  it.each([
    ['--key', 'ключ', '--key must match ^[A-Za-z0-9]'],
    ['--kind', 'a b', '--kind must match ^[A-Za-z0-9]'],
    ['--if-match', '"ключ"', '--if-match must be like'],
    ['--token', 'ключ', '--token is no token'],
  ])('[I1] refuses %s %s before it sends anything', async (option, value, text) => {
    const { status, stderr } = await runCommand(...PUSH, option, value, '--url', 'http://127.0.0.1:1');
    expect([status, stderr]).toEqual([2, expect.stringContaining(text)]);
    expect(stderr).not.toContain(value);
  });

  it('tells its version, and names all commands where none is similar', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(await runCommand('--version')).toEqual({ status: 0, stdout: version, stderr: '' });
    expect((await runCommand('xyzzyxyzzy')).stderr).toContain('dev, serve, config, token');
    expect((await runCommand()).status).toBe(2);
    expect((await runCommand('toString')).status).toBe(2);
  });
});
