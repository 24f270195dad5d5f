import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Command, freePort } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const OPERATOR_TOKEN = 'an-operator-of-this-test-0123456789';
const running: Command[] = [];
afterAll(async () => {
  await Promise.all(running.map((command) => command.stop()));
});

describe('serve --backups', () => {
  it('[K1] [K2] [K5] backs up into a folder by itself; the commands list, verify and restore', async () => {
    const port = await freePort();
    const folder = join(temporaryFolder(), 'backups');
    const env = { OPERATOR_TOKEN, BACKUP_EVERY_HOURS: '0.0001', RATE_REQUESTS_PER_SECOND: '1000' };
    const args = [
      'src/cli/serve.ts',
      '--port',
      String(port),
      '--data',
      temporaryFolder(),
      '--backups',
      folder,
      '--open',
    ];
    running.push(new Command(args, env));
    await running[0]?.prints(/ready on/);
    const url = `http://localhost:${port}`;
    const changebucket = (...words: string[]): string =>
      execFileSync(process.execPath, ['src/cli/changebucket.ts', ...words, '--url', url, '--token', OPERATOR_TOKEN], {
        encoding: 'utf8',
      });
    const pushed = await fetch(`${url}/v1/apps/ann%40x/list/changes/c1/1`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/merge-patch+json', Prefer: 'wait=5' },
      body: '{"a":1}',
    });
    expect(pushed.status).toBe(200);
    const place = join(folder, 'ann%40x', 'list');
    for (let tries = 0; tries < 200 && !(existsSync(place) && readdirSync(place).length === 2); tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(changebucket('backups', 'list')).toMatch(/ann%40x\/list +version 1/);
    expect(changebucket('backups', 'verify', 'ann@x/list')).toMatch(/^whole /);
    expect(changebucket('backups', 'restore', '1', 'me/copy')).toContain('me/copy is restored');
    expect(await (await fetch(`${url}/v1/apps/me/copy/state`)).json()).toEqual({ a: 1 });
    expect(await (await fetch(`${url}/healthz?backup`)).json()).toMatchObject({ status: 'ok' });
    // What becomes of the files afterwards, only `verify` tells.
    for (const file of readdirSync(place)) if (file.endsWith('.ndjson')) rmSync(join(place, file));
    expect(await (await fetch(`${url}/healthz?backup`)).json()).toMatchObject({ status: 'ok' });
    expect(() => changebucket('backups', 'verify', 'ann@x/list')).toThrow(
      expect.objectContaining({ status: 1, stdout: expect.stringMatching(/^MISSING {2} +1 /) }),
    );
    // An owner whose name fits into no file is backed up, too.
    const long = encodeURIComponent('é'.repeat(120));
    await fetch(`${url}/v1/apps/${long}/list/changes/c1/1`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/merge-patch+json', Prefer: 'wait=5' },
      body: '{"a":2}',
    });
    // The next run makes another, although nothing has changed.
    expect(changebucket('backups', 'run')).toMatch(/, 0 failed\.$/m);
    expect(changebucket('backups', 'verify', `${'é'.repeat(120)}/list`)).toMatch(/^whole /);
    const listed = changebucket('backups', 'list', 'ann@x/list', '--json').trimEnd().split('\n');
    expect(listed.map((line) => JSON.parse(line).finding)).toEqual(['missing', undefined]);
  });
});
