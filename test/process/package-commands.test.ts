import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../src/cli/bundle.ts';
import { hasBuilder, runSteps } from '../support/hosting/container.ts';
import { hostingFile } from '../support/hosting/page.ts';
import { packedPackage } from '../support/packed.ts';
import { Command, freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// The commands as somebody has them who installed the package: a kind of one's own, and no clone of this repository.

const WORKER = `import { change, defineApplication, reject } from 'changebucket/define';
import { changebucket, document } from 'changebucket/server';
import * as v from 'valibot';

const poll = defineApplication({
  name: 'poll',
  version: 1,
  initial: { votes: {} as Record<string, string>, closed: false },
  changes: {
    vote: change(v.object({ for: v.string() }), (state, args, { user }) => {
      if (state.closed) reject('closed', 'The poll is closed.');
      state.votes[user] = args.for;
    }),
    close: change(v.object({}), (state) => {
      state.closed = true;
    }),
  },
});

const { worker, Application, Directory } = changebucket([document, poll]);
export { Application, Directory };
export default worker;
`;

const project = temporaryFolder();
/** The lowest Node that the package runs on. */
const oldest = join(project, 'node_modules/node/bin/node');
const bin = 'node_modules/changebucket/dist/cli/changebucket.js';
/** Tells a command that hangs from a machine that is slow. */
const RUN_MS = 60_000;

beforeAll(() => {
  const packed = packedPackage();
  mkdirSync(join(project, 'src'));
  writeFileSync(join(project, 'package.json'), '{"name":"mine","type":"module","private":true}');
  writeFileSync(join(project, 'src/worker.ts'), WORKER);
  execFileSync('npm', ['install', '--no-audit', '--no-fund', packed, 'node@20.0.0'], { cwd: project });
});

const running: Command[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.stop()));
  for (const name of ['wrangler', 'workerd', 'esbuild']) unlink(name);
  for (const name of ['wrangler.jsonc', '.wrangler']) rmSync(join(project, name), { recursive: true, force: true });
});

/** What the project would install with npm; it takes minutes that this repository has already spent. */
const link = (...names: string[]): void => {
  for (const name of names) symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
};
const unlink = (name: string): void => rmSync(join(project, 'node_modules', name), { force: true });

const start = (node: string, args: readonly string[]): Command => {
  const env = { ...tools, AUTH_SECRET: '' };
  const command = new Command([bin, ...args], env, { cwd: project, node });
  running.push(command);
  return command;
};

/** Of .tools.env: wrangler without questions and without the network. */
const tools = Object.fromEntries(
  readFileSync(join(root, '.tools.env'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('=') as [string, string]),
);

const cb = (url: string, args: readonly string[], input = '') => {
  const env = { ...process.env, CHANGEBUCKET_URL: url };
  const { status, stdout, stderr } = spawnSync(oldest, [bin, ...args], {
    ...{ cwd: project, env, encoding: 'utf8', input, timeout: RUN_MS },
  });
  return { status, stdout, stderr };
};

const configure = (date: string, flags: readonly string[]): void => {
  const bindings = ['Application', 'Directory'].map((name) => ({ name: name.toUpperCase(), class_name: name }));
  writeFileSync(
    join(project, 'wrangler.jsonc'),
    JSON.stringify({
      name: 'mine',
      main: 'src/worker.ts',
      compatibility_date: date,
      compatibility_flags: flags,
      durable_objects: { bindings },
      migrations: [{ tag: 'v1', new_sqlite_classes: ['Application', 'Directory'] }],
    }),
  );
};

const devFlags = async (): Promise<string[]> => [
  ...['--port', String(await freePort()), '--inspector-port', String(await freePort())],
  ...['--persist-to', temporaryFolder()],
];

describe('the commands of the packed package, on the lowest Node that `engines` names', () => {
  it('are there: help, version, a token, the cost, and a word for what is not', () => {
    const { version, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(execFileSync(oldest, ['--version'], { encoding: 'utf8' }).trim()).toBe(`v${engines.node.slice(2)}.0.0`);
    expect(cb('', ['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    expect(cb('', ['toekn'])).toMatchObject({ status: 2, stderr: expect.stringContaining('"token"') });
    expect(cb('', ['cost', '--json']).stdout).toContain('"socket"');
    const npx = execFileSync('npx', ['--no-install', 'changebucket', 'token', '--sub', 'ann', '--json'], {
      ...{ cwd: project, encoding: 'utf8', env: { ...process.env, AUTH_SECRET: 'a'.repeat(32) } },
    });
    expect(JSON.parse(npx)).toMatchObject({ sub: 'ann', owns: '/v1/apps/ann/*' });
  });

  it.each([
    ['serve', 'npm i -D workerd esbuild\n'],
    ['dev', 'npm i -D wrangler'],
  ])('%s says what to install', (name, cure) => {
    expect(cb('', [name])).toMatchObject({ status: 1, stderr: expect.stringContaining(cure) });
  });

  it('dev says which Node wrangler needs', () => {
    link('wrangler');
    const { status, stderr } = cb('', ['dev']);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/needs Node 22.* this is Node 20\.0\.0.*npm i -D node@24/),
    ]);
  });

  it('serve runs a Worker of its own; push, get, log, rejections, backup and restore work on it', async () => {
    link('workerd', 'esbuild');
    const [port, data] = [await freePort(), temporaryFolder()];
    const serve = start(oldest, [
      'serve',
      '--entry',
      'src/worker.ts',
      '--port',
      String(port),
      '--data',
      data,
      '--open',
    ]);
    const [, url = ''] = await serve.prints(/ready on (http:\S+)/);
    const push = ['push', 'me/poll', 'vote', '{"for":"tea"}', '--kind', 'poll', '--wait'];
    expect(cb(url, push)).toEqual({ status: 0, stdout: 'accepted as seq 1, applied in version 1\n', stderr: '' });
    expect(JSON.parse(cb(url, ['get', 'me/poll', '/votes']).stdout)).toEqual({ anonymous: 'tea' });
    expect(cb(url, ['push', 'me/poll', 'close', '--wait', '--json']).status).toBe(0);
    const late = cb(url, [...push, '--json']);
    expect([late.status, JSON.parse(late.stderr)]).toEqual([1, expect.objectContaining({ reason: 'closed' })]);
    expect(cb(url, ['log', 'me/poll']).stdout).toMatch(
      /^1 .*applied {2}vote.*\n2 .*\n3 .*rejected: The poll is closed\./,
    );
    expect(cb(url, ['rejections', 'me/poll']).stdout).toMatch(/^3 .*closed/);
    expect(JSON.parse(cb(url, ['rejections', 'me/poll', 'retry', '3']).stdout)).toMatchObject({ seq: 4 });
    expect(cb(url, ['push', 'me/notes', '-', '--json'], '{"a":1}').status).toBe(0);
    expect(cb(url, ['apps', 'me']).stdout).toMatch(/me\/notes +document .*\nme\/poll +poll /);
    expect(cb(url, ['backup', 'me/poll', '-o', 'poll.ndjson']).stdout).toMatch(/complete/);
    expect(cb(url, ['restore', 'poll.ndjson', 'me/copy']).stdout).toMatch(/kind poll/);
    expect(JSON.parse(cb(url, ['get', 'me/copy', '--json']).stdout)).toMatchObject({ state: { closed: true } });
    expect(cb(url, ['push', 'me/poll', 'vote', '{}', '--kind', 'pol'])).toMatchObject({ status: 1 });
    expect(cb(url, ['get', 'me/none'])).toMatchObject({ status: 1, stderr: expect.stringContaining('unknown-app') });
  });

  it('watch and log --follow print what comes, and go on after the server was away', async () => {
    link('workerd', 'esbuild');
    const [port, data] = [await freePort(), temporaryFolder()];
    const args = ['serve', '--entry', 'src/worker.ts', '--port', String(port), '--data', data, '--open'];
    const url = `http://127.0.0.1:${port}`;
    const first = start(oldest, args);
    await first.prints(/ready on/);
    cb(url, ['push', 'me/notes', 'merge', '{"a":1}', '--wait']);
    const watch = start(oldest, ['watch', 'me/notes', '--url', url]);
    const log = start(oldest, ['log', 'me/notes', '--follow', '--url', url, '--json']);
    await watch.prints(/version 1 {2}state \{"a":1\}/);
    await log.prints(/"seq":1,/);
    await first.stop();
    await start(oldest, args).prints(/ready on/);
    cb(url, ['push', 'me/notes', 'merge', '{"b":2}', '--wait']);
    await watch.prints(/version 2 {2}(patch|state) /);
    await log.prints(/"seq":2,/);
    expect(log.printed.match(/"seq":1,/g)?.length).toBe(1);
  });

  it('serve says what is wrong with a Worker, a port or a folder', async () => {
    link('workerd', 'esbuild');
    writeFileSync(join(project, 'src/bare.ts'), "export default { fetch: () => new Response('hi') };");
    writeFileSync(join(project, 'src/broken.ts'), "import { nothing } from './nowhere';\nexport default nothing;");
    expect(cb('', ['serve', '--entry', 'src/bare.ts', '--port', '0']).stderr).toContain('does not export Application');
    expect(cb('', ['serve', '--entry', 'src/broken.ts', '--port', '0']).stderr).toContain('./nowhere');
    expect(cb('', ['serve', '--assets', 'nowhere', '--port', '0'])).toMatchObject({ status: 2 });
    const port = await freePort();
    const serve = start(oldest, ['serve', '--port', String(port), '--data', temporaryFolder(), '--open']);
    await serve.prints(/ready on/);
    expect(cb('', ['serve', '--port', String(port)])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('taken'),
    });
  });
});

describe('static files of `serve --assets`', () => {
  it('are served as on Cloudflare, and everything else by the Worker', async () => {
    link('workerd', 'esbuild');
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'sub.dir'));
    mkdirSync(join(folder, 'guide'));
    const files = {
      'index.html': 'home',
      'about.html': 'about',
      'guide/index.html': 'guide',
      'data.json': '{"a":1}',
      'sub.dir/x.js': 'x',
      '.secret': 'secret',
      _headers: '/*\n  X-All: yes\n/about\n  X-One: yes\n',
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const port = await freePort();
    const flags = ['--port', String(port), '--data', temporaryFolder(), '--assets', folder, '--open'];
    await start(oldest, ['serve', '--entry', 'src/worker.ts', ...flags]).prints(/ready on/);
    const get = async (path: string, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, redirect: 'manual' });
      return [answer.status, answer.headers.get('Content-Type'), await answer.text(), answer.headers] as const;
    };
    expect((await get('/')).slice(0, 3)).toEqual([200, 'text/html; charset=utf-8', 'home']);
    const [, , about, headers] = await get('/about?q=1');
    expect([about, headers.get('X-All'), headers.get('X-One')]).toEqual(['about', 'yes', 'yes']);
    expect((await get('/data.json')).slice(0, 3)).toEqual([200, 'application/json', '{"a":1}']);
    expect((await get('/sub.dir/x.js')).slice(0, 2)).toEqual([200, 'text/javascript; charset=utf-8']);
    const [status, , , redirect] = await get('/guide');
    expect([status, redirect.get('Location')]).toEqual([307, '/guide/']);
    expect((await get('/guide/'))[2]).toBe('guide');
    expect((await get('/about', 'POST'))[0]).toBe(404);
    for (const path of [
      '/.secret',
      '/_headers',
      '/sub.dir',
      '/sub.dir/',
      '/none',
      '/..%2f..%2fetc%2fpasswd',
      '/%2e%2e/x',
    ])
      expect([path, (await get(path)).slice(0, 2)]).toEqual([path, [404, 'application/problem+json']]);
    expect((await get('/v1/apps/me'))[0]).toBe(200);
  });
});

describe('the package and wrangler', () => {
  const deploy = () => {
    const args = [join(root, 'node_modules/wrangler/bin/wrangler.js'), 'deploy', '--dry-run', '--outdir', 'out'];
    const env = { ...process.env, ...tools };
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, env, encoding: 'utf8' });
    return { status, printed: stdout + stderr };
  };

  it.each<[string, string[]]>([
    ['2024-09-01', []],
    ['2026-08-03', []],
  ])('a bundle for %s without the Node APIs does not build, and says what to set', (date, flags) => {
    configure(date, flags);
    const { status, printed } = deploy();
    expect(status).not.toBe(0);
    expect(printed).toContain('Set nodejs_compat, or a date from 2026-08-04.');
    expect(printed).toContain('Add the "nodejs_compat" compatibility flag');
  });

  it('a bundle for a date before 2024-09-23 does not build with nodejs_compat either, and says which date does', () => {
    configure('2024-09-01', ['nodejs_compat']);
    const { status, printed } = deploy();
    expect(status).not.toBe(0);
    expect(printed).toContain('update your compatibility_date to 2024-09-23 or later');
  });

  it.each<[string, string[]]>([
    ['2024-09-23', ['nodejs_compat']],
    ['2025-05-04', ['nodejs_compat']],
    ['2026-08-04', []],
  ])(
    'a Worker for %s with %j builds without a warning, and runs: push, compressed state, backup',
    async (date, flags) => {
      link('wrangler');
      configure(date, flags);
      const { status, printed } = deploy();
      expect([status, /WARNING|ERROR/.test(printed)]).toEqual([0, false]);
      const dev = start(process.execPath, ['dev', ...(await devFlags())]);
      const [, url = ''] = await dev.prints(/Ready on (http:\S+)/);
      const text = 'x'.repeat(50_000);
      expect(cb(url, ['push', 'me/notes', '-', '--wait'], JSON.stringify({ text })).status).toBe(0);
      expect(JSON.parse(cb(url, ['get', 'me/notes', '/text']).stdout)).toBe(text);
      expect(cb(url, ['backup', 'me/notes', '-o', 'notes.ndjson']).status).toBe(0);
      expect(cb(url, ['restore', 'notes.ndjson', 'me/copy']).status).toBe(0);
      expect(dev.printed).not.toMatch(/ERROR|Uncaught/);
    },
  );

  it('dev runs a Worker without a configuration of wrangler', async () => {
    link('wrangler');
    writeFileSync(join(project, '.dev.vars'), 'AUTH_SECRET=a-secret-in-dev-vars-only-0123456789abcdef\n');
    const dev = start(process.execPath, ['dev', '--entry', 'src/worker.ts', ...(await devFlags())]);
    const [, url = ''] = await dev.prints(/Ready on (http:\S+)/);
    rmSync(join(project, '.dev.vars'));
    // Its secret is there: a token that is sent is checked.
    const headers = { Authorization: 'Bearer none' };
    expect((await fetch(`${url}/v1/apps/me/x/state`, { headers })).status).toBe(401);
    expect(cb(url, ['push', 'me/poll', 'vote', '{"for":"tea"}', '--kind', 'poll', '--wait']).status).toBe(0);
  });
});

describe('in a container, as docs/hosting.md says', () => {
  const dockerfile = hostingFile('Dockerfile').replace('worker.ts', 'src/worker.ts');
  const SECRET = 'a-secret-in-a-container-0123456789abcdef';

  /** Its health check, a request without a token and one with it, and how long SIGTERM takes. */
  const look = async (url: string): Promise<void> => {
    expect((await fetch(`${url}/v1/apps/me/list/state`)).status).toBe(401);
    const env = { ...process.env, AUTH_SECRET: SECRET };
    const token = execFileSync(process.execPath, [bin, 'token', '--sub', 'me'], {
      cwd: project,
      env,
      encoding: 'utf8',
    });
    const done = cb(url, ['push', 'me/list', 'merge', '{"a":1}', '--token', token.trim()]);
    expect([done.status, done.stderr]).toEqual([0, '']);
  };

  it('the Dockerfile makes an image that serves, is healthy and ends at once', async () => {
    const port = await freePort();
    if (hasBuilder('node:24-slim')) return inDocker(port, look);
    const image = runSteps(dockerfile, project, join(temporaryFolder(), 'app'));
    for (const name of ['workerd', 'esbuild'])
      symlinkSync(join(root, 'node_modules', name), join(image.folder, 'node_modules', name));
    const [, ...words] = image.command;
    const places: Record<string, string> = { '0.0.0.0': '127.0.0.1', '/data': temporaryFolder() };
    const args = words.slice(1).map((word) => places[word] ?? word);
    const env = { ...image.env, AUTH_SECRET: SECRET };
    const command = new Command([bin, ...args, '--port', String(port)], env, { cwd: image.folder });
    running.push(command);
    await command.prints(/ready on/);
    await look(`http://127.0.0.1:${port}`);
    const check = image.healthcheck.map((word) => word.replace('8787', String(port)));
    const { status } = spawnSync(check[0] ?? '', check.slice(1));
    expect(status).toBe(0);
    await command.stop();
    expect(spawnSync(check[0] ?? '', check.slice(1)).status).toBe(1);
  });

  const inDocker = async (port: number, look: (url: string) => Promise<void>): Promise<void> => {
    const folder = temporaryFolder();
    cpSync(project, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
    writeFileSync(join(folder, 'Dockerfile'), dockerfile.replace('COPY package*.json', 'COPY *.tgz package*.json'));
    execFileSync('npm', ['install', '--package-lock-only', 'workerd', 'esbuild'], { cwd: folder });
    execFileSync('docker', ['build', '--quiet', '--tag', 'changebucket-test', '.'], { cwd: folder });
    const args = ['run', '--detach', '--rm', '--env', `AUTH_SECRET=${SECRET}`, '--publish', `127.0.0.1:${port}:8787`];
    const id = execFileSync('docker', [...args, 'changebucket-test'], { encoding: 'utf8' }).trim();
    try {
      for (let tries = 0; tries < 100; tries += 1) {
        if ((await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined))?.ok) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await look(`http://127.0.0.1:${port}`);
    } finally {
      execFileSync('docker', ['stop', id]);
    }
  };
});
