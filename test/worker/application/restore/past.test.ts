import { runInDurableObject } from 'cloudflare:test';
import { applyPatch } from 'rfc6902';
import { describe, expect, it } from 'vitest';
import { EXPORTS_MAX } from '../../../../src/protocol/limits.ts';
import type { ApplicationObject } from '../../../../src/server/application/application-object.ts';
import { BACKUPS_SUBJECT } from '../../../../src/server/rpc/backups.ts';
import type { ExportAnswer, UseApi } from '../../../../src/server/rpc/messages.ts';
import { COUNTERS } from '../../../../src/server/rpc/numbers.ts';
import { type Answer, Api, debugApp, fresh, problemName } from '../../../support/api.ts';
import { deployCounter } from '../../../support/definitions.ts';
import { evict, stubOf } from '../../../support/objects.ts';

const NOW = { Prefer: 'wait=5' };
const NDJSON = { 'Content-Type': 'application/x-ndjson' };

const note = (api: Api, n: number, key: string, value: unknown, client = 'c1'): Promise<Answer> =>
  api.push(client, n, 'note', { key, value } as never, NOW);
const restore = (api: Api, body: object): Promise<Answer> => api.call('POST', '/restore', body);
const nameOf = (api: Api): string => api.path.replace('/v1/apps/', '');

const SECOND = { deep: [1, 3], text: 'x'.repeat(300) };

/** Three versions: a, then a and b, then a changed. */
const filled = async (): Promise<Api> => {
  const api = await debugApp();
  await note(api, 1, 'a', { deep: [1, 2, 3], text: 'x'.repeat(300) });
  await note(api, 1, 'b', 'é🙂', 'c2');
  await note(api, 2, 'a', SECOND);
  return api;
};

describe('restore', () => {
  it('[L12] brings the state back as a step of the log, under a new epoch', async () => {
    const api = await filled();
    const [before, at1] = [await api.state(), await api.state({}, '?at=1')];
    const answer = await restore(api, { version: 1 });
    expect([answer.status, answer.body.version, answer.body.clients]).toEqual([200, 4, 2]);
    const epoch = before.headers.get('ETag')?.slice(1).split('.')[0] as string;
    expect(answer.body.epoch > epoch).toBe(true);
    const cursor = { 'If-None-Match': before.headers.get('ETag') as string, 'A-IM': 'json-patch' };
    const after = await api.state(cursor);
    expect([after.status, after.body]).toEqual([200, at1.body]);
    const { entries } = (await api.log(0)).body;
    expect(entries.map(({ name }: { name: string }) => name)).toEqual(['note', 'note', 'note', '$restore']);
    expect(entries[3]).toMatchObject({ user: 'alice', seq: 4, args: { epoch, version: 1 }, outcome: 'applied' });
    await evict(api.path);
    expect((await api.state()).body).toEqual(at1.body);
    expect((await restore(api, { version: 3 })).body.version).toBe(5);
    expect((await api.state()).body).toEqual(before.body);
  });

  it('[L12] [Q2] [Q3] no n is used twice: counters, outcomes and repeats stay as they are', async () => {
    const api = await filled();
    await restore(api, { version: 0 });
    expect((await api.state()).body).toEqual({ entries: {} });
    expect((await note(api, 2, 'a', SECOND)).body).toMatchObject({ seq: 3, repeated: true });
    const other = await api.push('c1', 2, 'note', { key: 'other', value: 1 });
    expect([other.status, problemName(other)]).toEqual([422, 'id-conflict']);
    expect((await api.push('c1', 4, 'note', {})).body.expected).toBe(3);
    expect((await note(api, 3, 'c', 1)).body).toMatchObject({ n: 3, seq: 5, status: 'applied' });
    await evict(api.path);
    expect((await api.ticket('c1', 1)).body).toMatchObject({ status: 'applied', version: 1 });
    expect((await api.state()).body).toEqual({ entries: { c: 1 } });
  });

  it('[L12] what is queued is applied before, and the budget and the counters of cost go on', async () => {
    const api = await filled();
    await api.push('c3', 1, 'note', { key: 'queued', value: 1 });
    expect((await restore(api, { version: 3 })).body.version).toBe(5);
    expect((await api.ticket('c3', 1)).body.status).toBe('applied');
    expect((await api.state()).body.entries.queued).toBeUndefined();
    expect((await api.state({}, '?at=4')).body.entries.queued).toBe(1);
  });

  it('[L12] a time names the newest version of then', async () => {
    const api = await filled();
    const { entries } = (await api.log(0)).body;
    const times = entries.map(({ appliedAt }: { appliedAt: number }) => appliedAt);
    const { createdAt } = await api.info();
    const last = times.findLastIndex((time: number) => time === times[1]) + 1;
    const expected = (await api.state({}, `?at=${last}`)).body;
    await restore(api, { time: times[1] });
    expect((await api.state()).body).toEqual(expected);
    const early = await restore(api, { time: createdAt - 1 });
    expect([early.status, problemName(early), early.body.oldest]).toEqual([410, 'history-expired', 0]);
    await restore(api, { time: createdAt });
    expect((await api.info()).version).toBe(5);
  });

  it('[L12] a state too large for a row of the log is restored by a checkpoint, and leads back', async () => {
    const api = await debugApp();
    await api.push('c1', 1, 'grow', { key: 'a', bytes: 900_000 }, NOW);
    await api.push('c1', 2, 'grow', { key: 'b', bytes: 900_000 }, NOW);
    await note(api, 3, 'a', 1);
    await note(api, 4, 'b', 2);
    const version = (await api.info()).history.oldest;
    const past = await api.state({}, `?at=${Math.max(version, 2)}`);
    const done = await restore(api, { version: Math.max(version, 2) });
    expect([done.status, done.body.version]).toEqual([200, 5]);
    await evict(api.path);
    expect((await api.state()).body).toEqual(past.body);
    expect((await restore(api, { version: 4 })).status).toBe(200);
    expect((await api.state()).body).toEqual({ entries: { a: 1, b: 2 } });
    expect((await note(api, 5, 'c', 3)).body).toMatchObject({ seq: 7, status: 'applied' });
  });

  it('[L12] [L5] a state from before a migration is migrated again', async () => {
    deployCounter(1);
    const api = new Api(fresh());
    await api.create('counter');
    await api.push('c1', 1, 'add', { by: 5 }, NOW);
    deployCounter(2);
    await evict(api.path);
    await api.push('c1', 2, 'add', { by: 1 }, NOW);
    expect(await api.drained()).toEqual({ total: 15, unit: 'piece' });
    expect((await restore(api, { version: 1 })).status).toBe(200);
    expect((await api.state()).body).toEqual({ total: 5, unit: 'piece' });
    await api.push('c1', 3, 'add', { by: 1 }, NOW);
    expect((await api.state()).body).toEqual({ total: 15, unit: 'piece' });
    deployCounter(1);
  });

  it('[L12] [L10] the state of a backup, while log and counters stay; a backup of another kind is refused', async () => {
    const api = await filled();
    const backup = (await api.call('GET', '/export')).text;
    const saved = (await api.state()).body;
    await note(api, 3, 'wrecked', true);
    const done = await api.call('POST', '/restore', backup, NDJSON);
    expect([done.status, done.body.version]).toEqual([200, 5]);
    expect((await api.state()).body).toEqual(saved);
    expect((await note(api, 3, 'wrecked', true)).body).toMatchObject({ repeated: true });
    expect((await api.log(0)).body.entries.at(-1)).toMatchObject({
      name: '$restore',
      args: { backup: { version: 3 } },
    });
    const cut = await api.call('POST', '/restore', backup.slice(0, -200), NDJSON);
    expect([cut.status, problemName(cut)]).toEqual([422, 'invalid-import']);
    const document = new Api(fresh());
    await document.create('document');
    const other = await document.call('POST', '/restore', backup, NDJSON);
    expect([other.status, problemName(other)]).toEqual([409, 'kind-conflict']);
    const nobody = await new Api(fresh()).call('POST', '/restore', backup, NDJSON);
    expect([nobody.status, problemName(nobody)]).toEqual([404, 'unknown-application']);
  });

  it.each([
    [{}, 422, 'invalid-restore'],
    [{ version: 1, time: 1 }, 422, 'invalid-restore'],
    [{ version: -1 }, 422, 'invalid-restore'],
    [{ version: 1, more: 1 }, 422, 'invalid-restore'],
    [{ version: 4 }, 404, 'unknown-version'],
  ])('[L12] %j is refused and changes nothing', async (body, status, name) => {
    const api = await filled();
    const etag = (await api.state()).headers.get('ETag');
    const answer = await restore(api, body);
    expect([answer.status, problemName(answer)]).toEqual([status, name]);
    expect((await api.state()).headers.get('ETag')).toBe(etag);
  });

  it('[L12] [L6] a backup of a restored application is imported with all of it', async () => {
    const api = await filled();
    await restore(api, { version: 1 });
    await note(api, 3, 'z', 1);
    const other = new Api(fresh());
    expect((await other.call('PUT', '/import', (await api.call('GET', '/export')).text, NDJSON)).status).toBe(200);
    expect((await other.log(0)).body).toEqual((await api.log(0)).body);
    expect((await other.state()).body).toEqual((await api.state()).body);
    expect((await other.state({}, '?at=3')).body).toEqual((await api.state({}, '?at=3')).body);
  });
});

describe('exports and forks at the same time', () => {
  it('[L11] [L13] [K4] are bounded, by subject too; readers block no export, and nobody a scheduled backup', async () => {
    const api = await filled();
    await runInDurableObject(stubOf(api.path), async (object: ApplicationObject) => {
      const open: ReadableStream[] = [];
      const outcomeOf = (answer: ExportAnswer): string => {
        if (answer.kind === 'stream') open.push(answer.stream);
        return answer.kind === 'stream' ? 'opened' : answer.problem.name;
      };
      const fork = async (user: string, version = 1) =>
        outcomeOf(await object.openFork({ kind: 'version', version }, user));
      const save = async (user: string) => outcomeOf(await object.exportBackup(user));
      expect([await fork('a', 9), await fork('a', 9), await fork('a', 9)]).toEqual(Array(3).fill('unknown-version'));
      expect([await fork('a'), await fork('a'), await fork('a')]).toEqual(['opened', 'opened', 'unavailable']);
      expect([await fork('b'), await fork('c')]).toEqual(['opened', 'unavailable']);
      for (let i = 0; i < EXPORTS_MAX; i += 1) expect(await save('a')).toBe('opened');
      expect([await save('b'), await save(':backups')]).toEqual(['unavailable', 'unavailable']);
      expect([await save(BACKUPS_SUBJECT), await save(BACKUPS_SUBJECT)]).toEqual(['opened', 'unavailable']);
      // One is read to its end, the others are let go.
      const [first, ...others] = open.splice(0);
      expect(await new Response(first).text()).toContain('"format"');
      for (const each of others) await each.cancel();
      expect([await fork('a'), await fork('a'), await save('b'), await save(BACKUPS_SUBJECT)]).toEqual(
        Array(4).fill('opened'),
      );
      for (const each of open) await each.cancel();
    });
  });
});

describe('fork', () => {
  it('[L13] makes another application of the state, without clients, counters and log', async () => {
    const api = await filled();
    const forked = new Api(fresh());
    const made = await api.call('POST', '/fork', { to: nameOf(forked) });
    expect([made.status, made.headers.get('Location')]).toEqual([201, forked.path]);
    expect(made.body).toMatchObject({ version: 0, clients: 0, kind: 'debug', createdBy: 'alice' });
    expect((await forked.state()).body).toEqual((await api.state()).body);
    expect((await forked.log(0)).body.entries).toEqual([]);
    expect((await note(forked, 1, 'mine', 1)).body).toMatchObject({ seq: 1, status: 'applied' });
    expect((await api.state()).body.entries.mine).toBeUndefined();
    const early = new Api(fresh());
    expect((await api.call('POST', '/fork', { to: nameOf(early), version: 1 })).status).toBe(201);
    expect((await early.state()).body).toEqual((await api.state({}, '?at=1')).body);
    expect((await early.info()).epoch).not.toBe((await api.info()).epoch);
  });

  it('[L13] of now has everything that was acknowledged, also what was not applied yet', async () => {
    const api = await filled();
    expect((await api.push('c3', 1, 'note', { key: 'queued', value: 1 })).status).toBe(202);
    const forked = new Api(fresh());
    expect((await api.call('POST', '/fork', { to: nameOf(forked) })).status).toBe(201);
    expect((await forked.state()).body.entries).toMatchObject({ a: SECOND, queued: 1 });
  });

  it.each(['a fork', 'an import'])(
    '[L13] [C1] [G1] %s counts what it has cost itself, once, also in a later life',
    async (way) => {
      const api = await filled();
      for (let n = 3; n <= 30; n += 1) await note(api, n, `k${n}`, n);
      const made = new Api(fresh());
      const backup = (await api.call('GET', '/export')).text;
      if (way === 'a fork') await api.call('POST', '/fork', { to: nameOf(made) });
      else await made.call('PUT', '/import', backup, NDJSON);
      const counted = async (): Promise<Record<string, number>> => {
        const summary = await (stubOf(made.path) as unknown as Pick<UseApi, 'summary'>).summary();
        const { counters = [] } = summary?.numbers ?? {};
        return Object.fromEntries(COUNTERS.map((name, index) => [name, counters[index] ?? 0]));
      };
      const first = await counted();
      // An import has written the log, too; the source has written more than three rows for each of its changes.
      expect(first).toMatchObject({ accepted: 0, applied: 0, drains: 0, reads200: 0 });
      expect([first['rowsWritten'], (await api.info()).cost.rowsWritten > 60]).toEqual([expect.any(Number), true]);
      expect(first['rowsWritten']).toBeLessThan(way === 'a fork' ? 40 : 130);
      await note(made, 1, 'mine', 1, 'c9');
      const before = await counted();
      expect([before['accepted'], before['applied']]).toEqual([1, 1]);
      await evict(made.path);
      const after = await counted();
      for (const name of ['accepted', 'applied', 'drains', 'rowsWritten'])
        expect([name, Math.abs((after[name] ?? 0) - (before[name] ?? 0)) <= 3]).toEqual([name, true]);
    },
  );

  it('[L13] takes the place of no application, and needs admin there and reader here', async () => {
    const api = await filled();
    const taken = await debugApp();
    const refused = await api.call('POST', '/fork', { to: nameOf(taken) });
    expect([refused.status, problemName(refused)]).toEqual([409, 'already-exists']);
    expect((await api.call('POST', '/fork', { to: nameOf(api) })).status).toBe(409);
    expect((await taken.state()).body).toEqual({ entries: {} });
    const foreign = await api.call('POST', '/fork', { to: 'bob/copy' });
    expect([foreign.status, problemName(foreign)]).toEqual([404, 'unknown-application']);
    const reader = new Api(nameOf(api), 'carol', { [nameOf(api)]: 'reader' });
    expect((await reader.call('POST', '/fork', { to: 'carol/copy' })).status).toBe(201);
    expect((await new Api('carol/copy').state()).body).toEqual((await api.state()).body);
    const late = await api.call('POST', '/fork', { to: 'alice/late', version: 9 });
    expect([late.status, problemName(late)]).toEqual([404, 'unknown-version']);
    expect((await new Api('alice/late').state()).status).toBe(404);
    for (const to of ['alice', 'alice/', 'alice/a/b', 'a/b c'])
      expect(problemName(await api.call('POST', '/fork', { to })), to).toBe('invalid-id');
  });
});

describe('diff', () => {
  it('[L14] leads from one version to another, in both directions', async () => {
    const api = await filled();
    for (const [from, to] of [
      [1, 3],
      [3, 1],
      [0, 2],
      [2, 2],
    ] as const) {
      const answer = await api.call('GET', `/diff?from=${from}&to=${to}`);
      expect([answer.status, answer.headers.get('Content-Type')]).toEqual([200, 'application/json-patch+json']);
      // The root stands in a member: the library cannot replace it.
      const holder = { root: (await api.state({}, `?at=${from}`)).body };
      const patch = answer.body.map((each: { path: string }) => ({ ...each, path: `/root${each.path}` }));
      expect(applyPatch(holder, patch).filter((error) => error !== null)).toEqual([]);
      expect(holder.root).toEqual((await api.state({}, `?at=${to}`)).body);
    }
    expect((await api.call('GET', '/diff?from=2')).body).toEqual([{ op: 'remove', path: '/entries/a/deep/1' }]);
  });

  it('[L14] is never longer than the state it leads to, and the history bounds it', async () => {
    const api = await debugApp();
    await note(
      api,
      1,
      'a',
      Array.from({ length: 500 }, (_, i) => i),
    );
    await note(
      api,
      2,
      'a',
      Array.from({ length: 500 }, (_, i) => -i),
    );
    const answer = await api.call('GET', '/diff?from=1');
    expect(answer.body).toEqual([{ op: 'replace', path: '', value: (await api.state()).body }]);
    expect(problemName(await api.call('GET', '/diff?from=3'))).toBe('unknown-version');
    expect(problemName(await api.call('GET', '/diff'))).toBe('invalid-query');
    expect(problemName(await api.call('GET', '/diff?from=1&to=x'))).toBe('invalid-query');
  });
});
