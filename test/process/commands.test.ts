import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { Command, freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const running: Command[] = [];
const start = (args: readonly string[], env: Record<string, string> = {}): Command => {
  const command = new Command(args, env);
  running.push(command);
  return command;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map((command) => command.stop()));
});

const SECRET = 'a-secret-of-this-test-only-0123456789abcdef';
const DEV = ['--env-file=.tools.env', 'src/cli/dev.ts'];

describe('commands', () => {
  it("dev takes wrangler's flags, prints the URL and a curl line that works, without warnings", async () => {
    const port = await freePort();
    const dev = start([
      ...DEV,
      '--port',
      String(port),
      '--persist-to',
      temporaryFolder(),
      '--inspector-port',
      String(await freePort()),
    ]);
    const [, line = ''] = await dev.prints(/A first change:\s+(curl [^\n]*\\\n[^\n]*)\n/);
    expect(line).toContain(`:${port}/`);
    const answer = execFileSync('bash', ['-c', line], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    expect(JSON.parse(answer)).toMatchObject({ client: 'laptop', n: 1, seq: 1 });
    expect((await fetch(`http://localhost:${port}/`)).status).toBe(200);
    expect(dev.printed).not.toMatch(/warn|deprecat|error/i);
  });

  it('[A5] serve refuses everything without a secret, and says what to set', async () => {
    const port = await freePort();
    const serve = start(['src/cli/serve.ts', '--port', String(port), '--data', temporaryFolder()], { AUTH_SECRET: '' });
    await serve.prints(/ready on/);
    const answer = await fetch(`http://127.0.0.1:${port}/v1/apps/alice/notes/state`);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain('AUTH_SECRET');
  });

  it('[A1] [A2] serve takes the tokens that the token command mints', async () => {
    const port = await freePort();
    const env = { AUTH_SECRET: SECRET };
    const serve = start(['src/cli/serve.ts', '--port', String(port), '--data', temporaryFolder()], env);
    await serve.prints(/ready on/);
    const mint = (...args: string[]): string =>
      execFileSync(process.execPath, ['src/cli/token.ts', ...args], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
      }).trim();
    const push = (app: string, token?: string) =>
      fetch(`http://127.0.0.1:${port}/v1/apps/${app}/changes/c1/1`, {
        method: 'PUT',
        headers: {
          'Content-Type': 'application/merge-patch+json',
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
        },
        body: '{}',
      });
    const token = mint('--sub', 'alice', '--apps', 'bob/board=writer,carol/*=reader', '--ttl', '1h');
    expect((await push('alice/notes')).status).toBe(401);
    expect((await push('alice/notes', token)).status).toBe(202);
    expect((await push('bob/board', token)).status).toBe(404);
    expect((await push('bob/board', mint('--sub', 'bob'))).status).toBe(202);
    const write = await push('carol/list', token);
    expect([write.status, ((await write.json()) as { needed: string }).needed]).toEqual([403, 'writer']);
    const wrong = spawnSync(process.execPath, ['src/cli/token.ts', '--sub', 'x', '--ttl', 'soon'], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    expect([wrong.status, wrong.stdout]).toEqual([2, '']);
    const bare = spawnSync(process.execPath, ['src/cli/token.ts', '--sub', 'x'], {
      encoding: 'utf8',
      env: { ...process.env, AUTH_SECRET: '' },
    });
    expect([bare.status, bare.stderr.includes('AUTH_SECRET')]).toEqual([2, true]);
  });

  it('serve keeps everything in its folder', async () => {
    const [port, data] = [await freePort(), temporaryFolder()];
    const url = `http://127.0.0.1:${port}/v1/apps/me/kept`;
    const life = async (work: () => Promise<void>): Promise<void> => {
      const serve = start(['src/cli/serve.ts', '--port', String(port), '--data', data, '--open']);
      await serve.prints(/ready on/);
      await work();
      await serve.stop();
    };
    await life(async () => {
      const headers = { 'Content-Type': 'application/merge-patch+json', Prefer: 'wait=5' };
      expect((await fetch(`${url}/changes/c1/1`, { method: 'PUT', headers, body: '{"kept":true}' })).status).toBe(200);
    });
    await life(async () => {
      expect(await (await fetch(`${url}/state`)).json()).toEqual({ kept: true });
      const page = await fetch(`http://127.0.0.1:${port}/`);
      expect(page.headers.get('Content-Type')).toContain('text/html');
      expect(page.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
    });
  });

  it('[C3] serve hands the budget on', async () => {
    const port = await freePort();
    const args = ['src/cli/serve.ts', '--port', String(port), '--data', temporaryFolder(), '--open'];
    const serve = start(args, { BUDGET_CHANGES_PER_MINUTE: '1' });
    await serve.prints(/ready on/);
    const push = (client: string) =>
      fetch(`http://127.0.0.1:${port}/v1/apps/me/notes/changes/${client}/1`, {
        method: 'PUT',
        headers: { 'Content-Type': 'application/merge-patch+json' },
        body: '{"a":1}',
      });
    expect((await push('c1')).status).toBe(202);
    // A minute may begin between the two.
    const answers = [await push('c2'), await push('c3')];
    expect(answers.map(({ status }) => status)).toContain(429);
  });

  it('[A9] [F4] serve limits what one subject may ask for, as the platform would', async () => {
    const port = await freePort();
    const env = { AUTH_SECRET: SECRET, RATE_REQUESTS_PER_SECOND: '5' };
    const serve = start(['src/cli/serve.ts', '--port', String(port), '--data', temporaryFolder()], env);
    await serve.prints(/ready on/);
    const key = new TextEncoder().encode(SECRET);
    const ask = async (subject: string): Promise<number> => {
      const claims = new SignJWT({ sub: subject, apps: { 'me/notes': 'reader' } });
      const token = await claims.setProtectedHeader({ alg: 'HS256' }).setExpirationTime('10m').sign(key);
      const headers = { Authorization: `Bearer ${token}` };
      return (await fetch(`http://127.0.0.1:${port}/v1/apps/me/notes/state`, { headers })).status;
    };
    const statuses = await Promise.all(Array.from({ length: 300 }, () => ask('eager')));
    expect(new Set(statuses)).toEqual(new Set([404, 429]));
    expect(statuses.filter((status) => status === 404).length).toBeLessThan(200);
    expect(await ask('calm')).toBe(404);
  });

  it('[C4] the estimate in docs/cost.md is what the command prints', () => {
    const page = readFileSync('docs/cost.md', 'utf8');
    const [, args = '', printed = ''] = /^\$ npm run --silent cost -- (.*)\n([^`]+)```/m.exec(page) ?? [];
    const { stdout } = spawnSync(process.execPath, ['src/cli/cost.ts', ...args.split(' ')], { encoding: 'utf8' });
    expect(printed.length).toBeGreaterThan(500);
    expect(stdout.trim()).toBe(printed.trim());
  });

  it('[C4] cost prints a month for each transport and for the naive design, and says what it does not understand', () => {
    const cost = (...args: string[]) => spawnSync(process.execPath, ['src/cli/cost.ts', ...args], { encoding: 'utf8' });
    const all = cost('--clients', '10000', '--changes-per-minute', '6');
    expect(all.status).toBe(0);
    for (const name of ['socket', 'sse', 'long-poll', 'poll', 'naive'])
      expect(all.stdout).toMatch(new RegExp(`^${name} .*\\d\\.\\d\\d +\\d+\\.\\d % +\\d+\\.\\d\\d$`, 'm'));
    const one = cost('--transport', 'socket');
    expect(one.stdout).toMatch(/^socket /m);
    expect(one.stdout).not.toMatch(/^poll /m);
    for (const wrong of [
      ['--transport', 'pigeon'],
      ['--clients', 'many'],
      ['--clients', '0'],
      ['--sockets', '1'],
    ]) {
      const refused = cost(...wrong);
      expect([refused.status, refused.stdout]).not.toEqual([0, '']);
      expect(refused.status).not.toBe(0);
      expect(refused.stderr).not.toMatch(/\n\s+at /);
    }
  });
});
