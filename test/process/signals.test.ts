import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { root } from '../../src/cli/bundle.ts';
import { isFree, processTree, survivors } from '../support/process-tree.ts';
import { freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sleep } from '../support/wait.ts';

// Whatever is sent a signal, by whatever way it was started: nothing of it may be left.

let started: number[] = [];
afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
});

/** In a group of its own, as a terminal would start it. */
const start = (command: string, args: readonly string[]): ChildProcess =>
  spawn(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'ignore'], detached: true });

const answers = async (url: string): Promise<void> => {
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await fetch(`${url}/healthz`).catch(() => undefined))?.ok) return;
    await sleep(100);
  }
  throw new Error(`nothing answers at ${url}`);
};

/** A reader that stays: a server that waited for it to leave would not end. */
const subscribe = async (url: string): Promise<void> => {
  const app = `${url}/v1/apps/me/open`;
  const headers = { 'Content-Type': 'application/merge-patch+json' };
  await fetch(`${app}/changes/c1/1`, { method: 'PUT', headers, body: '{"a":1}' });
  const stream = await fetch(`${app}/state`, { headers: { Accept: 'text/event-stream' } });
  stream.text().catch(() => undefined);
};

const serveArgs = (port: number): string[] => ['--port', String(port), '--data', temporaryFolder(), '--open'];
const devArgs = async (port: number): Promise<string[]> => [
  ...['--port', String(port), '--persist-to', temporaryFolder()],
  ...['--inspector-port', String(await freePort())],
];

const WAYS: readonly [string, (port: number) => Promise<ChildProcess> | ChildProcess][] = [
  ['npm run serve', (port) => start('npm', ['run', '--silent', 'serve', '--', ...serveArgs(port)])],
  ['serve without npm', (port) => start(process.execPath, ['src/cli/serve.ts', ...serveArgs(port)])],
  ['npm run dev', async (port) => start('npm', ['run', '--silent', 'dev', '--', ...(await devArgs(port))])],
  [
    'dev without npm',
    async (port) => start(process.execPath, ['--env-file=.tools.env', 'src/cli/dev.ts', ...(await devArgs(port))]),
  ],
];

describe.each(WAYS)('%s', (_, startOn) => {
  it.each([
    ['SIGTERM', 'to the process'],
    ['SIGINT', 'to the group, as Ctrl-C sends it'],
  ] as const)('ends with all that it has started, by %s %s', async (signal, target) => {
    const port = await freePort();
    const { pid = 0 } = await startOn(port);
    started = [pid];
    await answers(`http://127.0.0.1:${port}`);
    await subscribe(`http://127.0.0.1:${port}`);
    started = processTree(pid);
    // At least the command and workerd.
    expect(started.length).toBeGreaterThanOrEqual(2);
    process.kill(target === 'to the process' ? pid : -pid, signal);
    expect(await survivors(started)).toEqual([]);
    expect(await isFree(port)).toBe(true);
  });
});

it('a command ends when npm is killed and can pass nothing on', async () => {
  const port = await freePort();
  const { pid = 0 } = start('npm', ['run', '--silent', 'serve', '--', ...serveArgs(port)]);
  started = [pid];
  await answers(`http://127.0.0.1:${port}`);
  started = processTree(pid);
  process.kill(pid, 'SIGKILL');
  expect(await survivors(started)).toEqual([]);
  expect(await isFree(port)).toBe(true);
});
