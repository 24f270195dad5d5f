import { describe, expect, it } from 'vitest';
import { RETAINED_BYTES_PER_OWNER_MAX, RETAINED_PER_OWNER_MAX } from '../../../src/protocol/deletion-limits.ts';
import { Api, bearer, problemName, request } from '../../support/api.ts';
import { directoryOf } from '../../support/directories.ts';
import { inside } from '../../support/objects.ts';
import { until } from '../../support/wait.ts';

const listed = async (owner: string, query = '?deleted=1', headers?: Record<string, string>): Promise<any> =>
  request(`/v1/apps/${owner}${query}`, { headers: headers ?? (await bearer(owner)) });

const appsOf = async (owner: string): Promise<string[]> =>
  (await listed(owner)).body.applications.map(({ app }: any) => app);

const deleted = async (name: string): Promise<Api> => {
  const api = new Api(name);
  await api.create('counter');
  await api.push('c1', 1, 'add', { by: 1 }, { Prefer: 'wait=5' });
  expect((await api.call('DELETE', '')).status).toBe(204);
  return api;
};

const retainedTables = (api: Api): Promise<number> =>
  inside(
    api.path,
    ({ sql }) => sql.exec("SELECT name FROM sqlite_master WHERE name LIKE 'retained%'").toArray().length,
  );

/** Deletions of other applications, which no object knows of. */
const others = (count: number, bytes: number) => ({
  revision: Date.now(),
  entries: Array.from({ length: count }, (_, i) => ({
    ...{ epoch: `e${i}`, kind: 'counter', deletedAt: Date.now() + 1_000 + i, until: Date.now() + 60_000, bytes },
  })),
});

describe('the list of deleted applications', () => {
  it('[L18] has what can be undeleted, by name, for who may list the others', async () => {
    const owner = 'tidy';
    const [first, second] = [await deleted(`${owner}/b`), await deleted(`${owner}/a`)];
    await deleted(`${owner}/b`);
    await until(async () => (await appsOf(owner)).length === 3);
    expect(await appsOf(owner)).toEqual(['a', 'b', 'b']);
    const { applications } = (await listed(owner)).body;
    for (const { kind, deletedAt, until: end, bytes } of applications)
      expect([kind, end - deletedAt, bytes > 4_000 && bytes < 1_000_000]).toEqual(['counter', 7 * 86_400_000, true]);
    expect((await listed(owner, '?deleted=1', await bearer('bob', { 'tidy/*': 'reader' }))).status).toBe(200);
    expect((await listed(owner, '?deleted=1', await bearer('eve'))).status).toBe(404);
    for (const query of ['?deleted=1&limit=2', '?deleted=0', '?deleted', '?deleted=1&after=a'])
      expect([query, problemName(await listed(owner, query))]).toEqual([query, 'invalid-query']);
    expect((await listed(owner, '')).body.applications).toEqual([]);
    expect((await second.call('POST', '/undelete')).status).toBe(200);
    await until(async () => (await appsOf(owner)).length === 2);
    expect((await listed(owner, '')).body.applications.map(({ app }: any) => app)).toEqual(['a']);
    await first.call('POST', '/purge');
    await until(async () => (await appsOf(owner)).length === 0);
    expect((await listed('nobody-at-all')).body).toEqual({ applications: [] });
  });

  it('[L18] an older report that comes late changes nothing', async () => {
    const { stub } = directoryOf('late-reports');
    await stub.retain('app', { ...others(2, 1), revision: 9 });
    await stub.retain('app', { ...others(1, 1), revision: 8 });
    expect((await stub.retained()).length).toBe(2);
    const now = Date.now();
    await stub.retain('app', { revision: now, entries: [] });
    expect(await stub.retained()).toEqual([]);
    await stub.retain('app', { ...others(1, 1), revision: now - 1 });
    expect(await stub.retained()).toEqual([]);
  });

  it.each([
    ['number', RETAINED_PER_OWNER_MAX, 1],
    ['bytes', 1, RETAINED_BYTES_PER_OWNER_MAX],
  ])('[L18] beyond the share in %s the oldest ends first, and nothing else', async (what, count, bytes) => {
    const owner = `hoarder-of-${what}`;
    const oldest = await deleted(`${owner}/oldest`);
    await until(async () => (await appsOf(owner)).length === 1);
    const { stub } = directoryOf(owner);
    if (what === 'number') {
      await stub.retain('others', others(count - 1, bytes));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await retainedTables(oldest)).toBeGreaterThan(0);
    }
    await stub.retain('others', { ...others(count, bytes), revision: Date.now() + 1 });
    await until(async () => (await retainedTables(oldest)) === 0);
    await until(async () => (await appsOf(owner)).length === count);
    expect(problemName(await oldest.call('POST', '/undelete'))).toBe('deletion-final');
  });
});
