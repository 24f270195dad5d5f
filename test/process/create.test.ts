import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../../src/cli/bundle.ts';
import { browserPath, complaintsOf } from '../support/chromium.ts';
import { freePort, temporaryFolder } from '../support/servers.ts';
import { sleep } from '../support/wait.ts';

// What a developer gets: the packed command, the project that it makes, and everything that its README says of it.

const packages = temporaryFolder();
const folder = temporaryFolder();
const project = join(folder, 'my-board');
const EXAMPLE = join(root, 'examples/board');
const env = {
  ...process.env,
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  WRANGLER_SEND_METRICS: 'false',
  NO_COLOR: '1',
  CI: '1',
};

const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** @returns the path of the tarball */
const pack = (cwd: string): string => {
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', packages], cwd));
  return join(packages, filename);
};

/** The command as npm has unpacked it. */
const create = (...args: string[]) =>
  spawnSync(process.execPath, [join(packages, 'package/dist/create.js'), ...args], { cwd: folder, encoding: 'utf8' });

const npm = (...args: string[]): string => run('npm', args, project);

/** All files below a folder, with their texts. */
const textsOf = (top: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(top, { recursive: true, encoding: 'utf8' })
      .filter((path) => !/^(node_modules|dist|\.wrangler)(\/|$)/.test(path) && statSync(join(top, path)).isFile())
      .map((path) => [path, readFileSync(join(top, path), 'utf8')]),
  );

/** `npm run dev` of the project, with all the processes that it starts. */
class DevServer {
  url = '';
  printed = '';
  readonly #group: ReturnType<typeof spawn>;

  constructor(port: number) {
    const args = ['run', 'dev', '--', '--port', String(port), '--strictPort'];
    this.#group = spawn('npm', args, { cwd: project, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#group.stdout, this.#group.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.printed += text;
      });
    }
    this.url = `http://localhost:${port}`;
  }

  async ready(): Promise<void> {
    for (let tries = 0; tries < 1_200; tries += 1) {
      if (this.printed.includes('ready in')) return;
      if (this.#group.exitCode !== null) break;
      await sleep(50);
    }
    throw new Error(`npm run dev is not ready:\n${this.printed}`);
  }

  stop(): void {
    if (this.#group.pid !== undefined && this.#group.exitCode === null) process.kill(-this.#group.pid, 'SIGTERM');
  }
}

let changebucket = '';
let dev: DevServer | undefined;
let browser: Browser | undefined;

beforeAll(() => {
  changebucket = pack(root);
  const command = pack(join(root, 'create'));
  run('tar', ['xzf', command, '-C', packages], packages);
  // As `npm create` does it, but from the tarball. A cache of its own: npm's remembers a tarball by its path.
  const args = ['exec', '--yes', '--cache', temporaryFolder(), '--package', command, '--'];
  run('npm', [...args, 'create-changebucket', 'my-board', '--changebucket', changebucket], folder);
  run('npm', ['install', '--no-audit', '--no-fund'], project);
}, 300_000);

afterAll(async () => {
  await browser?.close();
  dev?.stop();
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
    const printed = npm('run', 'deploy', '--', '--dry-run');
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
    await page.goto((dev as DevServer).url);
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
  let ann: Page;
  let bob: Page;

  beforeAll(async () => {
    dev = new DevServer(await freePort());
    browser = await chromium.launch({
      ...(browserPath === undefined ? {} : { executablePath: browserPath }),
      args: ['--no-sandbox'],
    });
    await dev.ready();
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
    const rules = join(project, 'src/board.ts');
    const text = readFileSync(rules, 'utf8');
    const edited = text.replace('title, by: user, added: now', 'title: title.toUpperCase(), by: user, added: now');
    expect(edited).not.toBe(text);
    writeFileSync(rules, edited);
    await expect.poll(() => dev?.printed, { timeout: 20_000 }).toMatch(/hmr update virtual:cloudflare\/worker-entry/);
    await addCard(ann, 'loud');
    await card(bob, 'To do', 'LOUD').waitFor();
    // What the server has, without the page's reducers.
    const state = await ann.evaluate(async () => {
      const { token } = (await (await fetch('/auth/token')).json()) as { token: string };
      const headers = { Authorization: `Bearer ${token}`, Prefer: 'drain' };
      const answer = await fetch('/v1/apps/_team/board/state', { headers });
      return (await answer.json()) as { cards: Record<string, { title: string }> };
    });
    const titles = Object.values(state.cards).map(({ title }) => title);
    expect(titles.sort()).toEqual(['LOUD', 'Write the guide']);
    expect(await ann.evaluate(() => 'isSamePage' in globalThis)).toBe(true);
  });

  it('lets nobody in without a session, and nobody sign in where the demo is off', async () => {
    const { url } = dev as DevServer;
    const post = (path: string, body: string, type = 'application/json') =>
      fetch(url + path, { method: 'POST', headers: { 'Content-Type': type }, body });
    expect(await (await fetch(`${url}/auth/token`)).json()).toEqual({ user: null });
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
