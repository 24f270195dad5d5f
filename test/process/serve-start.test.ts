import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { root } from '../../src/cli/bundle.ts';
import { processTree, survivors } from '../support/process-tree.ts';
import { freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sleep } from '../support/wait.ts';

// What `serve` checks before it says that it is ready, and what it makes of its Worker's output.

/** A `serve` in a process group of its own. */
interface Running {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly prints: (pattern: RegExp) => Promise<RegExpExecArray>;
}

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const { pid } of running) {
    try {
      process.kill(-(pid ?? 0), 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  }
  running.clear();
});

/** Resolves once it is ready. */
const start = async (data: string, port?: number, ...flags: string[]): Promise<Running> => {
  const args = ['src/cli/changebucket.ts', 'serve', '--data', data, '--port', String(port ?? (await freePort()))];
  const child = spawn(process.execPath, [...args, '--open', ...flags], {
    ...{ cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  running.add(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  const prints = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let tries = 0; tries < 600 && child.exitCode === null; tries += 1) {
      const match = pattern.exec(printed);
      if (match !== null) return match;
      await sleep(50);
    }
    throw new Error(`never printed ${pattern}:\n${printed}`);
  };
  await prints(/ready on/);
  return { pid: child.pid ?? 0, child, prints };
};

const end = async ({ child }: Running, signal: NodeJS.Signals): Promise<void> => {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
};

const run = async (env: Readonly<Record<string, string>>, ...flags: string[]) => {
  const args = ['src/cli/changebucket.ts', 'serve', '--port', String(await freePort()), '--data', temporaryFolder()];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, ...flags], {
    ...{ cwd: root, env: { ...process.env, ...env }, encoding: 'utf8', timeout: 60_000 },
  });
  return { status, stdout, stderr };
};

describe('serve', () => {
  it.each<[Record<string, string>, RegExp]>([
    [{ AUTH_SECRET: 'short' }, /AUTH_SECRET needs at least 32 bytes/],
    [{ AUTH_SECRET: 'x'.repeat(32), AUTH_JWKS_URL: 'https://a.example/' }, /not both/],
    [{ AUTH_SECRET: 'x'.repeat(32), AUTH_ALGORITHM: 'RS256' }, /always HS256/],
    [{ AUTH_JWKS_URL: 'http://a.example/' }, /must be an https URL/],
    [{ AUTH_JWKS_URL: 'https://a.example/' }, /AUTH_AUDIENCE and AUTH_ISSUER/],
    [{ RATE_REQUESTS_PER_SECOND: 'many' }, /RATE_REQUESTS_PER_SECOND is a whole number/],
    [{ BUDGET_ROWS_PER_DAY: '-1' }, /BUDGET_ROWS_PER_DAY is a whole number/],
    [{ BUDGET_CHANGES_PER_MINUTE: '0' }, /BUDGET_CHANGES_PER_MINUTE is a whole number/],
    [{ MAX_STALE_MS: 'old' }, /MAX_STALE_MS must be a whole number/],
    [{ TRUST_PROXY: 'yes' }, /TRUST_PROXY is "x-forwarded"/],
  ])('[A5] does not start with %j, under which it would refuse every request', async (env, message) => {
    for (const flags of [[], ['--open']]) {
      const { status, stdout, stderr } = await run(env, ...flags);
      expect([status, stdout, stderr]).toEqual([1, '', expect.stringMatching(message)]);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });
});

describe('a serve whose workerd is killed', () => {
  it('ends with the status of a failure and says so: a supervisor starts it again', async () => {
    const data = temporaryFolder();
    const { child } = await start(data);
    let told = '';
    child.stderr?.on('data', (text: string) => {
      told += text;
    });
    const { worker } = JSON.parse(readFileSync(join(data, 'serve.lock'), 'utf8'));
    const ended = new Promise((resolve) => child.once('close', resolve));
    process.kill(worker.pid, 'SIGKILL');
    expect(await ended).toBe(137);
    expect(told).toContain('workerd has ended unasked, with exit status 137');
  });
});

describe('two serves on one folder', () => {
  it('the second ends at once and names the first; once that has ended, it starts', async () => {
    const data = temporaryFolder();
    const first = await start(data);
    for (const command of [
      [process.execPath, 'src/cli/serve.ts'],
      ['npm', 'run', '--silent', 'serve', '--'],
    ] as const) {
      const [program, ...args] = command;
      const { status, stderr } = spawnSync(program, [...args, '--data', data, '--port', String(await freePort())], {
        ...{ cwd: root, encoding: 'utf8', timeout: 60_000 },
      });
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(new RegExp(`the folder ${data} is in use by pid ${first.pid} \\(since 20.*\\)`)),
      ]);
    }
    await end(first, 'SIGTERM');
    expect(readdirSync(data)).not.toContain('serve.lock');
    await start(data);
  });

  it.each([
    ['with its workerd', (pid: number) => process.kill(-pid, 'SIGKILL')],
    ['alone, so that its workerd goes on', (pid: number) => process.kill(pid, 'SIGKILL')],
  ])('the second takes over at once, on the same port, from a first that was killed %s', async (_, kill) => {
    const [data, port] = [temporaryFolder(), await freePort()];
    const first = await start(data, port);
    const processes = processTree(first.pid);
    expect(processes.length).toBe(2);
    kill(first.pid);
    const second = await start(data, port);
    expect(await survivors(processes)).toEqual([]);
    expect(second.pid).not.toBe(first.pid);
  });
});

describe('a stack in what serve prints', () => {
  it('names the file and the line of the source', async () => {
    const folder = temporaryFolder();
    const entry = join(folder, 'worker.ts');
    writeFileSync(
      entry,
      `import { changebucket } from '${root}/src/server/index.ts';
import { change, defineApplication } from '${root}/src/core/define.ts';
import * as v from '${root}/node_modules/valibot/dist/index.mjs';

interface Long {
  readonly gone: string;
}
const fails = defineApplication({
  name: 'fails',
  version: 1,
  initial: {},
  changes: {
    fail: change(v.object({}), () => {
      throw new Error('see here');
    }),
  },
});
const { worker, Application, Directory } = changebucket([fails]);
export { Application, Directory };
export default worker;
`,
    );
    const port = await freePort();
    const serve = await start(temporaryFolder(), port, '--entry', entry);
    await fetch(`http://127.0.0.1:${port}/v1/apps/me/x/changes`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Prefer: 'wait=5' },
      body: '{"name":"fail"}',
    });
    const [line = ''] = await serve.prints(/^.*see here.*$/m);
    expect(line).toContain(`${entry}:14:13`);
    expect(line).toContain(`${root}/src/server/`);
    expect(line).not.toMatch(/\bindex\.js:\d/);
    // Still one line of JSON.
    expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({ level: 'error', change: 'fail' });
  });
});
