import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../src/cli/bundle.ts';
import { browserPath, complaintsOf } from '../support/chromium.ts';
import { pack, run, ShellServer, textsOf } from '../support/new-project.ts';
import { packedPackage } from '../support/packed.ts';
import { codeBlocks } from '../support/pages/code-blocks.ts';
import { freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// What a developer gets: the packed command, the project that it makes, and everything that the quickstart says of it.

const packages = temporaryFolder();
const folder = temporaryFolder();
const project = join(folder, 'my-board');
const EXAMPLE = join(root, 'examples/board');

/** The command as npm has unpacked it. */
const create = (...args: string[]) =>
  spawnSync(process.execPath, [join(packages, 'package/dist/create.js'), ...args], { cwd: folder, encoding: 'utf8' });

const npm = (...args: string[]): string => run('npm', args, project);

const quickstart = codeBlocks('docs/quickstart.md', readFileSync(join(root, 'docs/quickstart.md'), 'utf8'));
/** The lines of the shell in the quickstart that have these words. */
const shellLines = (words: string): string => {
  const block = quickstart.find(({ language, text }) => language === 'sh' && text.includes(words));
  if (block === undefined) throw new Error(`no block of the quickstart has "${words}"`);
  return block.text;
};
/** Writes files of the quickstart below a folder. */
const writeFiles = (to: string, files: readonly string[]): void => {
  for (const name of files) {
    const block = quickstart.find(({ file }) => file === name);
    if (block === undefined) throw new Error(`the quickstart has no ${name}`);
    mkdirSync(dirname(join(to, name)), { recursive: true });
    writeFileSync(join(to, name), block.text);
  }
};

const servers: ShellServer[] = [];
const start = (line: string, cwd = project): ShellServer => {
  const server = new ShellServer(line, cwd);
  servers.push(server);
  return server;
};

let changebucket = '';
let browser: Browser | undefined;

beforeAll(() => {
  changebucket = packedPackage();
  const command = pack(join(root, 'create'), packages);
  run('tar', ['xzf', command, '-C', packages], packages);
  // As `npm create` does it, but from the tarball. A cache of its own: npm's remembers a tarball by its path.
  const args = ['exec', '--yes', '--cache', temporaryFolder(), '--package', command, '--'];
  const flags = ['--changebucket', changebucket, '--install'];
  run('npm', [...args, 'create-changebucket', 'my-board', ...flags], folder);
}, 300_000);

afterAll(async () => {
  await browser?.close();
  for (const server of servers) server.stop();
});

describe('npm create changebucket', () => {
  it('makes exactly the project in examples/board, and names it', () => {
    expect(create('changebucket-board').status).toBe(0);
    const { '.dev.vars': secrets, ...made } = textsOf(join(folder, 'changebucket-board'));
    expect(made).toEqual(textsOf(EXAMPLE));
    expect(secrets).toMatch(/^AUTH_SECRET=[\w-]{43}$/m);
    const { name, dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    expect([name, dependencies.changebucket]).toEqual(['my-board', `file:${changebucket}`]);
    expect(readFileSync(join(project, 'wrangler.jsonc'), 'utf8')).toContain('"name": "my-board"');
  });

  it('depends on the version of changebucket that it was packed with', () => {
    const version = (path: string): string =>
      JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')).version;
    const { dependencies } = JSON.parse(readFileSync(join(EXAMPLE, 'package.json'), 'utf8'));
    expect(dependencies.changebucket).toBe(`^${version('.')}`);
    expect(version('create')).toBe(version('.'));
  });

  it('asks nothing: without a folder it makes my-app, and it tells the next steps', () => {
    const { status, stdout } = create();
    expect(status).toBe(0);
    expect(stdout).toMatch(/cd my-app\n\s*npm install\n\s*npm run dev/);
    expect(readFileSync(join(folder, 'my-app/.dev.vars'), 'utf8')).not.toContain(
      readFileSync(join(project, '.dev.vars'), 'utf8').split('\n')[1],
    );
  });

  it('makes a name of any folder that a package and a Worker may have', () => {
    expect(create('Team Board (2)').status).toBe(0);
    expect(JSON.parse(readFileSync(join(folder, 'Team Board (2)/package.json'), 'utf8')).name).toBe('team-board-2');
  });

  it('refuses a folder that is not empty, and leaves it as it is; one with nothing but a repository is empty', () => {
    const full = join(folder, 'full');
    mkdirSync(full);
    writeFileSync(join(full, 'mine.txt'), 'mine');
    const { status, stderr } = create('full');
    expect([status, readdirSync(full)]).toEqual([1, ['mine.txt']]);
    expect(stderr).toContain(`${full} is not empty`);
    mkdirSync(join(folder, 'cloned/.git'), { recursive: true });
    expect(create('cloned').status).toBe(0);
  });

  it('tells its version and its flags, and refuses flags that it does not know', () => {
    expect(create('--version').stdout).toBe('0.1.0\n');
    expect(create('--help').stdout).toContain('--install');
    const unknown = create('my-other', '--template', 'vue');
    expect(unknown.status).toBe(2);
    expect(unknown.stderr).toContain('--template');
    expect(create('one', 'two').status).toBe(2);
    expect(existsSync(join(folder, 'my-other'))).toBe(false);
  });
});

describe('the project that it makes', () => {
  it('passes its own tests and type checks', () => {
    expect(npm('test')).toMatch(/Test Files\s+2 passed/);
    npm('run', 'types');
  });

  it('builds, and would deploy, without its secrets', () => {
    const printed = run('bash', ['-c', shellLines('--dry-run')], project);
    expect(printed).toContain('env.APPLICATION (Application)');
    expect(printed).toContain('env.DIRECTORY (Directory)');
    expect(printed).not.toContain('AUTH_SECRET');
    expect(printed).not.toContain('DEMO_LOGIN');
  });
});

describe.skipIf(browserPath === undefined)('npm run dev of that project', () => {
  const signIn = async (name: string): Promise<Page> => {
    const context = await (browser as Browser).newContext();
    const page = await context.newPage();
    complaints.push(complaintsOf(page));
    await page.goto(url);
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'To do' }).waitFor();
    return page;
  };
  const complaints: string[][] = [];
  const addCard = async (page: Page, title: string): Promise<void> => {
    await page.getByLabel('New card').fill(title);
    await page.getByRole('button', { name: 'Add' }).click();
  };
  const card = (page: Page, column: string, title: string) =>
    page.getByRole('region', { name: column }).getByRole('article', { name: title });
  let url: string;
  let dev: ShellServer;
  let ann: Page;
  let bob: Page;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://localhost:${port}`;
    dev = start(`npm run dev -- --port ${port} --strictPort`);
    browser = await chromium.launch({
      ...(browserPath === undefined ? {} : { executablePath: browserPath }),
      args: ['--no-sandbox'],
    });
    await dev.prints('ready in');
    ann = await signIn('Ann');
    bob = await signIn('Bob B.');
  });

  it('shows the change of one person to the other, and undoes it for both', async () => {
    await addCard(ann, 'Write the guide');
    await card(bob, 'To do', 'Write the guide').getByRole('button', { name: 'Move right' }).click();
    await card(ann, 'In progress', 'Write the guide').waitFor();
    await bob.getByRole('button', { name: 'Undo' }).click();
    await card(ann, 'To do', 'Write the guide').waitFor();
    await ann.getByRole('button', { name: 'Undo' }).click();
    await card(bob, 'To do', 'Write the guide').waitFor({ state: 'detached' });
    await ann.getByRole('button', { name: 'Redo' }).click();
    await card(bob, 'To do', 'Write the guide').waitFor();
  });

  it('says why a change was rejected, and takes it back', async () => {
    await card(bob, 'To do', 'Write the guide').getByRole('button', { name: 'Remove' }).click();
    await bob.getByRole('alert').getByText('Only Ann may remove this card.').waitFor();
    await card(bob, 'To do', 'Write the guide').waitFor();
  });

  it('runs a reducer that was edited, in page and Worker, over the same state', async () => {
    await ann.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
    const rules = join(project, 'src/board-state.ts');
    const text = readFileSync(rules, 'utf8');
    const edited = text.replace('DOING_MAX = 3', 'DOING_MAX = 1');
    expect(edited).not.toBe(text);
    writeFileSync(rules, edited);
    await dev.prints('hmr update virtual:cloudflare/worker-entry');
    await card(ann, 'To do', 'Write the guide').getByRole('button', { name: 'Move right' }).click();
    await card(bob, 'In progress', 'Write the guide').waitFor();
    await addCard(bob, 'Read the guide');
    await card(ann, 'To do', 'Read the guide').getByRole('button', { name: 'Move right' }).click();
    await ann.getByRole('alert').getByText('At most 1 in progress: finish one first.').waitFor();
    // What the server has, without the page's reducers.
    const state = await ann.evaluate(async () => {
      const { token } = (await (await fetch('/auth/token')).json()) as { token: string };
      const headers = { Authorization: `Bearer ${token}`, Prefer: 'drain' };
      const answer = await fetch('/v1/apps/_team/board/state', { headers });
      return (await answer.json()) as { columns: Record<string, string[]> };
    });
    expect([state.columns.todo?.length, state.columns.doing?.length]).toEqual([1, 1]);
    expect(await ann.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
    writeFileSync(rules, text);
  });

  it('takes the kind of the quickstart while it runs, and shares it', async () => {
    const added = ['src/poll.ts', 'src/applications.ts', 'src/poll-view.tsx', 'src/team-page.tsx', 'test/poll.test.ts'];
    writeFiles(project, added);
    await expect.poll(() => fetch(`${url}/auth/token`).then(({ status }) => status), { timeout: 20_000 }).toBe(200);
    await Promise.all([ann.reload(), bob.reload()]);
    await ann.getByRole('button', { name: 'Open the poll' }).click();
    await ann.getByRole('button', { name: 'Curry: 0' }).click();
    await bob.getByRole('button', { name: 'Curry: 1' }).waitFor();
    await bob.getByRole('button', { name: 'Pizza: 0' }).click();
    await ann.getByRole('button', { name: 'Pizza: 1' }).waitFor();
    await ann.getByRole('button', { name: 'Salad: 0' }).click();
    await bob.getByRole('button', { name: 'Curry: 0' }).waitFor();
    await bob.getByRole('button', { name: 'Close the poll' }).click();
    await bob.getByText('Only Ann may close it.').waitFor();
    expect(run('bash', ['-ec', shellLines('npm run types')], project)).toMatch(/Test Files\s+3 passed/);
  });

  it('answers the commands of the package as the quickstart says', () => {
    const lines = shellLines('changebucket log').replace('http://localhost:5173', url);
    const printed = run('bash', ['-ec', lines], project);
    expect(printed).toContain('Write the guide');
    expect(printed).toContain('At most 1 in progress');
  });

  it('lets nobody in without a session, and nobody sign in where the demo is off', async () => {
    const post = (path: string, body: string, type = 'application/json') =>
      fetch(url + path, { method: 'POST', headers: { 'Content-Type': type }, body });
    // The server may still be loading what the tests before have changed.
    const stranger = () => fetch(`${url}/auth/token`).then((answer) => answer.text());
    await expect.poll(stranger, { timeout: 20_000 }).toBe('{"user":null}');
    expect((await fetch(`${url}/v1/apps/_team/board/state`)).status).toBe(401);
    for (const name of ['', '_team', ' ann', 'a'.repeat(41), 7, null]) {
      expect((await post('/auth/login', JSON.stringify({ name }))).status).toBe(422);
    }
    expect((await post('/auth/login', 'null')).status).toBe(422);
    expect((await post('/auth/login', '{"name":"ann"}', 'text/plain')).status).toBe(415);
    const login = await post('/auth/login', '{"name":"ann"}');
    expect([login.status, await login.json()]).toEqual([200, { user: 'ann' }]);
    const cookie = login.headers.get('Set-Cookie') ?? '';
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax$/);
    const userOf = async (sent: string) => {
      const answer = await fetch(`${url}/auth/token`, { headers: { Cookie: sent } });
      return ((await answer.json()) as { user: string | null }).user;
    };
    const session = cookie.split(';')[0] ?? '';
    expect(await userOf(session)).toBe('ann');
    expect(await userOf(session.replace('ann', 'bob'))).toBe(null);
    const secrets = join(project, '.dev.vars');
    writeFileSync(secrets, readFileSync(secrets, 'utf8').replace('DEMO_LOGIN=yes', ''));
    await expect.poll(async () => (await post('/auth/login', '{"name":"ann"}')).status, { timeout: 20_000 }).toBe(403);
  });

  it('makes neither page complain', () => {
    expect(complaints).toEqual([[], []]);
  });
});

describe('the project, self-hosted', () => {
  it('serves page, login and state under plain workerd', async () => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const line = `export DEMO_LOGIN=yes; ${shellLines('npm run serve').trim().replace('8787', String(port))} --var DEMO_LOGIN`;
    await start(line).prints('is ready on');
    expect(await (await fetch(url)).text()).toContain('<div id="root">');
    const body = '{"name":"ann"}';
    const login = await fetch(`${url}/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect([login.status, await login.json()]).toEqual([200, { user: 'ann' }]);
    const cookie = login.headers.get('Set-Cookie')?.split(';')[0] ?? '';
    const session = await (await fetch(`${url}/auth/token`, { headers: { Cookie: cookie } })).json();
    const { token } = session as { token: string };
    const answer = await fetch(`${url}/v1/apps/_team/board/state`, { headers: { Authorization: `Bearer ${token}` } });
    expect(await answer.json()).toEqual({ cards: {}, columns: { todo: [], doing: [], done: [] } });
    expect(readdirSync(join(project, 'data'))).not.toEqual([]);
  });
});

describe('without that command', () => {
  it('two files are a server, as the quickstart says', async () => {
    const bare = join(folder, 'bare');
    writeFiles(bare, ['src/poll.ts', 'src/worker.ts', 'src/vote.ts']);
    writeFileSync(join(bare, 'package.json'), '{"type":"module"}');
    symlinkSync(join(project, 'node_modules'), join(bare, 'node_modules'));
    const port = await freePort();
    const inspector = await freePort();
    const line = `${shellLines('--entry src/worker.ts').trim()} --port ${port} --inspector-port ${inspector}`;
    await start(line, bare).prints('Ready on');
    const printed = run('bash', ['-ec', shellLines('curl -X PUT').replaceAll('8787', String(port))], bare);
    expect(printed).toMatch(/"seq":2.*\{"votes":\{"anonymous":"Curry"\},"openedBy":"anonymous","closed":false\}/s);
    const vote = join(bare, 'src/vote.ts');
    writeFileSync(vote, readFileSync(vote, 'utf8').replace('8787', String(port)));
    expect(run('bash', ['-ec', shellLines('node src/vote.ts')], bare)).toContain("{ anonymous: 'Pizza' }");
  });
});
