import { afterEach, describe, expect, it, vi } from 'vitest';
import { todos } from '../../../../src/applications/todos.ts';
import { createClient } from '../../../../src/client/client.ts';
import { RETAINED_PER_NAME_MAX } from '../../../../src/protocol/deletion-limits.ts';
import { Api, bearer, fresh, problemName, request, sign } from '../../../support/api.ts';
import { deployCounter } from '../../../support/definitions.ts';
import { alarmAfter } from '../../../support/directories.ts';
import { faultsHappened, inject, statementsSeen } from '../../../support/faults.ts';
import { evict, inside, stubOf } from '../../../support/objects.ts';
import { askOperated, audited, bySecret } from '../../../support/operators.ts';
import { stopClock } from '../../../support/set-clock.ts';
import { until } from '../../../support/wait.ts';
import { optionsFor } from '../../../support/worker-client.ts';

afterEach(() => {
  vi.useRealTimers();
});

const DAY_MS = 86_400_000;
const WAIT = { Prefer: 'wait=5' };

const tablesOf = (api: Api): Promise<string[]> =>
  inside(api.path, ({ sql }) =>
    sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf_%'")
      .toArray()
      .map(({ name }) => name),
  );

const remove = async (api: Api): Promise<void> => {
  expect((await api.call('DELETE', '')).status).toBe(204);
};

const undelete = (api: Api, query = '') => api.call('POST', `/undelete${query}`);

/** Everything that an application answers, but for its epoch and what it has cost. */
const seen = async (api: Api) => {
  const { epoch: _, etag: __, cost: ___, sizes: ____, budget: _____, ...info } = await api.info();
  return {
    info,
    state: (await api.state()).body,
    earlier: (await api.state({}, '?at=1')).body,
    log: (await api.log(0)).body,
    rejections: (await api.call('GET', '/rejections')).body,
    tickets: [(await api.ticket('c1', 1)).body, (await api.ticket('c1', 2)).body],
  };
};

/** With history, a rejection, counters, and open to everybody. */
const lived = async (name = fresh()): Promise<Api> => {
  const api = new Api(name);
  await api.create('debug');
  await api.push('c1', 1, 'note', { key: 'a', value: 1 }, WAIT);
  await api.push('c1', 2, 'refuse', {}, WAIT);
  await api.push('c2', 1, 'note', { key: 'b', value: 2 }, WAIT);
  await api.call('PUT', '/public');
  return api;
};

const isDeleted = async (api: Api): Promise<void> => {
  for (const path of ['', '/state', '/log', '/rejections', '/export', '/changes/c1/1'])
    expect([path, problemName(await api.call('GET', path))]).toEqual([path, 'unknown-application']);
  expect(problemName(await api.push('c1', 3, 'note', { key: 'c', value: 3 }))).toBe('outcome-expired');
  expect((await api.call('DELETE', '')).status).toBe(404);
};

describe('a deleted application', () => {
  it('[L16] is out of reach, and comes back as it was, under a new epoch', async () => {
    const api = await lived();
    const before = await seen(api);
    const { epoch } = await api.info();
    const etag = (await api.state()).headers.get('ETag') as string;
    await remove(api);
    await isDeleted(api);
    await evict(api.path);
    await isDeleted(api);
    const back = await undelete(api);
    expect([back.status, back.body.version, back.body.public]).toEqual([200, 3, true]);
    expect(back.body.epoch > epoch).toBe(true);
    expect(await seen(api)).toEqual(before);
    expect(await inside(api.path, ({ kv }) => kv.get('retained'))).toBe(undefined);
    const old = await api.state({ 'If-None-Match': etag, 'A-IM': 'json-patch' });
    expect([old.status, old.body]).toEqual([200, before.state]);
    // No n is used twice, and the next one goes on.
    expect((await api.push('c1', 1, 'note', { key: 'a', value: 1 })).body.repeated).toBe(true);
    expect((await api.push('c1', 4, 'note', { key: 'd', value: 4 })).status).toBe(409);
    expect((await api.push('c1', 3, 'note', { key: 'c', value: 3 }, WAIT)).body.status).toBe('applied');
    await evict(api.path);
    expect(await api.drained()).toEqual({ entries: { a: 1, b: 2, c: 3 } });
    expect((await api.log(0)).body.entries.length).toBe(4);
    // Deleted and undeleted again, from other segments each time: an older instance finds none of its own [S10].
    const tables = await tablesOf(api);
    await remove(api);
    expect((await undelete(api)).status).toBe(200);
    expect((await tablesOf(api)).filter((name) => tables.includes(name) && /_\d+$/.test(name))).toEqual([]);
    expect(await api.drained()).toEqual({ entries: { a: 1, b: 2, c: 3 } });
  });

  it('[L16] keeps what was accepted and not applied yet, and applies it once it is back', async () => {
    deployCounter(1);
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 5 }, WAIT);
    deployCounter(3);
    await evict(api.path);
    expect((await api.push('c1', 2, 'add', { by: 1 })).status).toBe(202);
    await until(async () => (await api.info()).held !== null);
    await remove(api);
    deployCounter(2);
    await evict(api.path);
    expect((await undelete(api)).status).toBe(200);
    expect(await api.drained()).toEqual({ total: 15, unit: 'piece' });
    expect((await api.ticket('c1', 2)).body.status).toBe('applied');
    expect((await api.log(0)).body.entries.map(({ name, outcome }: any) => [name, outcome])).toEqual([
      ['add', 'applied'],
      ['$migrate', 'applied'],
      ['add', 'applied'],
    ]);
    await remove(api);
    await evict(api.path);
    await undelete(api);
    expect((await api.state({}, '?at=1')).body).toEqual({ count: 5 });
    deployCounter(1);
  });

  it.each(['poll', 'socket'] as const)(
    '[L16] its clients keep what they have not sent, and converge, over %s',
    async (transport) => {
      const application = fresh();
      const api = new Api(application);
      await api.create('todos');
      const open = (sub: string) =>
        createClient({
          ...optionsFor(application, sub),
          ...{ definition: todos, transport },
          token: () => sign({ sub, apps: { [application]: 'writer' } }),
        });
      const [writer, reader] = [open('wilma'), open('rita')];
      await writer.push.add({ id: 'a', text: 'A' }).applied;
      await until(() => reader.state.items['a'] !== undefined);
      const { epoch } = writer.status;
      await remove(api);
      await until(() => writer.status.signal === 'unknown-application');
      const unsent = writer.push.add({ id: 'b', text: 'B' });
      await until(() => writer.status.pending === 1);
      expect((await undelete(api)).status).toBe(200);
      expect((await unsent.applied).status).toBe('applied');
      const { items } = await api.drained();
      expect(Object.keys(items).sort()).toEqual(['a', 'b']);
      for (const client of [writer, reader]) {
        await until(() => client.status.version === 2 && client.status.epoch !== epoch);
        expect(client.state).toEqual({ items });
      }
      expect(writer.status.epoch).toBe(reader.status.epoch);
      writer.close();
      reader.close();
    },
  );

  it('[L16] ends after its time by the alarm, also beside a living one, and then says so', async () => {
    const api = await lived();
    await remove(api);
    const alarm = await inside(api.path, (storage) => storage.getAlarm());
    expect(Math.abs(Number(alarm) - Date.now() - 7 * DAY_MS)).toBeLessThan(10_000);
    await evict(api.path);
    await alarmAfter(6.9 * DAY_MS, stubOf(api.path));
    expect((await tablesOf(api)).length).toBeGreaterThan(0);
    await alarmAfter(7.1 * DAY_MS, stubOf(api.path));
    expect(await tablesOf(api)).toEqual([]);
    const late = await undelete(api);
    expect([late.status, problemName(late)]).toEqual([410, 'deletion-final']);
    await alarmAfter(31 * DAY_MS, stubOf(api.path));
    expect(problemName(await undelete(api))).toBe('unknown-application');
    expect(await inside(api.path, ({ kv }) => [...kv.list()])).toEqual([]);

    const again = await lived();
    await remove(again);
    await again.create('counter');
    await again.push('c9', 1, 'add', { by: 1 }, WAIT);
    await until(async () => Number(await inside(again.path, (storage) => storage.getAlarm())) > Date.now() + DAY_MS);
    await alarmAfter(7.1 * DAY_MS, stubOf(again.path));
    expect((await tablesOf(again)).filter((name) => name.startsWith('retained'))).toEqual([]);
    expect(await again.drained()).toEqual({ count: 1 });
  });

  it('[L16] [L18] several of one name are kept, the newest ones, and one is brought back by its epoch', async () => {
    const api = new Api(fresh());
    const epochs: string[] = [];
    for (let each = 0; each <= RETAINED_PER_NAME_MAX; each += 1) {
      await api.create('counter');
      await api.push(`c${each}`, 1, 'add', { by: each }, WAIT);
      epochs.push((await api.info()).epoch);
      await remove(api);
    }
    const prefixes = new Set((await tablesOf(api)).map((name) => name.split('_')[1]));
    expect([...prefixes].sort()).toEqual(epochs.slice(1));
    expect(problemName(await undelete(api, `?epoch=${epochs[0]}`))).toBe('deletion-final');
    expect((await undelete(api, `?epoch=${epochs[1]}`)).status).toBe(200);
    expect(await api.drained()).toEqual({ count: 1 });
    const taken = await undelete(api);
    expect([taken.status, problemName(taken)]).toEqual([409, 'already-exists']);
    await remove(api);
    await undelete(api, `?epoch=${epochs[3]}`);
    expect(await api.drained()).toEqual({ count: 3 });
    for (const query of ['?epoch=A', '?epoch=', '?what=1']) expect((await undelete(api, query)).status).toBe(400);
  });

  it('[L16] is gone at once where the deployment keeps none, and stays where its setting is wrong', async () => {
    const api = await lived(fresh('kept-0-days'));
    await remove(api);
    expect(await tablesOf(api)).toEqual([]);
    expect(problemName(await undelete(api))).toBe('deletion-final');
    for (const wrong of ['31', '1.5', 'x']) {
      const stays = await lived(fresh(`kept-${wrong}-days`));
      const refused = await stays.call('DELETE', '');
      expect([refused.status, problemName(refused)]).toEqual([503, 'not-configured']);
      expect((await stays.state()).status).toBe(200);
    }
  });

  it('[L17] a purge leaves nothing to undelete, of this and of what was deleted before, and may be repeated', async () => {
    const api = await lived();
    await remove(api);
    await api.create('counter');
    for (let repeat = 0; repeat < 2; repeat += 1) expect((await api.call('POST', '/purge')).status).toBe(204);
    expect(await tablesOf(api)).toEqual([]);
    expect(await inside(api.path, ({ kv }) => [...kv.list()].map(([key]) => key))).toEqual(['tombstone']);
    const refused = await undelete(api);
    expect([problemName(refused), (refused.body as { detail?: string }).detail]).toEqual([
      'deletion-final',
      expect.stringContaining('purged'),
    ]);
    expect(problemName(await api.push('c1', 2, 'note', { key: 'a', value: 1 }))).toBe('outcome-expired');
    const never = new Api(fresh());
    expect((await never.call('POST', '/purge')).status).toBe(204);
    expect(await inside(never.path, ({ kv }) => [...kv.list()])).toEqual([]);
    expect(problemName(await undelete(never))).toBe('unknown-application');
  });

  it.each([
    ['of another layout', 'UPDATE application SET layout = 3'],
    ['with a broken checkpoint', "UPDATE segments SET header = 'broken'"],
    ['without its row', 'DROP TABLE segments; ALTER TABLE application RENAME COLUMN epoch TO era'],
  ])('[L17] [L9] [L4] a purge deletes one that cannot be read, too: %s', async (_, damage) => {
    const api = new Api(fresh('unreadable'));
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 1 }, WAIT);
    await inside(api.path, ({ sql }) => void sql.exec(damage));
    await evict(api.path);
    expect((await api.state()).status).toBe(503);
    const purged = await api.call('POST', '/purge');
    expect([purged.status, await tablesOf(api)]).toEqual([204, []]);
    const late = await api.push('c1', 1, 'add', { by: 1 });
    expect(problemName(late)).toBe('outcome-expired');
    const listed = async () => (await request('/v1/apps/unreadable', { headers: await bearer('unreadable') })).body;
    await until(async () => (await listed()).applications.length === 0);
    expect(
      (await api.push(`${late.body.prefix}x`, 1, 'add', { by: 1 }, { ...WAIT, 'Changebucket-Kind': 'counter' })).status,
    ).toBe(200);
    await until(async () => (await listed()).applications.length === 1);
    expect((await api.call('POST', '/purge')).status).toBe(204);
  });

  it('[L16] [C3] a deletion and an undelete refill no budget', async () => {
    stopClock();
    const api = new Api(fresh('changes-4-a-minute'));
    await api.create('counter');
    for (const n of [1, 2]) await api.push('c1', n, 'add', { by: 1 }, WAIT);
    await remove(api);
    await evict(api.path);
    expect((await undelete(api)).status).toBe(200);
    await evict(api.path);
    expect((await api.push('c1', 3, 'add', { by: 1 }, WAIT)).status).toBe(200);
    expect((await api.push('c1', 4, 'add', { by: 1 })).status).toBe(429);
    await remove(api);
    expect(problemName(await undelete(api))).toBe('budget-exceeded');
  });
});

describe('a fault at every fourth statement of a deletion and an undelete', () => {
  const ask = async (api: Api, method: string, path: string): Promise<void> => {
    // The one before may have been done, and its answer lost. An instance that died refuses for a moment.
    await until(async () => {
      const { status } = await api.call(method, path).catch(() => ({ status: 503 }));
      return [200, 204, 404, 409].includes(status);
    });
  };

  it('[L16] it is there or deleted, whole, and nothing is lost', async () => {
    const counting = await lived();
    inject(undefined);
    await ask(counting, 'DELETE', '');
    await ask(counting, 'POST', '/undelete');
    const statements = statementsSeen();
    expect(statements).toBeGreaterThan(30);
    const expected = await seen(counting);
    const before = faultsHappened();
    let tried = 0;
    for (let at = 1; at <= statements; at += 4) {
      const api = await lived();
      tried += 1;
      inject({ kind: tried % 2 === 0 ? 'throw' : 'die', at });
      await ask(api, 'DELETE', '');
      await ask(api, 'POST', '/undelete');
      inject(undefined);
      const found = await seen(api);
      expect([
        at,
        found.state,
        found.rejections.rejections.length,
        found.log.entries.length,
        found.info.public,
      ]).toEqual([at, expected.state, 1, 3, true]);
      expect((await api.push('c1', 3, 'note', { key: 'c', value: 3 }, WAIT)).body.status).toBe('applied');
      expect((await tablesOf(api)).filter((name) => name.startsWith('retained'))).toEqual([]);
    }
    expect(faultsHappened() - before).toBeGreaterThan(tried * 0.8);
  });
});

describe('rights', () => {
  it('[L16] [L17] [A3] are the admin’s; who has none learns nothing', async () => {
    const api = await lived();
    const name = api.path.replace('/v1/apps/', '');
    await remove(api);
    for (const path of ['/undelete', '/purge']) {
      expect((await new Api(name, 'bob', { [name]: 'writer' }).call('POST', path)).status).toBe(403);
      expect(problemName(await new Api(name, 'eve').call('POST', path))).toBe('unknown-application');
      expect((await request(api.path + path, { method: 'POST' })).status).toBe(401);
    }
    expect((await new Api(name, 'ann', { [name]: 'admin' }).call('POST', '/undelete')).status).toBe(200);
  });

  it('[L16] [L17] [A11] an operator brings back and purges over all owners, which is written down', async () => {
    const api = await lived(fresh('owned'));
    const name = api.path.replace('/v1/apps/', '');
    for (const [method, path, status] of [
      ['DELETE', '', 204],
      ['POST', '/undelete', 200],
      ['POST', '/purge', 204],
    ] as const)
      expect((await askOperated(api.path + path, { method, headers: bySecret })).status).toBe(status);
    const acts = (await audited()).filter(({ target }) => target === name);
    expect(acts.map(({ what, outcome }) => [what, outcome])).toEqual([
      ['delete', 204],
      ['undelete', 200],
      ['purge', 204],
    ]);
  });
});
