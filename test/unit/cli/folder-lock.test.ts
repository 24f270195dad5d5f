import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../../../src/cli/processes/folder-lock.ts';
import { identityOf, stateOf } from '../../../src/cli/processes/running-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folderWith = (lock: object | string): string => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'serve.lock'), typeof lock === 'string' ? lock : JSON.stringify(lock));
  return folder;
};
const lockIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'serve.lock'), 'utf8'));
const ownMachine = async (): Promise<string> => {
  const folder = temporaryFolder();
  await lockFolder(folder);
  return lockIn(folder).machine;
};
const SINCE = '2026-01-02T03:04:05.000Z';

describe('the lock of a folder', () => {
  it('is refused while its holder runs, with its pid and since when', async () => {
    const folder = temporaryFolder();
    await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(
      `the folder ${folder} is in use by pid ${process.pid} (since ${lockIn(folder).since})`,
    );
  });

  it('is taken over from a pid that another program has got since', async () => {
    const folder = folderWith({ pid: process.pid, start: '1', machine: await ownMachine(), since: SINCE });
    await lockFolder(folder);
    expect(lockIn(folder)).toMatchObject(identityOf(process.pid));
    expect(readdirSync(folder)).toEqual(['serve.lock']);
  });

  it('is taken over from a holder that was killed, whose worker is ended; not that of a later program', async () => {
    const machine = await ownMachine();
    const worker = spawn('sleep', ['60']);
    const identity = identityOf(worker.pid ?? 0);
    const holder = { pid: process.pid, start: '1', machine, since: SINCE };
    await lockFolder(folderWith({ ...holder, worker: { ...identity, start: '1' } }));
    expect(stateOf(identity)).toBe('running');
    await lockFolder(folderWith({ ...holder, worker: identity }));
    expect(stateOf(identity)).toBe('ended');
  });

  it.each([
    ['of another machine', JSON.stringify({ pid: 1, start: '1', machine: 'elsewhere', since: SINCE }), /pid 1 \(since/],
    ['that is no lock yet', '', /another process/],
  ])('%s is refused while somebody touches it, and taken over when nobody does', async (_, text, message) => {
    const folder = folderWith(text);
    const timer = setInterval(() => utimesSync(join(folder, 'serve.lock'), new Date(), new Date()), 500);
    await expect(lockFolder(folder)).rejects.toThrow(message);
    clearInterval(timer);
    await lockFolder(folder);
    expect(lockIn(folder).pid).toBe(process.pid);
  });

  it('is given to one of many that ask at once', async () => {
    const folder = folderWith({ pid: process.pid, start: '1', machine: await ownMachine(), since: SINCE });
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
  });
});
