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

/** Lists backups 1 to the last of `reads`; number 4 expires meanwhile. */
const serve = async (reads: Readonly<Record<number, Answer>>): Promise<string> => {
  server = await ScriptedServer.start((response, request) => {
    const [path = '', query] = request.url.split('?');
    const read = reads[Number(path.split('/')[3])];
    if (read !== undefined) return read(response, request);
    const after = Number(new URLSearchParams(query).get('after') ?? 0);
    const ids = Object.keys(reads).map(Number);
    json(200, { entries: ids.filter((id) => id > after && !(after > 0 && id === 4)).map(kept) })(response, request);
  });
  return server.url;
};

const READS: Readonly<Record<number, Answer>> = {
  1: problem(404, 'unknown-backup'),
  2: content(CONTENT),
  3: content(CONTENT.replace('state', 'etats')),
  4: problem(404, 'unknown-backup'),
  5: (response) => {
    response.writeHead(200, { 'Content-Length': CONTENT.length }).write('{"st');
    setTimeout(() => response.destroy(), 20);
  },
  6: problem(404, 'unknown-backup'),
  7: content(CONTENT),
};

describe('backups verify', () => {
  it('[K1] [K5] goes on after each broken or missing backup, and ends with their number', async () => {
    const { status, stdout, stderr } = await runCommand('backups', 'verify', '--url', await serve(READS));
    expect(stdout.split('\n').map((line) => line.split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'MISSING 1',
      'whole 2',
      'BROKEN 3',
      'BROKEN 5',
      'MISSING 6',
      'whole 7',
    ]);
    expect([status, stderr]).toEqual([1, 'Of 6 backups, 2 are broken and 2 are missing.']);
  });

  it('tells the finding of each with --json, and ends with 0 when all are whole', async () => {
    const url = await serve({ 1: content(CONTENT), 2: content(CONTENT) });
    const { status, stdout, stderr } = await runCommand('backups', 'verify', '--url', url, '--json');
    const lines = stdout.split('\n').map((line) => JSON.parse(line));
    expect([status, stderr, lines]).toEqual([
      0,
      '',
      [1, 2].map((id) => ({ ...kept(id), isWhole: true, finding: 'whole' })),
    ]);
  });

  it('stops where no backup can be read, such as with a token of nobody', async () => {
    const url = await serve({ 1: problem(403, 'forbidden'), 2: content(CONTENT) });
    expect(await runCommand('backups', 'verify', '--url', url)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('403 forbidden'),
    });
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
