import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeOwner } from '../../../src/protocol/owners.ts';
import type { Directory } from '../../../src/server/directory/directory.ts';
import { REGISTRY_NAME } from '../../../src/server/rpc/registry.ts';
import { Api } from '../../support/api.ts';
import { hooks } from '../../support/definitions.ts';
import { alarmAfter, directoryOf } from '../../support/directories.ts';
import { evict } from '../../support/objects.ts';
import { until } from '../../support/wait.ts';

const { DIRECTORY } = env as unknown as { DIRECTORY: DurableObjectNamespace<Directory> };
const registry = () => DIRECTORY.getByName(REGISTRY_NAME);

/** What the registry knows of an owner. */
const registered = async (owner: string) => (await registry().owners('', 1_000)).find((each) => each.owner === owner);

describe('the registry of owners', () => {
  it('[L4] lists an owner, whatever the name, from its first application to the end of its last', async () => {
    const owner = "aut:h0|5f'ü/:registry";
    const [one, two] = ['one', 'two'].map((app) => new Api(`${encodeOwner(owner)}/${app}`, owner)) as [Api, Api];
    await one.create('counter');
    await until(async () => (await registered(owner)) !== undefined);
    expect(await registered(owner)).toMatchObject({ applications: 1, lastChangeAt: null });
    await two.create('todos');
    await one.call('DELETE', '');
    await alarmAfter(61_000, directoryOf(encodeOwner(owner)).stub);
    expect(await registered(owner)).toMatchObject({ applications: 1 });
    await two.call('DELETE', '');
    await until(async () => (await registered(owner)) === undefined);
    await two.create('todos');
    await until(async () => (await registered(owner))?.applications === 1);
  });

  it('[L4] lists page by page, in the order of their bytes, and wakes neither directories nor applications', async () => {
    const owners = ['page-a', 'page-b', 'page-c', 'page-ü', 'page-😀'];
    for (const owner of owners) await new Api(`${encodeOwner(owner)}/app`, owner).create('counter');
    await until(async () => (await registered('page-😀')) !== undefined);
    await evict('/v1/apps/page-a/app');
    const { lives } = hooks;
    const found: string[] = [];
    for (let after = 'page-'; ; ) {
      const page = await registry().owners(after, 2);
      found.push(...page.map(({ owner }) => owner).filter((owner) => owner.startsWith('page-')));
      if (page.length < 2) break;
      after = page.at(-1)?.owner ?? '';
    }
    expect(found).toEqual(owners);
    expect(hooks.lives).toBe(lives);
  });

  it('[L4] hears of a burst of changes once, and of its end', async () => {
    const owner = 'bursting';
    const directory = DIRECTORY.getByName(owner);
    const tell = (version: number) =>
      directory.tell({ app: 'a', kind: 'todos', epoch: 'e1', createdAt: 1, version, lastChangeAt: 1_000 + version });
    await tell(1);
    await until(async () => (await registered(owner))?.lastChangeAt === 1_001);
    for (let version = 2; version <= 20; version += 1) await tell(version);
    // Within the pause nothing is told, and the alarm is set for its end.
    expect((await registered(owner))?.lastChangeAt).toBe(1_001);
    const alarm = await runInDurableObject(directory, (_, { storage }) => storage.getAlarm());
    expect(alarm).toBeGreaterThan(Date.now() + 30_000);
    await alarmAfter(61_000, directory);
    expect((await registered(owner))?.lastChangeAt).toBe(1_020);
  });

  it('[L4] a new instance of a directory leaves an earlier alarm of the one before', async () => {
    const owner = 'woken';
    const { stub } = directoryOf(owner);
    const tell = (version: number) =>
      stub.tell({ app: 'a', kind: 'todos', epoch: 'e1', createdAt: 1, version, lastChangeAt: version });
    await tell(1);
    await until(async () => (await registered(owner)) !== undefined);
    const soon = Date.now() + 20_000;
    await runInDurableObject(stub, (_, { storage }) => storage.setAlarm(soon));
    await evictDurableObject(stub);
    await tell(2);
    const alarm = () => runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    expect(await alarm()).toBe(soon);
    await runInDurableObject(stub, (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(stub);
    await tell(3);
    expect(await alarm()).toBeGreaterThan(soon);
  });

  it('[L4] ignores a report that is older than the one it knows', async () => {
    const report = { owner: 'late', applications: 2, lastChangeAt: 5, at: 2_000 };
    await registry().report(report);
    await registry().report({ ...report, applications: 0, at: 1_999 });
    expect(await registered('late')).toEqual(report);
    await registry().report({ ...report, applications: 0, at: 2_001 });
    expect(await registered('late')).toBeUndefined();
    // Nor does it bring an owner back.
    await registry().report(report);
    expect(await registered('late')).toBeUndefined();
    await registry().report({ ...report, at: 2_002 });
    expect(await registered('late')).toMatchObject({ at: 2_002 });
    await registry().report({ ...report, applications: 0, at: 2_003 });
    await registry().report({ owner: 'another', applications: 0, lastChangeAt: null, at: Date.now() });
    // The next end of anybody has forgotten that one, as it was long ago.
    const left = await runInDurableObject(registry(), (_, { storage }) =>
      storage.sql.exec("SELECT owner FROM owners WHERE owner IN ('late', 'another')").toArray(),
    );
    expect(left).toEqual([{ owner: 'another' }]);
  });

  it('[L4] finds the owner of an earlier version once its directory is told something, or its list is read', async () => {
    const asEarlier = async (owner: string): Promise<void> => {
      const api = new Api(`${owner}/app`);
      await api.create('counter');
      await until(async () => (await registered(owner)) !== undefined);
      await registry().report({ owner, applications: 0, lastChangeAt: null, at: Date.now() });
      const { stub } = directoryOf(owner);
      await runInDurableObject(stub, (_, { storage }) => storage.sql.exec('DROP TABLE registration').rowsWritten);
      await evictDurableObject(stub);
      expect(await registered(owner)).toBeUndefined();
    };
    await asEarlier('read-again');
    await directoryOf('read-again').stub.entries('', 1);
    await until(async () => (await registered('read-again')) !== undefined);
    await asEarlier('told-again');
    await new Api('told-again/other').create('counter');
    await until(async () => (await registered('told-again'))?.applications === 2);
  });

  it('[L4] is told again after it could not be reached', async () => {
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const owner = 'unheard';
    const { stub } = directoryOf(owner);
    const rename = (from: string, to: string): Promise<unknown> =>
      runInDurableObject(
        registry(),
        (_, { storage }) => storage.sql.exec(`ALTER TABLE owners RENAME COLUMN ${from} TO ${to}`).rowsWritten,
      );
    await rename('reportedAt', 'broken');
    await new Api(`${owner}/app`).create('counter');
    // Directories of other tests may try at the same time.
    const told = () => errors.mock.calls.map(([line]) => JSON.parse(String(line)));
    await until(() => told().some((line) => line.owner === owner));
    expect(told().find((line) => line.owner === owner)).toMatchObject({ message: 'an owner could not be registered' });
    await rename('broken', 'reportedAt');
    expect(await registered(owner)).toBeUndefined();
    await alarmAfter(61_000, stub);
    expect(await registered(owner)).toMatchObject({ applications: 1 });
  });
});

afterEach(() => vi.restoreAllMocks());
