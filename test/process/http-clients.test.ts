import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../src/cli/bundle.ts';
import { openapi } from '../../src/server/http/openapi/document.ts';
import { routes } from '../../src/server/http/route-table.ts';
import { generateClient, typeErrorsIn } from '../support/generated-client.ts';
import { HttpProxy, type Treatment } from '../support/http-proxy.ts';
import { Workerd } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
let workerd: Workerd;

beforeAll(async () => {
  workerd = await Workerd.prepare();
  await workerd.start();
});
afterAll(() => workerd?.kill());

describe('a client that is generated from /openapi.json', () => {
  const document = (): any => JSON.parse(openapi(routes));

  it('type-checks, and runs the tour of the README', async () => {
    const served = await (await fetch(`${workerd.url}/openapi.json`)).json();
    const folder = await generateClient('tour', served as object);
    expect(typeErrorsIn(folder)).toBe('');
    const { stdout } = await run(process.execPath, [join(folder, 'tour.ts'), workerd.url, 'generated']);
    expect(stdout.split('\n')).toEqual([
      'first {"client":"laptop","n":1,"seq":1,"version":0}',
      'repeated {"client":"laptop","n":1,"seq":1,"repeated":true,"version":1}',
      '200 /v1/apps/me/generated/changes/laptop/2',
      'applied in version 2',
      '{"milk":1,"tea":2}',
      'urn:changebucket:problem:sequence-gap 3',
      'event: state',
      '',
    ]);
  });

  it('does not compile when a path is gone, or a member has another name', async () => {
    const without = document();
    delete without.paths['/v1/apps/{owner}/{app}/state'];
    const renamed = JSON.parse(openapi(routes).replaceAll('"expected"', '"next"'));
    const folders = await Promise.all([generateClient('without', without), generateClient('renamed', renamed)]);
    const [gone, other] = folders.map(typeErrorsIn);
    expect(gone).toContain('/state');
    expect(other).toMatch(/'expected' does not exist/);
  });
});

const JSON_TROUBLE = { 'content-type': 'application/problem+json' };

/** Each kind of trouble in turn, with one answer that arrives between two. */
const troubled = (): Treatment => {
  const troubles: Treatment[] = [
    // It has arrived, and nobody learns of it.
    (_, forward) => forward().then(() => 'lose'),
    async () => ({ status: 503, headers: JSON_TROUBLE, body: Buffer.from('{}') }),
    async () => 'lose',
    async () => ({ status: 429, headers: { ...JSON_TROUBLE, 'retry-after': '1' }, body: Buffer.from('{}') }),
    (_, forward) => forward().then(() => 'cut'),
    async () => ({ status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from('<html>') }),
  ];
  let asked = 0;
  return (request, forward) => {
    asked += 1;
    const trouble = asked % 2 === 0 ? undefined : troubles[((asked - 1) / 2) % troubles.length];
    return trouble === undefined ? forward() : trouble(request, forward);
  };
};

/** The first push arrives, and nobody learns of it; the next ones find a token that has ended meanwhile. */
const signedOut = (): Treatment => {
  let asked = 0;
  const body = Buffer.from('{"type":"urn:changebucket:problem:unauthorized","title":"","status":401,"detail":""}');
  return async (_, forward) => {
    asked += 1;
    if (asked === 1) return forward().then(() => 'lose');
    return asked <= 3 ? { status: 401, headers: JSON_TROUBLE, body } : forward();
  };
};

/** The args of all changes, in the order of the log. */
const logOf = async (app: string): Promise<unknown[]> => {
  const { entries } = (await (await fetch(`${workerd.url}/v1/apps/me/${app}/log`)).json()) as {
    entries: { args: unknown }[];
  };
  return entries.map(({ args }) => args);
};

const merge = (app: string, n: number, patch: object): Promise<Response> =>
  fetch(`${workerd.url}/v1/apps/me/${app}/changes/other/${n}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/merge-patch+json', Prefer: 'wait=5' },
    body: JSON.stringify(patch),
  });

const ITEMS = [{ a: 1 }, { b: [1, 2, 3] }, { a: 2, 'c/d~e': { f: 1 } }, { b: null }];

describe.concurrent('the Python client', () => {
  const python = (url: string, file: string, program: string): Promise<{ stdout: string }> =>
    run(
      'python3',
      ['-c', `import json\nfrom changebucket import *\nc = Changebucket("${url}", "py", "${file}")\n${program}`],
      {
        cwd: join(root, 'examples/python'),
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      },
    );

  it('has fewer than 60 lines', () => {
    expect(readFileSync(join(root, 'examples/python/changebucket.py'), 'utf8').split('\n').length - 1).toBeLessThan(60);
  });

  it('[Q1] [Q3] [S3] [S4] pushes exactly once and polls patches, whatever is lost, and resumes', async () => {
    const proxy = new HttpProxy(workerd.url, troubled());
    const url = `${await proxy.listen()}/v1/apps/me/python`;
    const file = join(temporaryFolder(), 'kept.json');
    let polled: unknown;
    try {
      for (const [index, item] of ITEMS.entries()) {
        // A process for each: what it has kept in the file is all that the next one knows.
        const { stdout } = await python(
          url,
          file,
          `print(json.dumps([c.push("merge", ${JSON.stringify(item).replace('null', 'None')})["seq"], c.poll(wait=1)]))`,
        );
        const [seq, state] = JSON.parse(stdout);
        expect(seq).toBe(index + 1);
        polled = state;
      }
    } finally {
      proxy.close();
    }
    expect(polled).toEqual({ a: 2, 'c/d~e': { f: 1 } });
    expect(await logOf('python')).toEqual(ITEMS);
  });

  it('[Q1] [Q3] sends what it was sending when its token ended under the same n with the next one', async () => {
    const proxy = new HttpProxy(workerd.url, signedOut());
    const url = `${await proxy.listen()}/v1/apps/me/python-token`;
    const program = `
for item in ["a", "b", "c"]:
    try:
        print(c.push("merge", {item: 1})["n"])
    except Refused as error:
        print(error.args[0]["status"])`;
    const { stdout } = await python(url, join(temporaryFolder(), 'kept.json'), program);
    proxy.close();
    expect([stdout, await logOf('python-token')]).toEqual(['401\n401\n2\n', [{ a: 1 }, { c: 1 }]]);
  });

  it('[S3] asks with its etag, applies what the patch says to a list, and says what was refused', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = new HttpProxy(workerd.url, async ({ headers }, forward) => {
      const given = await forward();
      if (headers['a-im'] !== undefined) asked.push(`${given.status}`);
      return given;
    });
    const base = await proxy.listen();
    const file = join(temporaryFolder(), 'kept.json');
    await merge('python-lists', 1, { text: 'x'.repeat(300), list: [1, 2, 3, 4], 'a/b~c': { d: 1 } });
    await python(`${base}/v1/apps/me/python-lists`, file, 'c.poll()');
    await fetch(`${workerd.url}/v1/apps/me/python-lists/changes/other/2`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json-patch+json', Prefer: 'wait=5' },
      body: '[{"op":"remove","path":"/list/0"},{"op":"add","path":"/list/1","value":9},{"op":"add","path":"/list/-","value":[]},{"op":"replace","path":"/a~1b~0c/d","value":2}]',
    });
    const program = `
print(json.dumps(c.poll()))
c.poll()
try:
    c.push("no name", None)
except Refused as error:
    print(error.args[0]["type"])
print(c.push("merge", {"end": True})["n"])`;
    const { stdout } = await python(`${base}/v1/apps/me/python-lists`, file, program);
    proxy.close();
    const [state = '', refusal, n] = stdout.split('\n');
    expect(JSON.parse(state)).toEqual({ text: 'x'.repeat(300), list: [2, 9, 3, 4, []], 'a/b~c': { d: 2 } });
    expect([refusal, n]).toEqual(['urn:changebucket:problem:invalid-change', '1']);
    expect(asked).toEqual(['200', '226', '304']);
  });
});

describe.concurrent('the bash client', () => {
  it('[Q1] [Q3] sends what it was sending when its token ended under the same n with the next one', async () => {
    const proxy = new HttpProxy(workerd.url, signedOut());
    const CB_URL = `${await proxy.listen()}/v1/apps/me/bash-token`;
    const env = { ...process.env, CB_URL, CB_CLIENT: 'sh', CB_DIR: temporaryFolder() };
    const script = `. examples/bash/changebucket.sh; for item in a b c; do cb_push merge "{\\"$item\\":1}" || true; done`;
    const { stdout } = await run('bash', ['-c', script], { cwd: root, env });
    proxy.close();
    expect(JSON.parse(stdout)).toMatchObject({ n: 2, seq: 2 });
    expect(await logOf('bash-token')).toEqual([{ a: 1 }, { c: 1 }]);
  });

  it('[Q1] [Q3] [S2] pushes exactly once and polls states, whatever is lost, and resumes', async () => {
    const proxy = new HttpProxy(workerd.url, troubled());
    const CB_URL = `${await proxy.listen()}/v1/apps/me/bash`;
    const env = { ...process.env, CB_URL, CB_CLIENT: 'sh', CB_DIR: temporaryFolder() };
    const bash = (script: string) =>
      run('bash', ['-c', `. examples/bash/changebucket.sh; ${script}`], { cwd: root, env });
    try {
      for (const [index, item] of ITEMS.entries()) {
        const { stdout } = await bash(`cb_push merge '${JSON.stringify(item)}'`);
        expect(JSON.parse(stdout)).toMatchObject({ client: 'sh', n: index + 1, seq: index + 1 });
      }
      const { stdout } = await bash('cb_poll; cb_poll 1');
      expect(stdout).toBe('{"a":2,"c/d~e":{"f":1}}'.repeat(2));
      const refused = await bash('cb_push "no name" null || cb_push merge "{}"');
      expect([JSON.parse(refused.stderr).type, JSON.parse(refused.stdout).n]).toEqual([
        'urn:changebucket:problem:invalid-change',
        5,
      ]);
    } finally {
      proxy.close();
    }
    expect(await logOf('bash')).toEqual([...ITEMS, {}]);
  });
});
