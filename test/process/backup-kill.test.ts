import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../../src/cli/bundle.ts';
import { Command, freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { sleep } from '../support/wait.ts';

const OPERATOR_TOKEN = 'an-operator-of-this-test-0123456789';
const APPLICATIONS = 40;
const running: Command[] = [];
afterAll(async () => {
  await Promise.all(running.map((command) => command.stop()));
});

const filesIn = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

/** A server with backups on folders and a port that outlive it. */
const prepare = async () => {
  const [data, backups, port] = [temporaryFolder(), temporaryFolder(), await freePort()];
  const url = `http://localhost:${port}`;
  const args = ['src/cli/serve.ts', '--port', String(port), '--data', data, '--backups', backups, '--open'];
  const env = { OPERATOR_TOKEN, BACKUP_EVERY_HOURS: '1000', RATE_REQUESTS_PER_SECOND: '10000' };
  const start = async (): Promise<void> => {
    const command = new Command(args, env);
    running.push(command);
    await command.prints(/ready on/);
  };
  const changebucket = async (...words: string[]): Promise<string> => {
    const flags = ['--url', url, '--token', OPERATOR_TOKEN];
    const command = ['src/cli/changebucket.ts', ...words, ...flags];
    return (await promisify(execFile)(process.execPath, command, { cwd: root })).stdout;
  };
  return { data, backups, url, start, changebucket };
};

const push = async (url: string, app: string, n: number): Promise<void> => {
  const { status } = await fetch(`${url}/v1/apps/me/${app}/changes/c1/${n}`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/merge-patch+json', Prefer: 'wait=5' },
    body: JSON.stringify({ text: 'x'.repeat(50_000), app }),
  });
  expect(status).toBe(200);
};

describe('a run of backups whose workerd is killed', () => {
  it('[K1] [K2] [K6] goes on after the start: every manifest is that of a whole backup, and nothing is left over', async () => {
    const { data, backups, url, start, changebucket } = await prepare();
    const names = Array.from({ length: APPLICATIONS }, (_, index) => `app-${index}`);
    const madeOf = (version: number): number =>
      filesIn(backups).filter((file) => file.endsWith(`.${version}.ndjson.json`)).length;
    // On a busy machine the kill may come when all are made: then another run is tried.
    for (let version = 1; version === 1 || madeOf(version - 1) === APPLICATIONS; version += 1) {
      await running.at(-1)?.stop();
      await start();
      await Promise.all(names.map((app) => push(url, app, version)));
      const headers = { Authorization: `Bearer ${OPERATOR_TOKEN}` };
      expect((await fetch(`${url}/v1/backups`, { method: 'POST', headers })).status).toBe(202);
      const { worker } = JSON.parse(readFileSync(join(data, 'serve.lock'), 'utf8'));
      while (madeOf(version) < 5) await sleep(1);
      process.kill(worker.pid, 'SIGKILL');
    }
    // What workerd leaves of a file that it was writing; whether it was writing one just then is luck.
    writeFileSync(join(backups, '.kj-tmp.1.2'), 'half of a ba');
    writeFileSync(join(backups, 'me/.2026-11-28T05:50:14.942Z-e1.3.ndjson.29351.14.tmp'), 'half of a ba');
    // What a purge leaves of an application.
    mkdirSync(join(backups, 'them/purged'), { recursive: true });
    await running.at(-1)?.stop();
    await start();
    const run = JSON.parse(await changebucket('backups', 'run', '--json'));
    expect(run).toMatchObject({ failed: 0, made: expect.any(Number) });
    const files = filesIn(backups).filter((file) => /^me\/.+\/.+/.test(file));
    const manifests = files.filter((file) => file.endsWith('.ndjson.json'));
    expect([manifests.length, files.length]).toEqual([APPLICATIONS, 2 * APPLICATIONS]);
    for (const file of manifests) {
      const { key, sha256, application } = JSON.parse(readFileSync(join(backups, file), 'utf8'));
      const content = readFileSync(join(backups, key));
      expect([`${key}.json`, createHash('sha256').update(content).digest('hex')]).toEqual([file, sha256]);
      expect(content.toString()).toContain(`"app":"${application.slice(3)}"`);
    }
    expect(filesIn(backups).filter((file) => /\.tmp$|\.kj-tmp\.|them/.test(file))).toEqual([]);
    const verified = (await changebucket('backups', 'verify')).trimEnd().split('\n');
    expect([verified.length, new Set(verified.map((line) => line.split(' ')[0]))]).toEqual([
      APPLICATIONS,
      new Set(['whole']),
    ]);
  });
});
