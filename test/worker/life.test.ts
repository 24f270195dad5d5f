import { afterEach, describe, expect, it, vi } from 'vitest';
import { LAYOUT } from '../../src/server/application/storage/application-row.ts';
import type { LifecycleApi } from '../../src/server/rpc/lifecycle-messages.ts';
import type { UseApi } from '../../src/server/rpc/messages.ts';
import { Api, fresh, problemName, request, sign } from '../support/api.ts';
import { deployCounter, hooks } from '../support/definitions.ts';
import { directoryOf } from '../support/directories.ts';
import { evict, inside, stubOf } from '../support/objects.ts';
import { sealed } from '../support/sealed-backup.ts';
import { sleep, until } from '../support/wait.ts';

const owned = async (owner: string, query = ''): Promise<any> =>
  (await request(`/v1/apps/${owner}${query}`, { headers: { Authorization: `Bearer ${await sign({ sub: owner })}` } }))
    .body;

afterEach(() => vi.useRealTimers());

describe('the life of an application', () => {
  it('[L1] is created with a kind, once', async () => {
    const api = new Api(fresh());
    const made = await api.create('todos');
    expect([made.status, made.body.kind, made.body.version]).toEqual([201, 'todos', 0]);
    expect((await api.create('todos')).status).toBe(200);
    const other = await api.create('document');
    expect([other.status, problemName(other)]).toEqual([409, 'kind-conflict']);
    const unknown = await new Api(fresh()).create('nonsense');
    expect([unknown.status, problemName(unknown)]).toEqual([422, 'unknown-kind']);
  });

  it("[L2] the first push to an application of one's own creates a document", async () => {
    const name = fresh();
    await new Api(name).merge('c1', 1, { a: 1 });
    expect((await new Api(name).info()).kind).toBe('document');
    const foreign = new Api(fresh());
    expect(problemName(await foreign.push('c1', 1, 'add', { by: 1 }))).toBe('unknown-application');
    expect((await foreign.state()).status).toBe(404);
    const writer = new Api(fresh(), 'bob', { 'alice/*': 'writer' });
    expect(problemName(await writer.merge('c1', 1, { a: 1 }))).toBe('unknown-application');
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/state'],
      ['GET', '/log'],
      ['GET', '/rejections'],
      ['GET', '/export'],
      ['DELETE', ''],
    ] as const) {
      const answer = await new Api(fresh()).call(method, path);
      expect([answer.status, problemName(answer)]).toEqual([404, 'unknown-application']);
    }
  });

  it('[L2] asking about an application that does not exist stores nothing', async () => {
    const api = new Api(fresh());
    await api.state();
    await api.info();
    const tables = await inside(api.path, ({ sql }) =>
      sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf_%'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it('[L3] [L17] deleting for good frees the storage, and what comes after a deletion is another epoch', async () => {
    const api = new Api(fresh());
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    const before = (await api.state()).headers.get('ETag') as string;
    const waiting = api.state({ 'If-None-Match': before, Prefer: 'wait=20' });
    expect((await api.call('DELETE', '')).status).toBe(204);
    expect((await waiting).status).toBe(404);
    expect((await api.state()).status).toBe(404);
    expect((await api.call('DELETE', '')).status).toBe(404);
    expect((await api.call('POST', '/purge')).status).toBe(204);
    const tables = await inside(api.path, ({ sql }) =>
      sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf_%'").toArray(),
    );
    expect(tables).toEqual([]);
    await api.merge('c1', 1, { b: 1 }, { Prefer: 'wait=5' });
    const after = await api.state({ 'If-None-Match': before, 'A-IM': 'json-patch' });
    expect([after.status, after.body]).toEqual([200, { b: 1 }]);
    expect(after.headers.get('ETag')).not.toBe(before);
  });

  it('[L9] a late repeat does not bring a deleted application back, a first push and an explicit creation do', async () => {
    const api = new Api(fresh());
    const bob = new Api(api.path.replace('/v1/apps/', ''), 'bob', { 'alice/*': 'writer' });
    const keyed = () =>
      api.call('POST', '/changes', { name: 'merge', args: { k: 1 } }, { 'Idempotency-Key': 'k1', Prefer: 'wait=5' });
    await api.merge('c1', 1, { a: 1 }, { Prefer: 'wait=5' });
    await api.merge('c1', 2, { a: 2 });
    await keyed();
    await api.drained();
    const check = async (): Promise<void> => {
      for (const late of [await api.merge('c1', 1, { a: 1 }), await api.merge('c1', 2, { a: 2 }), await keyed()])
        expect([late.status, problemName(late), typeof late.body.prefix]).toEqual([410, 'outcome-expired', 'string']);
      expect((await bob.merge('c1', 1, { a: 1 })).status).toBe(404);
      expect((await api.info()).status).toBe(404);
    };
    await api.call('DELETE', '');
    await check();
    await evict(api.path);
    await check();
    expect((await api.merge('c2', 1, { b: 1 }, { Prefer: 'wait=5' })).status).toBe(200);
    expect(await api.drained()).toEqual({ b: 1 });
    await api.call('DELETE', '');
    await check();
    expect((await api.merge('c2', 1, { b: 1 })).status).toBe(410);
    const { prefix } = (await api.merge('c1', 2, { a: 2 })).body;
    expect((await api.merge(`${prefix}x`, 1, { a: 1 })).status).toBe(202);
    await api.call('DELETE', '');
    expect((await api.create('document')).status).toBe(201);
    expect((await api.merge('c1', 1, { c: 1 })).status).toBe(202);
  });

  it("[L4] an owner's applications are listed with kind, version and last change, in pages", async () => {
    const owner = 'lister';
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const name of names) await new Api(`${owner}/${name}`).create('counter');
    await new Api(`${owner}/f`).merge('c1', 1, { x: 1 });
    await until(async () => (await owned(owner)).applications.length === 6);
    await new Api(`${owner}/c`).push('c1', 1, 'add', { by: 1 }, { Prefer: 'wait=5' });
    // No push waits for the list.
    const versions = async () => (await owned(owner)).applications.map(({ version }: any) => version).join();
    await until(async () => (await versions()) === '0,0,1,0,0,1');
    const { applications } = await owned(owner);
    expect(applications.map(({ app, kind, version }: any) => [app, kind, version])).toEqual([
      ['a', 'counter', 0],
      ['b', 'counter', 0],
      ['c', 'counter', 1],
      ['d', 'counter', 0],
      ['e', 'counter', 0],
      ['f', 'document', 1],
    ]);
    expect(applications[0].lastChangeAt).toBeNull();
    expect(applications[2].lastChangeAt).toBeGreaterThan(Date.now() - 60_000);
    const page = await owned(owner, '?limit=4');
    expect([page.applications.length, page.next]).toEqual([4, 'd']);
    expect((await owned(owner, '?limit=4&after=d')).applications.map(({ app }: any) => app)).toEqual(['e', 'f']);
    await new Api(`${owner}/b`).call('DELETE', '');
    expect((await owned(owner)).applications.map(({ app }: any) => app)).toEqual(['a', 'c', 'd', 'e', 'f']);
    expect((await owned('nobody')).applications).toEqual([]);
  });

  it('[L4] what is created right after a DELETE is listed, however late the directory hears of both', async () => {
    const owner = 'hasty';
    const directory = directoryOf(owner);
    for (let round = 0; round < 10; round += 1) {
      const api = new Api(`${owner}/app-${round}`);
      await api.create('counter');
      await directory.pause();
      const deleting = api.call('DELETE', '');
      const creating = until(async () => (await api.create('todos')).status === 201);
      await sleep(20);
      await directory.resume();
      expect((await deleting).status).toBe(204);
      await creating;
    }
    await until(async () => (await owned(owner)).applications.length === 10);
    expect((await owned(owner)).applications.map(({ kind }: any) => kind)).toEqual(Array(10).fill('todos'));
  });

  it('[L4] a list wakes nobody, and shows applications that cannot be read', async () => {
    const owner = 'sleeper';
    const api = new Api(`${owner}/broken`);
    await api.create('counter');
    await new Api(`${owner}/fine`).create('todos');
    await inside(api.path, ({ sql }) => sql.exec('UPDATE application SET layout = 1').rowsWritten);
    await evict(api.path);
    const { lives } = hooks;
    const { applications } = await owned(owner);
    expect(applications.map(({ app, kind, createdAt }: any) => [app, kind, typeof createdAt])).toEqual([
      ['broken', 'counter', 'number'],
      ['fine', 'todos', 'number'],
    ]);
    expect(hooks.lives).toBe(lives);
  });

  it('[L4] news of an application may reach the directory late, twice and in any order', async () => {
    const directory = directoryOf('any-order');
    const news = (epoch: string, version: number) =>
      ({ app: 'a', kind: 'todos', epoch, createdAt: 1, version, lastChangeAt: null }) as const;
    const listed = async (): Promise<unknown> =>
      (await directory.stub.entries('', 9)).map((entry) => ('epoch' in entry ? [entry.epoch, entry.version] : []));
    await directory.stub.tell(news('e1', 2));
    await directory.stub.tell(news('e1', 1));
    expect(await listed()).toEqual([['e1', 2]]);
    await directory.stub.end('a', 'e1');
    await directory.stub.tell(news('e1', 3));
    expect(await listed()).toEqual([]);
    await directory.stub.tell(news('e2', 0));
    await directory.stub.end('a', 'e1');
    await directory.stub.tell(news('e1', 9));
    expect(await listed()).toEqual([['e2', 0]]);
    await directory.stub.end('a', 'e3');
    expect(await listed()).toEqual([]);
    // Nothing of an earlier epoch brings it back, nor takes the memory of its end.
    await directory.stub.tell(news('e2', 5));
    await directory.stub.end('a', 'e2');
    await directory.stub.tell(news('e3', 5));
    expect(await listed()).toEqual([]);
    await directory.stub.tell(news('e4', 0));
    expect(await listed()).toEqual([['e4', 0]]);
  });

  it('[L4] [L6] epochs of a name are in order, also when the clock goes back', async () => {
    const api = new Api(fresh('clock'), 'clock');
    await api.create('todos');
    const epochs = [(await api.info()).epoch];
    const backup = (await api.call('GET', '/export')).text;
    const stub = stubOf(api.path) as unknown as UseApi & LifecycleApi;
    const anHourAgo = Date.now() - 3_600_000;
    const steps = [
      () => stub.importBackup('clock', new Response(backup).body as ReadableStream<Uint8Array>),
      () => stub.destroy().then(() => stub.create('todos', 'clock')),
      () => stub.purge().then(() => stub.create('todos', 'clock')),
      () => stub.destroy().then(() => stub.undelete(undefined, 'clock')),
    ];
    for (const step of steps) {
      vi.useFakeTimers({ toFake: ['Date'], now: anHourAgo });
      expect((await step()).kind).toMatch(/created|exists/);
      vi.useRealTimers();
      epochs.push((await api.info()).epoch);
      await until(async () => (await owned('clock')).applications[0]?.epoch === epochs.at(-1));
    }
    expect(epochs).toEqual([...new Set(epochs)].sort());
  });

  it('[L4] an application that an older deployment has listed by name is asked, and then listed like the others', async () => {
    const owner = 'older';
    const api = new Api(`${owner}/named`);
    await api.create('counter');
    const directory = directoryOf(owner);
    await directory.forget();
    await directory.stub.add('named');
    await directory.stub.add('vanished');
    await inside(api.path, ({ sql }) => sql.exec('UPDATE application SET listed = 1').rowsWritten);
    await evict(api.path);
    expect((await owned(owner)).applications).toMatchObject([{ app: 'named', kind: 'counter', version: 0 }]);
    expect(await directory.stub.entries('', 9)).toMatchObject([{ app: 'named', kind: 'counter' }, { app: 'vanished' }]);
  });

  it('[B1] [D7] how large state and log are is known after a restart as before it', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    for (let n = 1; n <= 20; n += 1)
      await api.push('c1', n, 'note', { key: `k${n % 7}`, value: 'é'.repeat(n * 40) }, { Prefer: 'wait=5' });
    const { sizes } = await api.info();
    expect(sizes.state).toBeGreaterThan(8_000);
    await evict(api.path);
    const again = (await api.info()).sizes;
    expect(again.state).toBe(sizes.state);
    expect(Math.abs(again.log - sizes.log)).toBeLessThan(sizes.log / 20);
  });

  it('[E3] tables that this deployment cannot read are left alone', async () => {
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 1 }, { Prefer: 'wait=5' });
    const setLayout = (layout: number): Promise<unknown> =>
      inside(api.path, ({ sql }) => sql.exec('UPDATE application SET layout = ?', layout).rowsWritten);
    await setLayout(1);
    await evict(api.path);
    for (const answer of [await api.state(), await api.push('c1', 2, 'add', { by: 1 })])
      expect([answer.status, problemName(answer)]).toEqual([503, 'unavailable']);
    await setLayout(LAYOUT);
    expect((await api.state()).body).toEqual({ count: 1 });
  });

  it('[L5] a newer definition migrates the state as a step of the log', async () => {
    deployCounter(1);
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 5 }, { Prefer: 'wait=5' });
    const old = (await api.state()).headers.get('ETag') as string;
    deployCounter(2);
    await evict(api.path);
    expect(await api.drained()).toEqual({ total: 5, unit: 'piece' });
    await api.push('c1', 2, 'add', { by: 1 }, { Prefer: 'wait=5' });
    expect(await api.drained()).toEqual({ total: 15, unit: 'piece' });
    const log = (await api.call('GET', '/log')).body.entries;
    expect(log.map(({ seq, name, outcome }: any) => [seq, name, outcome])).toEqual([
      [1, 'add', 'applied'],
      [2, '$migrate', 'applied'],
      [3, 'add', 'applied'],
    ]);
    expect(log[1]).toMatchObject({ args: { from: 1, to: 2 }, version: 2 });
    expect((await api.state({}, '?at=1')).body).toEqual({ count: 5 });
    expect((await api.state({ 'If-None-Match': old })).status).toBe(200);
    await evict(api.path);
    expect(await api.drained()).toEqual({ total: 15, unit: 'piece' });
    expect((await api.info()).definition).toEqual({ state: 2, deployed: 2 });
    deployCounter(1);
  });

  it('[L5] [L7] [L6] the log lists a migration before the changes that it preceded, whatever was queued', async () => {
    deployCounter(2);
    const api = new Api(fresh());
    const bodies = [5, 1, 2, 3].map((by) => ({ name: 'add', args: { by } }));
    const [first, queued] = [bodies.slice(0, 1), bodies.slice(1)];
    const patch = [{ op: 'replace', path: '/count', value: 5 }];
    // As the deployment before left it: one change is applied, three are queued.
    const header = { format: 'changebucket-backup', formatVersion: 2, kind: 'counter', definitionVersion: 1 };
    const left = sealed([
      { ...header, version: 1, head: 4, base: { version: 0, head: 0, at: 1 }, logAfter: 0, forgotten: 0 },
      { count: 0 },
      { accepted: { first: 1, last: 1, at: 1, senders: [[0, 'c1', 1, 'alice']], bodies: first } },
      { accepted: { first: 2, last: 4, at: 2, senders: [[0, 'c1', 2, 'alice', 1]], bodies: queued } },
      { drain: { version: 1, base: 0, at: 1, counts: [1], patch, problems: {}, weight: 11 } },
    ]);
    const put = (to: Api, text: string) => to.call('PUT', '/import', text, { 'Content-Type': 'application/x-ndjson' });
    expect((await put(api, left)).status).toBe(200);
    expect(await api.drained()).toEqual({ total: 65, unit: 'piece' });
    const entries = [
      [1, 'add', undefined],
      [5, '$migrate', 2],
      [2, 'add', undefined],
      [3, 'add', undefined],
      [4, 'add', undefined],
      [6, 'add', undefined],
    ];
    await api.push('c1', 5, 'add', { by: 1 }, { Prefer: 'wait=5' });
    const other = new Api(fresh());
    const backup = await api.call('GET', '/export');
    expect((await put(other, backup.text)).status).toBe(200);
    for (const each of [api, other]) {
      expect((await each.state({}, '?at=1')).body).toEqual({ count: 5 });
      expect((await each.state({}, '?at=2')).body).toEqual({ total: 15, unit: 'piece' });
      await evict(each.path);
      // A page of one entry, too, ends behind the change that follows the migration.
      for (const limit of [1, 2, 3, 4, 500]) {
        const pages: any[] = [];
        for (let after: number | undefined = 0; after !== undefined; ) {
          const { body }: any = await each.call('GET', `/log?after=${after}&limit=${limit}`);
          expect(body.entries.length).toBeLessThanOrEqual(Math.max(limit, 2));
          pages.push(...body.entries);
          after = body.next;
        }
        expect(pages.map(({ seq, name, version }) => [seq, name, version])).toEqual(entries);
        expect(pages.every(({ outcome }) => outcome === 'applied')).toBe(true);
      }
      // Whoever goes on behind an entry gets each later one once.
      for (const after of [1, 2, 3, 4, 6]) {
        const later = entries.slice(entries.findIndex(([seq]) => seq === after) + 1).map(([seq]) => seq);
        expect((await each.log(after)).body.entries.map(({ seq }: any) => seq)).toEqual(later);
      }
    }
    deployCounter(1);
  });

  it('[L5] a migration that fails leaves the old state readable, and queued changes wait for a better one', async () => {
    deployCounter(1);
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 5 }, { Prefer: 'wait=5' });
    deployCounter(3);
    await evict(api.path);
    const queued = await api.push('c1', 2, 'add', { by: 1 });
    expect(queued.status).toBe(202);
    await until(async () => (await api.info()).held !== null);
    expect((await api.info()).held).toBe('From 1 to 3: the migration threw an error, which is logged.');
    expect((await api.state()).body).toEqual({ count: 5 });
    const refused = await api.push('c1', 3, 'add', { by: 1 });
    expect([refused.status, problemName(refused)]).toEqual([503, 'migration-failed']);
    expect((await api.state({ Prefer: 'drain' })).status).toBe(503);
    const { queue } = await api.info();
    expect(queue.bytes).toBeGreaterThan(20);
    await evict(api.path);
    // Brackets and places of the rows are counted too, then.
    expect(Math.abs((await api.info()).queue.bytes - queue.bytes)).toBeLessThan(30);
    deployCounter(2);
    await evict(api.path);
    expect(await api.drained()).toEqual({ total: 15, unit: 'piece' });
    expect((await api.ticket('c1', 2)).body.status).toBe('applied');
    deployCounter(1);
    await evict(api.path);
    expect(problemName(await api.push('c1', 3, 'add', { by: 1 }))).toBe('migration-failed');
    expect((await api.state()).body).toEqual({ total: 15, unit: 'piece' });
  });

  it('[S5] [L5] a long-poll of an application that is held waits for its whole time, and hears of the next version', async () => {
    deployCounter(1);
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 5 }, { Prefer: 'wait=5' });
    deployCounter(3);
    await evict(api.path);
    await api.push('c1', 2, 'add', { by: 1 });
    await until(async () => (await api.info()).held !== null);
    const known = (await api.state()).headers.get('ETag') as string;
    const begun = Date.now();
    const waiting = api.state({ 'If-None-Match': known, Prefer: 'wait=2' });
    // Neither a refused push nor another read ends the wait.
    await api.push('c1', 3, 'add', { by: 1 });
    await api.state();
    expect((await waiting).status).toBe(304);
    expect(Date.now() - begun).toBeGreaterThan(1_900);
    deployCounter(2);
    await evict(api.path);
    const news = await api.state({ 'If-None-Match': known, Prefer: 'wait=10' });
    expect([news.status, news.body.unit]).toEqual([200, 'piece']);
    deployCounter(1);
  });

  it('[L6] an export can be imported: same state, same counters, another epoch', async () => {
    const name = fresh();
    const api = new Api(name);
    await api.create('debug');
    await api.push('c1', 1, 'note', { key: 'a', value: { deep: ['é', null, 1.5] } });
    await api.batch('c2', 1, [{ name: 'refuse' }, { name: 'note', args: { key: 'b', value: 2 } }]);
    const backup = await api.call('GET', '/export');
    expect(backup.headers.get('Content-Type')).toBe('application/x-ndjson');
    const lines = backup.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ format: 'changebucket-backup', kind: 'debug', version: 3 });
    const before = await api.state();
    const other = new Api(fresh());
    const imported = await other.call('PUT', '/import', backup.text, { 'Content-Type': 'application/x-ndjson' });
    expect([imported.status, imported.body.version, imported.body.head]).toEqual([200, 3, 3]);
    const after = await other.state();
    expect(after.text).toBe(before.text);
    expect(after.headers.get('ETag')).not.toBe(before.headers.get('ETag'));
    expect((await other.call('GET', '/export')).text).toBe(backup.text);
    expect((await other.push('c1', 3, 'note', { key: 'c', value: 1 })).body.expected).toBe(2);
    expect(problemName(await other.push('c1', 1, 'note', { key: 'a', value: 1 }))).toBe('id-conflict');
    expect((await other.push('c1', 2, 'note', { key: 'c', value: 1 }, { Prefer: 'wait=5' })).body).toMatchObject({
      seq: 4,
      version: 4,
    });
    await evict(other.path);
    expect((await other.drained()).entries.c).toBe(1);
    expect((await other.call('GET', '/rejections')).body.rejections.length).toBe(1);
    await api.call('PUT', '/import', backup.text, { 'Content-Type': 'application/x-ndjson' });
    const stale = await api.state({ 'If-None-Match': before.headers.get('ETag') as string, 'A-IM': 'json-patch' });
    expect([stale.status, stale.text]).toEqual([200, before.text]);
    await evict(api.path);
    expect((await api.state()).text).toBe(before.text);
  });

  it('[L6] a backup that is not whole changes nothing', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    const { text } = await api.call('GET', '/export');
    const [header = '', state = '', client = ''] = text.split('\n');
    const bad = [
      '',
      'nonsense',
      header,
      `${header}\n{`,
      `${header.replace('changebucket-backup', 'other')}\n${state}`,
      `${header.replace('"debug"', '"nonsense"')}\n${state}`,
      `${header}\n${state}\n{"client":"../x","n":1,"seq":1,"user":"a"}`,
      `${header}\n${state}\n${client.replace('"n":1', '"n":-1')}`,
      `${header}\n${state}\n{"something":"else"}`,
      `${header}\n{"__proto__":1}`,
    ];
    for (const body of bad) {
      const answer = await api.call('PUT', '/import', body, { 'Content-Type': 'application/x-ndjson' });
      expect(answer.status, body).toBe(422);
    }
    expect((await api.call('PUT', '/import', text)).status).toBe(415);
    expect(await api.drained()).toEqual({ entries: { a: 1 } });
  });

  it('[L7] the log tells who asked for what, when, and what became of it', async () => {
    const name = fresh();
    const api = new Api(name);
    await api.create('debug');
    await api.push('c1', 1, 'note', { key: 'a', value: 1 });
    await new Api(name, 'bob', { [name]: 'writer' }).push('c2', 1, 'refuse');
    await api.call('POST', '/changes', { name: 'note', args: { key: 'b', value: 2 } });
    await api.drained();
    const { entries, floor } = (await api.call('GET', '/log')).body;
    expect(floor).toBe(0);
    expect(entries.map((e: any) => [e.seq, e.client, e.n, e.user, e.name, e.args, e.outcome])).toEqual([
      [1, 'c1', 1, 'alice', 'note', { key: 'a', value: 1 }, 'applied'],
      [2, 'c2', 1, 'bob', 'refuse', {}, 'rejected'],
      [3, '~', 3, 'alice', 'note', { key: 'b', value: 2 }, 'applied'],
    ]);
    for (const { acceptedAt, appliedAt } of entries) expect(appliedAt).toBeGreaterThanOrEqual(acceptedAt);
    const page = (await api.call('GET', '/log?limit=2')).body;
    expect([page.entries.length, page.next]).toEqual([2, 2]);
    expect((await api.call('GET', '/log?after=2')).body.entries.map(({ seq }: any) => seq)).toEqual([3]);
    for (const query of ['?limit=0', '?limit=501', '?after=-1', '?x=1', '?after=1&after=2']) {
      expect((await api.call('GET', `/log${query}`)).status).toBe(400);
    }
  });

  it('[L7] [O3] pages are bounded in bytes, and go on from there', async () => {
    const api = new Api(fresh());
    await api.create('debug');
    const value = 'x'.repeat(240_000);
    for (let n = 1; n <= 20; n += 1) await api.push('c1', n, n % 2 === 0 ? 'note' : 'nonsense', { key: 'k', value });
    await api.drained();
    const first = (await api.call('GET', '/log?limit=500')).body;
    expect(first.entries.length).toBeGreaterThan(0);
    expect(first.entries.length).toBeLessThan(20);
    const rest = (await api.call('GET', `/log?limit=500&after=${first.next}`)).body;
    expect(rest.entries[0].seq).toBe(first.next + 1);
    const listed = (await api.call('GET', '/rejections')).body;
    expect([listed.rejections.length, listed.more]).toEqual([10, false]);
  });
});
